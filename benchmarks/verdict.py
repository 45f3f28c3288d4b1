"""A verdict: a figure beside its peers and its bound, a row of the table of `make bench`.

Each benchmark yields its verdicts, and `report` prints them as rows of Markdown.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MILLISECONDS, SECONDS = "{:,.1f} ms", "{:,.2f} s"
MICROSECONDS = "{:,.0f} us"
MEBIBYTES, KIBIBYTES = "{:,.1f} MiB", "{:.2f} KiB"

_ROUNDING = 1e-6
"""Sums of virtual times may be off by this much."""

_ROW = "| {:<66} | {:<50} | {:>13} | {:>6} | {:<28} | {:<6} |"
_TITLES = ("figure", "peer or limit", "ours", "ratio", "goal", "")
HEAD = f"{_ROW.format(*_TITLES)}\n|{'---|' * len(_TITLES)}"
"""The first two lines of the table."""


@dataclass(frozen=True)
class Verdict:
    """A figure, and whether it is small enough.

    The bound is `at_most`, or if `per` names one of the `peers`, `at_most` times that peer's
    figure. The figures are printed in the format `form`, and are in its unit.
    """

    name: str
    figure: float
    at_most: float
    form: str = "{:,.0f}"
    peers: Mapping[str, float] = field(default_factory=dict)
    per: str = ""

    @property
    def kept(self) -> bool:
        """Whether the figure keeps its bound."""
        bound = self.at_most * self.peers[self.per] if self.per else self.at_most
        return self.figure <= bound + _ROUNDING

    @property
    def ratio(self) -> float | None:
        """The figure as a multiple of the peer that the bound names, or else of the limit."""
        whole = self.peers[self.per] if self.per else self.at_most
        return self.figure / whole if whole else None

    def __str__(self) -> str:
        limit = self.form.format(self.at_most)
        peers = [f"{name} {self.form.format(figure)}" for name, figure in self.peers.items()]
        return _ROW.format(
            self.name,
            "; ".join(peers) or f"limit {limit}",
            self.form.format(self.figure),
            "" if self.ratio is None else f"{self.ratio:.2f}",
            f"at most {self.at_most:g} x {self.per}" if self.per else f"at most {limit}",
            "kept" if self.kept else "MISSED",
        )


def is_row(line: str) -> bool:
    """Tell whether a line that a benchmark printed is a row of the table."""
    return line.startswith("| ")


def report(verdicts: Iterable[Verdict]) -> int:
    """Print each verdict as it comes. Return the exit code: 1 if a bound is missed."""
    missed = 0
    for verdict in verdicts:
        print(verdict, flush=True)
        missed += not verdict.kept
    return int(missed > 0)
