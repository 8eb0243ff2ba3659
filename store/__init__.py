"""The one place that talks to S3 and DynamoDB about state: versions, conditional writes, both kinds of lock.

Nothing here decides what should be done; each function is one step that others put in order.
"""
