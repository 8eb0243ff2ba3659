"""The emergencies of docs/runbook.md, brought about for real, and its commands run in them."""
