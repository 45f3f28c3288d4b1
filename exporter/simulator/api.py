"""The simulated API: it answers requests and records them."""

import re
import time
from collections.abc import Callable, Iterable
from email.message import Message
from functools import lru_cache
from threading import Lock
from typing import NamedTuple, Self

from exporter.simulator.answers import Answer, Document, error, good
from exporter.simulator.faults import ELSEWHERE, SILENT, Fault
from exporter.simulator.jobs import SAMPLE, SimulatedJob
from exporter.simulator.limits import LIVE, Limits, ResetFormat, Windows
from exporter.simulator.server import Server

_RECORDED = 100_000  # a demo may run for weeks, so older requests are dropped
_READ = re.compile(r"/v1/serviceJobs/([0-9]{1,18})")
_NO_RESOURCE = error(404, "There is no such resource.")


class Request(NamedTuple):
    """A received request."""

    at: float  # the clock's time
    path: str
    status: int  # of the answer; 0 if none was sent
    authorization: str  # "" if there was none
    headers: Message  # names are looked up in any case


@lru_cache(maxsize=64)  # one client's requests share their headers: the record keeps one copy
def _headers(fields: tuple[tuple[str, str], ...]) -> Message:
    headers = Message()
    for name, value in fields:
        headers[name] = value
    return headers


class Simulator:
    """The API at `base_url`, from `start` to `close` or as a context manager. Thread-safe.

        with Simulator([SimulatedJob(2607617, created=time.time())], api_key="c2VjcmV0") as api:
            ...  # GET {api.base_url}/serviceJobs/2607617, "Authorization: Basic c2VjcmV0"

    The time of `clock` alone decides when jobs run, stall, fail and vanish. The answer to a request
    is decided when the request arrives, and recorded in `requests`, which keeps the last 100,000. A
    request that is refused for its key or for a limit spends nothing. `redirected` counts the
    requests for the target of Fault.REDIRECT.

    `latency` (real seconds before each answer), `limits`, `api_key` and `reset_format` may be set
    at any time. `others` is the share (0 to 1) of each limit that the customer's own integration
    spends as soon as a minute or a day begins. Port 0 means any free port. `drip` is the time
    between two bytes of a drip, in seconds.
    """

    def __init__(
        self,
        jobs: Iterable[SimulatedJob] = (),
        *,
        api_key: str,
        clock: Callable[[], float] = time.time,
        limits: Limits = LIVE,
        others: float = 0.0,
        latency: float = 0.0,
        drip: float = 0.05,
        port: int = 0,
        reset_format: ResetFormat = ResetFormat.EPOCH,
    ) -> None:
        self.api_key = api_key
        self.limits = limits
        self.latency = latency
        self.reset_format = reset_format
        self.requests: list[Request] = []
        self.redirected = 0
        self._clock = clock
        self._jobs = {job.id: job for job in jobs}
        self._dictated: dict[int, Document | None] = {}
        self._faults: dict[int | None, Fault | None] = {}
        self._windows = Windows(others)
        self._lock = Lock()  # for the windows and the record; the rest changes by one assignment
        self._server = Server(port, self._receive, drip)
        self.base_url = f"http://127.0.0.1:{self._server.server_address[1]}/v1"
        self.start, self.close = self._server.start, self._server.close

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def put(self, job: SimulatedJob) -> None:
        """Add a job, or replace the job with the same id."""
        self._jobs[job.id] = job

    def remove(self, job_id: int) -> None:
        """Forget a job: answer 404 from now on."""
        self._jobs.pop(job_id, None)

    def answer(self, job_id: int, document: Document | None) -> None:
        """Answer 200 with exactly this document for an id, job or not; None ends that."""
        self._dictated[job_id] = document

    def fail(self, fault: Fault | None, job_id: int | None = None) -> None:
        """Spoil the answers for one job, or for all jobs (None), with `fault`; None ends that.

        A fault of one job takes precedence over a fault of all jobs.
        """
        self._faults[job_id] = fault

    def spend(self, minute: int = 0, day: int = 0) -> None:
        """Spend requests from the present windows, as the customer's own integration does."""
        with self._lock:
            self._windows.spend(minute, day, self._clock())

    def _receive(self, path: str, headers: Message) -> tuple[Answer, Fault | None]:
        """Decide on the answer, record the request, and wait for `latency` seconds."""
        authorization = headers.get("Authorization", "")
        with self._lock:
            now = self._clock()
            answer, fault = self._decide(path, authorization, now)
            if fault is not Fault.TOO_MANY_REQUESTS_HTML:
                answer = answer.plus(self._windows.headers(self.limits, now, self.reset_format))
            shared = _headers(tuple(headers.items()))
            status = 0 if fault in SILENT else answer.status
            self.requests.append(Request(now, path, status, authorization, shared))
            del self.requests[:-_RECORDED]
        self._server.closing.wait(self.latency)
        packs = fault is None and "gzip" in headers.get("Accept-Encoding", "")
        return answer.packed() if packs else answer, fault

    def _decide(self, path: str, authorization: str, now: float) -> tuple[Answer, Fault | None]:
        if path == ELSEWHERE:
            self.redirected += 1
            return good(SAMPLE), None
        if authorization != f"Basic {self.api_key}":
            if re.fullmatch(r"(Basic \S+)?", authorization):
                return error(401, "The API key is missing or not valid."), None
            return error(400, "The authorization is not of the form: Basic {APIKey}"), None
        if reached := self._windows.reached(self.limits, now):
            return error(429, reached), None
        self._windows.spend(1, 1, now)
        found = _READ.fullmatch(path.partition("?")[0])
        return self._read(int(found[1]), now) if found else (_NO_RESOURCE, None)

    def _read(self, job_id: int, now: float) -> tuple[Answer, Fault | None]:
        document = self._dictated.get(job_id)
        job = self._jobs.get(job_id)
        if document is None and job is not None:
            document = job.document(now)
        fault = self._faults.get(job_id) or self._faults.get(None)
        if fault is not None:
            return fault.answer(document or SAMPLE | {"id": job_id}), fault
        if document is None:
            return error(404, f"ServiceJob with id {job_id} not found."), None
        return good(document), None
