"""Plain values of the domain, such as a job, its state, or an attempt to read it.

Imports nothing else of the exporter.
Start reading at `job`.
"""
