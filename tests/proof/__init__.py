"""The proof of who may do what: a table of every role and operation, judged by two evaluators of IAM policies."""
