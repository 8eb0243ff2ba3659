"""``statectl versions``: what a state was before, what changed, and how to have it back."""
