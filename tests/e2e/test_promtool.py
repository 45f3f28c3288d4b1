import subprocess
from pathlib import Path

import requests

from exporter.simulator import Ending, Fault, SimulatedJob, Simulator
from tests.e2e.conftest import need
from tests.support.program import serving, started
from tests.support.readers import KEY

JOBS = [
    SimulatedJob(1, waits=10**9),
    SimulatedJob(2, runs=1000.0),
    SimulatedJob(3, runs=10.0),
    SimulatedJob(4, runs=10.0, failing=0.5),
    SimulatedJob(5, runs=10.0, ending=Ending.FAILS, ends_at=0.5),
    SimulatedJob(6, runs=10.0, ending=Ending.VANISHES, ends_at=0.5),
    SimulatedJob(7),
    SimulatedJob(8),
    SimulatedJob(9),
]
"""Jobs in every state. The last three get hostile status words."""


def test_promtool_has_no_complaint_about_the_whole_exposition(tmp_path: Path) -> None:
    need("promtool")
    with Simulator(JOBS, api_key=KEY, clock=lambda: 300.0) as api:
        api.fail(Fault.ODD_WORD, 7)
        api.fail(Fault.LONG_WORD, 8)
        api.fail(Fault.SURROGATE, 9)
        with started(*serving(api, tmp_path, *(job.id for job in JOBS))) as program:
            url = f"http://{program.addresses[0]}/metrics"
            exposition = requests.get(url, timeout=30).content
    done = subprocess.run(
        ["promtool", "check", "metrics"],
        input=exposition,
        capture_output=True,
        check=False,
    )
    assert b'state="failed"} 1.0' in exposition
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
