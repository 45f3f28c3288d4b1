"""Helpers for tests of several packages: doubles, values, and the exporter in several sizes."""
