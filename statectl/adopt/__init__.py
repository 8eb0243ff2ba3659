"""``statectl adopt``: finds what may be a state backend, and plans how ``pulumi up`` takes it over.

``found`` is a backend as AWS reports it, ``origin`` who made it, ``obstacle`` what cannot be adopted as it is,
``configuration`` the stack file that adopts it, ``change`` what the first ``pulumi up`` would do to it, ``risk``
which of that a client can run into.
"""
