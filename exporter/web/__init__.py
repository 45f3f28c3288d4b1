"""The paths that are served, each a small function.

Imports `scrape` and `exposition`, and all that these import. Start reading at `app`.
"""
