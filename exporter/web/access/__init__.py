"""Who may come in: the web configuration with its TLS, users and rate limit.

Imports `model`, `config`, the threads of `scrape` and the request log of `web`. Start reading at
`admission`, through which every request comes, then `reload`, which keeps the files in force.
"""
