"""Prometheus exporter for the long-running service jobs of Stax Bill (formerly Fusebill)."""

__version__ = "0.1.0"
