"""The only code that calls the API: it reads one job, or returns a Failure.

Imports `model`, `config`.
Start reading at `client`.
"""
