"""Who may come in: the web configuration with its TLS, its users and its rate limit.

Imports `config`, `model`, the threads of `scrape`, and the log of requests. Start reading at
`admission`, then `reload`.
"""
