"""Whether a region answers, asked before anything is printed."""

from statectl.talk import say
from store.failures import UnavailableError
from store.store import Store


def reached(store: Store, prefix: str = "") -> Store | None:
    """The region, if it answers; ``None``, and a line that says why, where AWS is not reached there."""
    try:
        next(store.bucket.objects(prefix), None)
    except UnavailableError as error:
        say(f"{store.location.region} cannot be reached: {error}")
        return None
    return store
