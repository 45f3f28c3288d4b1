"""Print what became of the world of a seed: its troubles, the alerts, and what they did wrong."""

import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.prometheus.shipped import FILE
from tests.prometheus.simulation.evidence import gather
from tests.prometheus.simulation.judge import judge
from tests.prometheus.simulation.making import make_world
from tests.prometheus.simulation.program import watch
from tests.prometheus.simulation.promtool import fired, spans
from tests.prometheus.simulation.world import MINUTE, JobLife, World


def told(world: World) -> Iterator[str]:
    """Yield what is true of a world, line by line."""
    for account in world.accounts:
        yield f"{account.name}: {account.kind}"
        yield from (f"  {job.id} {job.kind}: {_steps(job)}" for job in account.jobs)
        for one in account.troubles:
            yield f"  {one.cause} ({one.how}, {one.share:.0%}) {_span(one.begin, one.end)}"
    yield f"exporter away: {', '.join(_span(*one) for one in world.away)}"
    yield f"scrapes missed: {', '.join(f'{one / 2:g}' for one in sorted(world.missed))}"


def _steps(job: JobLife) -> str:
    states = [(step.since, step.state) for step in job.steps]
    first = [states[0], *(b for a, b in pairwise(states) if a[1] != b[1])]
    told = ", ".join(f"{state} at {since / MINUTE:.1f}" for since, state in first)
    return f"{told}; {job.error} {_span(*job.error_span)}" if job.error else told


def _span(begin: float, end: float) -> str:
    return f"{begin / MINUTE:.1f} to {end / MINUTE:.1f}"


def main(seed: int, rules: Path = FILE) -> int:
    """Watch the world of a seed and judge; return how much is wrong."""
    world = make_world(seed)
    run = watch(world)
    with TemporaryDirectory() as folder:
        alerts = fired(run, Path(folder), rules)
    faults = judge(gather(run), alerts)
    fires = (f"{name} {of}: {first} to {last}" for name, of, first, last in spans(alerts))
    sys.stdout.write("\n".join((*told(world), "", *fires, "", *faults, "")))
    return len(faults)


if __name__ == "__main__":
    sys.exit(bool(main(int(sys.argv[1]), *map(Path, sys.argv[2:]))))
