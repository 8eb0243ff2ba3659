"""``statectl cost``: what the backend costs a month, and what would change that."""
