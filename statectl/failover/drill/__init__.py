"""A drill: what would be lost were the first region gone now, and how long it takes, shown on scratch states."""
