"""What may be asked of an account now: by its limits, the exporter's share, and its last answers.

Imports `model` and `config`. Start reading at `budget`, then `permits`.
"""
