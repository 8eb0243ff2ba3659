"""Whether a region answers, asked before anything is printed."""

from statectl.talk import say
from store.clients import Patience
from store.failures import UnavailableError
from store.store import Store


def reached(store: Store, prefix: str = "") -> Store | None:
    """The region, if it answers; ``None``, and a line that says why, where AWS is not reached there."""
    impatient = Store(store.clients.with_patience(Patience.LITTLE), store.location)
    try:
        next(impatient.bucket.objects(prefix), None)
    except UnavailableError as error:
        say(f"{store.location.region} cannot be reached: {error}")
        return None
    return store
