"""Who may come in, by the web configuration.

Imports `model`, `config`, `scrape`.
Start reading at `admission`, which every request passes.
"""
