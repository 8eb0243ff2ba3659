"""Moves the writing of states to the second region, and back: one region at a time writes a state."""
