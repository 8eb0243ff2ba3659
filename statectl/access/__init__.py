"""``statectl access``: who somebody is, whether they may, and which statement decides."""
