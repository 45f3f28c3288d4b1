"""Any answer of the API gives a job that can be shown, or a failure."""

import json
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as plain

from exporter.exposition.metrics import FAMILIES
from exporter.exposition.text import Format, end_of, write
from exporter.jobs.snapshot import Snapshot
from exporter.model.errors import UpstreamError
from exporter.model.job import OPTIONAL_FIELDS, Job
from exporter.web.page.choice import Choice
from exporter.web.page.page import Page
from exporter.web.page.row import row_of
from tests.support.key_leaks import KEY, leaks
from tests.support.snapshots import READ, snapshot_of
from tests.web.reading import Reader, everywhere

SIGNS = [
    *"<>&\"'\\\n\r\0\u2028",
    "</td>",
    "<script>",
    "-->",
    "{{ 7 }}",
    " onclick=x",
    "&lt;",
    "\ud800",
]
TEXTS = st.lists(st.sampled_from(SIGNS) | st.text(max_size=5), max_size=8).map("".join)
NUMBERS = st.integers() | st.floats() | st.sampled_from([10**400, -(10**400), 2**53 + 1, 1e308])
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS | st.just(KEY) | st.datetimes().map(str)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3)
)
JOBS = st.fixed_dictionaries(
    {"id": st.just(7), "status": TEXTS | st.sampled_from(["Processing", "Failed"])},
    optional=dict.fromkeys(OPTIONAL_FIELDS, VALUES) | {"type": TEXTS},
)
BODIES = st.one_of(
    JOBS.map(lambda job: json.dumps(job).encode()),
    JOBS.map(lambda job: json.dumps(job, ensure_ascii=False).encode("utf-8", "surrogatepass")),
    VALUES.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=50),
)


def read(body: bytes) -> Job | str:
    """Return the job of an answer, or the message of its failure."""
    try:
        return Job.from_api(body, 7, {}, READ)
    except UpstreamError as error:
        return str(error)


@given(BODIES)
def test_any_body_is_a_job_that_both_formats_and_the_page_can_show_or_a_failure(
    body: bytes,
) -> None:
    job = read(body)
    if isinstance(job, str):
        assert leaks(job) == set()
        return
    shown = snapshot_of(job)
    assert samples(shown, Format.TEXT) == samples(shown, Format.OPENMETRICS)
    tame = snapshot_of(replace(job, type=job.type and "x", status="x"))
    assert skeleton(shown) == skeleton(tame)


def samples(snapshot: Snapshot, form: Format) -> list[Any]:
    text = (write(FAMILIES, snapshot, form) + end_of(form)).decode()
    parse = plain if form is Format.TEXT else openmetrics
    return [(one.name, one.labels, one.value) for family in parse(text) for one in family.samples]


PAGE = Page("/metrics")


def skeleton(snapshot: Snapshot) -> Any:
    """Return the elements of the page with its job opened, each with its attributes' names."""
    (view,) = snapshot.jobs
    choice = Choice(opened=row_of(view, not_read=False).key)
    return Reader(PAGE.body(snapshot, choice).decode()).skeleton


TAME = skeleton(everywhere("x"))


@given(TEXTS.filter(str.strip).map(lambda text: text.encode("utf-8", "replace").decode()))
def test_no_text_makes_an_element_or_an_attribute_of_the_page(text: str) -> None:
    assert skeleton(everywhere(text)) == TAME
