"""HTTP on connections that are bounded in number, size, time.

Imports `model`, `web.access`.
Start reading at `server`.
"""
