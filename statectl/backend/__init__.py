"""``statectl backend``: what clients are told of the backend, shown and written in the forms that they take."""
