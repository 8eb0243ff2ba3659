"""``statectl recover``: what is wrong with a state, and the newest good version of it."""
