"""What scanners that auditors run say of stack prod."""
