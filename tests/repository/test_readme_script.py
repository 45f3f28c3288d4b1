"""The README's script, which starts a bulk price change and gives the exporter the job's id."""

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from exporter.config.job_files import JobFiles, patterns_of, reread
from exporter.config.load import parse
from tests.e2e.conftest import need
from tests.support.program import PATIENCE
from tests.support.readers import KEY

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
VENDOR = "https://secure.fusebill.com"
CHANGE = {"planProductIds": [], "selectAll": True}
JOB = {"id": 2607617, "type": "SubscriptionProductBulkPriceChange", "status": "NotStarted"}


class Vendor(HTTPServer):
    """Answers a POST and keeps its path, key and body."""

    status = 200
    answer: object = JOB
    asked: tuple[str, str | None, object] = ("", None, None)


class _Handler(BaseHTTPRequestHandler):
    server: Vendor

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.asked = (self.path, self.headers["Authorization"], json.loads(body))
        answer = json.dumps(self.server.answer).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Stay silent."""


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    with serving(Vendor(("127.0.0.1", 0), _Handler)) as server:
        yield server


@contextmanager
def serving(server: Vendor) -> Iterator[Vendor]:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def run_script(folder: Path, vendor: Vendor) -> int:
    """Run the script from the README, with the vendor's address replaced."""
    need("curl", "jq")
    (script,) = re.findall(r"```sh\n(id=.*?)```", README, re.DOTALL)
    assert script.count(VENDOR) == 1
    (folder / "jobs.d").mkdir()
    (folder / "auth").write_text(f"Authorization: Basic {KEY}\n", encoding="ascii")
    (folder / "change.json").write_text(json.dumps(CHANGE), encoding="ascii")
    url = f"http://127.0.0.1:{vendor.server_address[1]}"
    shell = shutil.which("sh")
    assert shell is not None
    return subprocess.run(
        [shell, "-c", script.replace(VENDOR, url)],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PLAN_ID": "61180"},
        timeout=PATIENCE,
        check=False,
        capture_output=True,
    ).returncode


def test_the_job_that_was_started_is_watched_by_its_name(tmp_path: Path, vendor: Vendor) -> None:
    assert run_script(tmp_path, vendor) == 0
    assert vendor.asked == (
        "/v1/Subscribers/61180/ImportBulkPriceChange",
        f"Basic {KEY}",
        CHANGE,
    )
    accounts = {"accounts": [{"job_files": ["jobs.d/*.yaml"]}]}
    config = parse(accounts, tmp_path / "config.yaml")
    (job,) = reread(patterns_of(config), JobFiles()).jobs_of(config.accounts[0])
    assert (job.id, job.name) == (2607617, "q3-price-push")
    assert len(list((tmp_path / "jobs.d").iterdir())) == 1


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        pytest.param(401, {"ErrorId": 0}, id="refused"),
        pytest.param(200, {"uri": None}, id="without an id"),
    ],
)
def test_where_no_job_was_started_no_file_is_written(
    tmp_path: Path, vendor: Vendor, status: int, answer: object
) -> None:
    vendor.status, vendor.answer = status, answer
    assert run_script(tmp_path, vendor) != 0
    assert list((tmp_path / "jobs.d").iterdir()) == []
