"""A scrape: reading what is due in time, in every account of the configuration in force.

Imports `model`, `config`, `api`, `quota` and `jobs`. Start reading at `collector`, then `refresh`.
"""
