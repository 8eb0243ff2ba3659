"""The noun ``bootstrap``: Pulumi's own state into the bucket that the stack makes, and out again."""
