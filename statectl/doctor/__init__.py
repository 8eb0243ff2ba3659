"""``statectl doctor``: the live account against what the stack promises, setting by setting and region by region.

What ought to be is in :mod:`blueprint.promise` and nowhere here; what is, :mod:`store.live` reads.
"""
