"""The Stax Bill API's "Read Service Job" as a program of its own, with a clock that is given to it.

Real HTTP on a loopback port: jobs that run, stall, fail and vanish, both rate-limit windows, and
the answers that go wrong. It imports nothing of the exporter, so that both sides cannot share one
mistake.

    with Simulator([SimulatedJob(2607617, created=time.time())], api_key="c2VjcmV0") as api:
        ...  # GET {api.base_url}/serviceJobs/2607617, "Authorization: Basic c2VjcmV0"

What a request is answered depends on the clock's time and on what was set by then, on nothing else.
"""

from exporter.simulator.api import Request, Simulator
from exporter.simulator.faults import Fault
from exporter.simulator.jobs import Ending, SimulatedJob
from exporter.simulator.limits import LIVE, SANDBOX, TESTDRIVE, Limits, ResetFormat

__all__ = [
    "LIVE",
    "SANDBOX",
    "TESTDRIVE",
    "Ending",
    "Fault",
    "Limits",
    "Request",
    "ResetFormat",
    "SimulatedJob",
    "Simulator",
]
