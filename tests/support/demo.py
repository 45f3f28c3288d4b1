"""What the demo watches when it is started without flags."""

from collections.abc import Mapping
from functools import cache

from exporter.cli.demo_world import make_demo


@cache
def jobs_of_demo() -> Mapping[tuple[str, str], str]:
    """Return the name of each job by its account and its id."""
    demo = make_demo(24, 1, 1.0)
    with demo.running():
        return {
            (account.name, str(job.id)): job.name or ""
            for account in demo.loaded.config.accounts
            for job in account.jobs
        }
