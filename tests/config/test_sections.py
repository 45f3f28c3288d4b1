import re
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from exporter.config.api_key import KeyFile, KeyVariable
from exporter.config.load import parse
from exporter.config.sections import Account, Config, WatchedJob
from exporter.model.errors import ConfigError

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


@pytest.mark.parametrize("job_id", [1, 2**63 - 1])
def test_a_job_id_may_be_any_positive_integer_of_64_bits(job_id: int) -> None:
    assert account(jobs=[job_id]).jobs[0].id == job_id


@pytest.mark.parametrize("job_id", [1, 2607617, 2**63 - 1])
def test_a_job_id_in_quotes_is_that_id(job_id: int) -> None:
    jobs = account(jobs=[str(job_id)]).jobs
    assert jobs == account(jobs=[{"id": str(job_id)}]).jobs == (WatchedJob(id=job_id),)


ID = re.compile("[1-9][0-9]*")


@given(st.text("0123456789+-_. \n\u00b2\u0967", max_size=20) | st.from_regex(ID, fullmatch=True))
@example("0" * 5_000)
@example("9" * 5_000)
@example(str(2**63))
def test_any_text_is_an_id_or_refused_with_one_problem(text: str) -> None:
    for job in (text, {"id": text}):
        if ID.fullmatch(text) and len(text) < 30 and int(text) < 2**63:
            assert account(jobs=[job]).jobs[0].id == int(text)
        else:
            with pytest.raises(ConfigError, match="expected") as caught:
                account(jobs=[job])
            assert len(caught.value.problems) == 1


def test_an_account_without_a_key_uses_the_default_variable() -> None:
    assert account().key_source() == KeyVariable("FUSEBILL_API_KEY")


def test_an_account_may_name_its_variable() -> None:
    assert account(api_key_env="_Live2").key_source() == KeyVariable("_Live2")


def test_an_account_may_name_a_file_beside_the_configuration() -> None:
    assert account(api_key_file="key").key_source() == KeyFile(Path("/etc/fusebill/key"))


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
        with pytest.raises((ValidationError, FrozenInstanceError)):
            setattr(section, field, getattr(section, field))
    assert isinstance(config.accounts, tuple)
    assert isinstance(config.accounts[0].jobs, tuple)
    assert isinstance(config.accounts[0].job_files, tuple)


def test_a_job_that_is_an_id_alone_takes_the_memory_of_its_three_fields() -> None:
    first, second = account(jobs=[1, 2]).jobs
    assert not hasattr(first, "__dict__")
    assert first.labels is second.labels


def test_a_key_that_could_be_the_name_of_a_variable_does_not_print_with_its_account() -> None:
    config = read(accounts=[{"api_key_env": SECRET}])
    assert config.accounts[0].api_key_env == SECRET
    assert SECRET not in f"{config!r} {config} {config.accounts[0]!r}"
