"""The proof of who may do what: each role and operation in a table, judged by three evaluators of IAM policies."""
