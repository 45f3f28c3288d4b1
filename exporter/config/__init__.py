"""What the user configures, loaded from files; every problem is reported at once.

Imports `model`.
Start reading at `sections`, the keys of the file.
"""
