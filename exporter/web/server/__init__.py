"""HTTP on connections that are bounded in number, size and time.

Imports `model`, `exposition`, `web.access`.
Start reading at `server`.
"""
