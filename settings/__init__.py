"""What a platform team decides for one stack: read, checked as a whole, and frozen.

Imports neither Pulumi nor boto3, so that a stack file can be checked anywhere (``python -m settings``).
"""
