"""The field's own values: a job and its state, an attempt and how it fails, limits and times.

Imports nothing else of the exporter. Start reading at `job`.
"""
