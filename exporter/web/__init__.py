"""The answers over HTTP: each path with its handler, beside the packages that they stand on.

Imports `scrape` and `exposition`, and all that these import. Start reading at `app`.
"""
