"""What is known of an account's jobs: their readings, which are due, what is shown and counted.

Imports `model`, `config` and `quota`. Start reading at `reading`, then `ledger`.
"""
