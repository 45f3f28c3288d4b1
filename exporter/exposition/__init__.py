"""A snapshot as Prometheus reads it: the table of metrics, and the text of an exposition.

Imports `model`, `quota` and `jobs`. Start reading at `metrics`, the
table, then `text`.
"""
