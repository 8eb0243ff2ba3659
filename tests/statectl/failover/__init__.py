"""Failover and failback, with real Terraform in both regions."""
