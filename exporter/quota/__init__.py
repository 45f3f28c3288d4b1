"""How much may be asked of an account now.

Imports `model`, `config`.
Start reading at `permits`.
"""
