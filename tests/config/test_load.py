from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from pydantic import ValidationError

from exporter.config.api_key import KeyFile, KeyVariable
from exporter.config.load import load, parse
from exporter.config.sections import Account, Config, WatchedJob
from exporter.model.state import State

FILE = Path("/etc/fusebill/config.yaml")
SECRET = "c2VjcmV0S2V5MTIzNDU2Nzg5"
"""A key as the vendor gives it; this one opens nothing."""


def read(**changes: Any) -> Config:
    """Parse the smallest configuration with more keys."""
    return parse({"accounts": [{}]} | changes, FILE)


def account(**values: Any) -> Account:
    """Parse a configuration of one account and return it."""
    return read(accounts=[values]).accounts[0]


def test_one_account_without_a_key_is_the_smallest_configuration() -> None:
    config = read()
    (only,) = config.accounts
    assert (only.name, only.base_url) == ("default", "https://secure.fusebill.com/v1")
    assert (only.api_key_file, only.api_key_env) == (None, None)
    assert (only.jobs, only.job_files) == ((), ())
    quota = only.quota
    assert (quota.share, quota.reserve, quota.per_minute, quota.per_day) == (0.25, 0.1, None, None)
    refresh = config.refresh
    assert (refresh.active, refresh.finished, refresh.timeout) == (10.0, 86_400.0, 10.0)
    assert (refresh.concurrency, refresh.stale_after) == (8, 3_600.0)
    assert (config.scrape_timeout, config.statuses) == (10.0, {})


def test_every_key_of_an_account_is_read() -> None:
    only = account(
        name="live",
        base_url="https://sandbox.example.com/v1",
        api_key_file="/run/secrets/key",
        jobs=[2607617, {"id": 2607618, "name": "q3", "labels": {"team": "billing"}}],
        job_files=["/srv/jobs/*.yaml"],
        quota={"share": 1, "reserve": 0, "per_minute": 1000, "per_day": 180_000},
    )
    assert (only.name, only.base_url) == ("live", "https://sandbox.example.com/v1")
    assert only.api_key_file == Path("/run/secrets/key")
    assert only.jobs == (
        WatchedJob(id=2607617),
        WatchedJob(id=2607618, name="q3", labels={"team": "billing"}),
    )
    assert only.job_files == (Path("/srv/jobs/*.yaml"),)
    quota = only.quota
    assert (quota.share, quota.reserve, quota.per_minute, quota.per_day) == (1, 0, 1000, 180_000)


def test_every_key_of_refresh_is_read() -> None:
    refresh = read(
        refresh={
            "active": "1m30s",
            "finished": "2d",
            "timeout": "500ms",
            "concurrency": 64,
            "stale_after": "1w",
        }
    ).refresh
    assert (refresh.active, refresh.finished, refresh.timeout) == (90.0, 172_800.0, 0.5)
    assert (refresh.concurrency, refresh.stale_after) == (64, 604_800.0)


@pytest.mark.parametrize("value", [0, "0", "0s", "0d"])
def test_finished_jobs_are_never_read_again_when_it_is_zero(value: object) -> None:
    assert read(refresh={"finished": value}).refresh.finished == 0.0


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


@pytest.mark.parametrize(("text", "seconds"), [("1s", 1.0), ("10m", 600.0)])
def test_the_timeout_of_a_scrape_may_be_from_a_second_to_ten_minutes(
    text: str, seconds: float
) -> None:
    assert read(scrape_timeout=text).scrape_timeout == seconds


@pytest.mark.parametrize("job_id", [1, 2**63 - 1])
def test_a_job_id_may_be_any_positive_integer_of_64_bits(job_id: int) -> None:
    assert account(jobs=[job_id]).jobs[0].id == job_id


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


def test_an_account_without_a_key_uses_the_default_variable() -> None:
    assert account().key_source() == KeyVariable("FUSEBILL_API_KEY")


def test_an_account_may_name_its_variable() -> None:
    assert account(api_key_env="_Live2").key_source() == KeyVariable("_Live2")


def test_an_account_may_name_a_file_beside_the_configuration() -> None:
    assert account(api_key_file="key").key_source() == KeyFile(Path("/etc/fusebill/key"))


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


def test_two_accounts_may_watch_the_same_job() -> None:
    config = read(accounts=[{"name": "a", "jobs": [1]}, {"name": "b", "jobs": [1]}])
    assert [[job.id for job in one.jobs] for one in config.accounts] == [[1], [1]]


def test_names_that_differ_in_case_are_two_accounts() -> None:
    config = read(accounts=[{"name": "live"}, {"name": "Live"}])
    assert [one.name for one in config.accounts] == ["live", "Live"]


def values_of(config: Config) -> Iterator[tuple[Any, str]]:
    """Yield every section of a configuration, each with one of its fields."""
    yield config, "scrape_timeout"
    yield config.refresh, "active"
    yield config.accounts[0], "name"
    yield config.accounts[0].quota, "share"
    yield config.accounts[0].jobs[0], "id"


def test_no_value_of_a_configuration_can_be_changed() -> None:
    config = read(accounts=[{"jobs": [1]}])
    for section, field in values_of(config):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(section, field, getattr(section, field))
    assert isinstance(config.accounts, tuple)
    assert isinstance(config.accounts[0].jobs, tuple)
    assert isinstance(config.accounts[0].job_files, tuple)


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


def test_a_file_is_loaded_with_its_own_folder(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text("accounts: [{api_key_file: key, jobs: [5]}]\n", encoding="utf-8")
    (only,) = load(file).accounts
    assert (only.api_key_file, [job.id for job in only.jobs]) == (tmp_path / "key", [5])


def test_an_override_of_a_merged_key_loads(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(
        "accounts:\n"
        "  - {name: a, quota: &quota {share: 0.2, reserve: 0.3}}\n"
        "  - {name: b, quota: {<<: *quota, share: 0.1}}\n",
        encoding="utf-8",
    )
    quotas = [one.quota for one in load(file).accounts]
    assert [(quota.share, quota.reserve) for quota in quotas] == [(0.2, 0.3), (0.1, 0.3)]


def test_a_key_that_could_be_the_name_of_a_variable_does_not_print_with_its_account() -> None:
    config = read(accounts=[{"api_key_env": SECRET}])
    assert config.accounts[0].api_key_env == SECRET
    assert SECRET not in f"{config!r} {config} {config.accounts[0]!r}"
