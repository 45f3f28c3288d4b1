"""What the user configures, read from files with every problem in them.

Imports `model`.
Start reading at `sections`, the keys of the file.
"""
