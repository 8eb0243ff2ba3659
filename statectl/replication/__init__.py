"""``statectl replication``: what of each state is in the second region, and how it gets there."""
