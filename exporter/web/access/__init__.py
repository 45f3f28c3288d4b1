"""Access control by the web configuration: TLS, users, rate limit and headers.

Imports `model`, `config`, `scrape`.
Start reading at `admission`, which every request passes.
"""
