"""Scrapes and probes: each reads the due jobs before its deadline.

Imports `model`, `config`, `api`, `quota`, `jobs`.
Start reading at `collector`.
"""
