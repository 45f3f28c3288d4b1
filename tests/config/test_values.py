from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from exporter.config.load import parse
from exporter.config.sections import Account, Config
from exporter.model.state import State

FILE = Path("/etc/fusebill/config.yaml")


def read(**changes: Any) -> Config:
    """Parse the smallest configuration with more keys."""
    return parse({"accounts": [{}]} | changes, FILE)


def account(**values: Any) -> Account:
    """Parse a configuration of one account and return it."""
    return read(accounts=[values]).accounts[0]


@pytest.mark.parametrize(
    ("key", "text", "seconds"),
    [
        pytest.param("active", "100ms", 0.1, id="active at least"),
        pytest.param("active", "1d", 86_400, id="active at most"),
        pytest.param("finished", "1s", 1, id="finished at least"),
        pytest.param("finished", "1y", 31_536_000, id="finished at most"),
        pytest.param("timeout", "100ms", 0.1, id="timeout at least"),
        pytest.param("timeout", "5m", 300, id="timeout at most"),
        pytest.param("stale_after", "1s", 1, id="stale_after at least"),
        pytest.param("stale_after", "365d", 31_536_000, id="stale_after at most"),
    ],
)
def test_a_duration_may_be_as_short_or_long_as_its_bounds(
    key: str, text: str, seconds: float
) -> None:
    fast = {"active": "100ms"}
    assert getattr(read(refresh=fast | {key: text}).refresh, key) == pytest.approx(seconds)


@pytest.mark.parametrize("value", [0, "0", "0s", "0d"])
def test_finished_jobs_are_never_read_again_when_it_is_zero(value: object) -> None:
    assert read(refresh={"finished": value}).refresh.finished == 0.0


@pytest.mark.parametrize(("text", "seconds"), [("1s", 1.0), ("10m", 600.0)])
def test_the_timeout_of_a_scrape_may_be_from_a_second_to_ten_minutes(
    text: str, seconds: float
) -> None:
    assert read(scrape_timeout=text).scrape_timeout == seconds


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        pytest.param("https://h.example", "https://h.example", id="a host alone"),
        pytest.param("https://h.example/v1/", "https://h.example/v1", id="a slash at the end"),
        pytest.param("https://h.example:8443/v1", "https://h.example:8443/v1", id="a port"),
        pytest.param("http://localhost:8080/v1", "http://localhost:8080/v1", id="http, localhost"),
        pytest.param("http://127.0.0.1/v1", "http://127.0.0.1/v1", id="http, 127.0.0.1"),
        pytest.param("http://127.8.9.1/v1", "http://127.8.9.1/v1", id="http, 127.0.0.0/8"),
        pytest.param("http://[::1]:80/v1", "http://[::1]:80/v1", id="http, ::1"),
    ],
)
def test_an_address_of_the_api_is_kept_without_a_slash_at_its_end(written: str, kept: str) -> None:
    assert account(base_url=written).base_url == kept


@pytest.mark.parametrize("name", ["team", "_x", "A9", "Le", "quantiles", "job", "accounts"])
def test_a_label_name_is_what_prometheus_allows(name: str) -> None:
    (job,) = account(jobs=[{"id": 1, "labels": {name: "x"}}]).jobs
    assert job.labels == {name: "x"}


@pytest.mark.parametrize(
    ("written", "path"),
    [
        pytest.param("key", "/etc/fusebill/key", id="a name"),
        pytest.param("keys/live", "/etc/fusebill/keys/live", id="a folder below"),
        pytest.param("../key", "/etc/fusebill/../key", id="a folder above"),
        pytest.param("/run/key", "/run/key", id="an absolute path stays"),
    ],
)
def test_a_relative_path_belongs_to_the_folder_of_the_file(written: str, path: str) -> None:
    only = account(api_key_file=written, job_files=[written])
    assert (only.api_key_file, only.job_files) == (Path(path), (Path(path),))


def test_status_words_are_kept_in_lower_case_with_their_states() -> None:
    statuses = read(statuses={"Abandoned": "failed", "ON HOLD": "pending", "Straße": "unknown"})
    assert statuses.statuses == {
        "abandoned": State.FAILED,
        "on hold": State.PENDING,
        "strasse": State.UNKNOWN,
    }


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"accounts": [{"jobs": [1]}]}, id="by default"),
        pytest.param(
            {
                "accounts": [{"jobs": [{"id": 1, "labels": {"team": "a"}}]}],
                "statuses": {"Abandoned": "failed"},
            },
            id="when they are given",
        ),
    ],
)
def test_labels_and_statuses_cannot_be_changed(values: object) -> None:
    config = parse(values, FILE)
    assert isinstance(config.statuses, MappingProxyType)
    assert isinstance(config.accounts[0].jobs[0].labels, MappingProxyType)


def test_labels_do_not_change_with_the_values_that_they_were_made_of() -> None:
    labels = {"team": "billing"}
    (job,) = account(jobs=[{"id": 1, "labels": labels}]).jobs
    labels["team"] = "sales"
    assert job.labels == {"team": "billing"}
