"""The page for people at `/`: rows, headings and gauges, and the templates that draw them.

Imports `jobs`, `quota` and `model`. Start reading at `page`, then `row`.
"""
