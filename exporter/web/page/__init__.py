"""The page for people at `/`.

Imports `model`, `quota`, `jobs`.
Start reading at `page`, then `drawing`.
"""
