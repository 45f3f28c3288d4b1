"""The readings of an account's jobs, and everything counted and logged about its reads.

Imports `model`, `config`, `quota`.
Start reading at `ledger`.
"""
