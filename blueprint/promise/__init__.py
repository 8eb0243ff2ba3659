"""What the account must show once the backend stands: every setting of every resource, as AWS reports it.

Each part has a file with one function from its blueprint to what AWS must answer, in the plain shape of the
answers, so that a comparison needs no knowledge of its own. ``everything`` puts the parts together,
``rules`` says what each setting is called by scanners and how it is compared, ``difference`` compares.
"""
