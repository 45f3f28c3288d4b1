"""What is known of an account's jobs.

Imports `model`, `config`, `quota`.
Start reading at `ledger`.
"""
