"""The exporter together with real servers: Prometheus, Alertmanager."""
