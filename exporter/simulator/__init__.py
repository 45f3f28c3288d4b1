"""A simulation of the Stax Bill API's call "Read Service Job", over real HTTP on a loopback port.

Imports nothing else of the exporter.
Start reading at `api`.
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
