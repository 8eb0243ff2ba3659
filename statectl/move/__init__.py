"""``statectl move``: states and their locks, from where they are to where they should be."""
