"""The exporter among real servers."""
