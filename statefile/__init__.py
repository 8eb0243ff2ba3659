"""Terraform's files in a backend: states, locks, digests, and where each is kept. Pure: no AWS, no Pulumi."""
