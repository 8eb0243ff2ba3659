"""Faults on the way to the emulated AWS: errors, throttling, broken connections, and death at any call."""
