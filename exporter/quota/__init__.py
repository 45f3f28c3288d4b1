"""How many requests an account may be sent now.

Imports `model`, `config`.
Start reading at `permits`.
"""
