"""A simulation of the Stax Bill API's "Read Service Job", over real HTTP on a loopback port.

Jobs that run, stall, fail and vanish; both rate-limit windows; and answers that go wrong. Imports
nothing else of the exporter, so that the two sides cannot share a mistake. Start reading at `api`.

    with Simulator([SimulatedJob(2607617, created=time.time())], api_key="c2VjcmV0") as api:
        ...  # GET {api.base_url}/serviceJobs/2607617, "Authorization: Basic c2VjcmV0"

An answer depends only on the time of the clock that the simulator is given and on what was set
before the request.
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
