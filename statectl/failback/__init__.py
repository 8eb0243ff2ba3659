"""Moves the writing of states back to the first region."""
