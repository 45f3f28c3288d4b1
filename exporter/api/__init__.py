"""The only door to the billing platform's API: a job is read, or the read fails.

Imports `model`, `config`.
Start reading at `client`.
"""
