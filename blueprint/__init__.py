"""What a backend is, written once, as frozen data and pure functions.

The components build it, the tests compare the live account with it, and whatever looks after a backend later
reads it too. Imports neither Pulumi nor boto3.
"""
