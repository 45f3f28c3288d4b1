"""The one door to the billing platform's API: a read of a job, as an answer or a failure.

Imports `model` and `config`. Start reading at `client`.
"""
