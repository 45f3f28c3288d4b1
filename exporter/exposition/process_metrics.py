"""The families of the process and of Python, from prometheus-client."""

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.exposition import generate_latest as text_of
from prometheus_client.openmetrics.exposition import generate_latest as openmetrics_of

from exporter.exposition.text import Format


class ProcessMetrics:
    """The `process_*` and `python_*` families."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry(auto_describe=False)
        for collector in (ProcessCollector, PlatformCollector, GCCollector):
            collector(registry=self._registry)

    def write(self, form: Format) -> bytes:
        """Return the exposition of these families, in OpenMetrics with its end mark."""
        if form is Format.OPENMETRICS:
            return bytes(openmetrics_of(self._registry, version="1.0.0"))
        return text_of(self._registry)
