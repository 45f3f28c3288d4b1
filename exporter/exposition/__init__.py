"""A snapshot as Prometheus reads it: the table of metrics, and the text that is made by it.

Imports `model`, `quota` and `jobs`. Start reading at `metrics`.
"""
