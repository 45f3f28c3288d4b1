"""The HTTP application, with a handler for each path.

Imports `exposition`, `jobs`, `scrape`, `web.page`.
Start reading at `app`.
"""
