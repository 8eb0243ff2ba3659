"""``make bench``: what the program and the engine cost, as ratios of figures taken in the same run."""
