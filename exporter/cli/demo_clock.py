"""The demo's clock, which can be set back, for reads that were made long ago."""

from exporter.model.instant import Instant, now


class DemoClock:
    """The system's clocks, or `back` seconds before them."""

    def __init__(self) -> None:
        self.back = 0.0

    def __call__(self) -> Instant:
        """Return the moment that the clock shows."""
        real = now()
        return Instant(real.monotonic - self.back, real.unix - self.back)

    def unix(self) -> float:
        """Return that moment in Unix seconds."""
        return self().unix
