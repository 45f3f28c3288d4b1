"""A snapshot as the text that Prometheus reads.

Imports `model`, `quota`, `jobs`.
Start reading at `metrics`, the table.
"""
