"""HTTP on sockets: bounded connections, from the first byte of a request to the end in time.

Imports `web.access`. Start reading at `server`, then `protocol`.
"""
