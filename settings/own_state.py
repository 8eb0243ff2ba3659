"""Where Pulumi's own state of the stack lies in the state bucket, and what its use of the key is known by."""

OWN_STATE_PREFIX = ".pulumi-state/"
"""The folder of it; no environment's name can begin with a full stop."""
PURPOSE, KEY_PURPOSE = "purpose", "pulumi-state"
"""Name and value of the encryption context of Pulumi's secrets."""
PULUMI_STATE = "pulumi-state"
"""What the policy on it is named for, where those of an entry are named for the entry."""
