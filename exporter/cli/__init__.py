"""The command line, a module for each command.

Imports `model`, `config`, `api`, `quota`, `jobs`, `scrape`, `web`, `web.access`, `web.server`,
`simulator`.
Start reading at `main`.
"""
