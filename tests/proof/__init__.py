"""The proof of who may do what: a table of every role and operation, judged by three evaluators of IAM policies."""
