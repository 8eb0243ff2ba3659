"""What ``statectl`` keeps in a state bucket beside the states."""

OWN_PREFIX = ".statectl/"
"""The folder of it; no environment's name can begin with a full stop."""
