"""HTTP on sockets: bounded connections, from the first byte of a request to an end in time.

Imports `model` and `web.access`. Start reading at `server`, then `protocol` (one connection) and
`connections` (the limits of all).
"""
