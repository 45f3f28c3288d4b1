"""A scrape: every due job is read, in time.

Imports `model`, `config`, `api`, `quota`, `jobs`.
Start reading at `collector`.
"""
