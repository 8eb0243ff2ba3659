"""``statectl retire``: for the day that a backend really goes."""
