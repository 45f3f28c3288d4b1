"""The configuration: its sections, its files and keys, and every problem in them by its path.

Imports `model`. Start reading at `sections`, the keys of the file, then `loaded`.
"""
