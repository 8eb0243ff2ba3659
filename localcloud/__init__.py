"""An emulated AWS, the real Pulumi engine and real Terraform on this computer: the local run and the tests.

Nothing of the Pulumi program imports this package.
"""
