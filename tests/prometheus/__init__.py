"""The rules of Prometheus, with its own promtool."""
