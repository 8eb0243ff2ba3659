"""``statectl locks``: who holds which lock, and how to break one without breaking the next."""
