"""Every line about a job has the name that the job has in the configuration."""

from dataclasses import replace

from structlog.testing import capture_logs

from exporter.config.sections import WatchedJob
from tests.support.readers import DONE, GONE, RUNNING, Outcome, Script
from tests.support.scripted_account import ScriptedAccount, run

ODD = replace(RUNNING, unreadable=("totalCount",))
LIFE: tuple[Outcome, ...] = (RUNNING, GONE, ODD, ZeroDivisionError(), RUNNING, *[DONE] * 6)
"""What the API answers until each kind of line about a job was written."""

EVENTS = {
    "read",
    "job cannot be read",
    "job can be read again",
    "fields of a job cannot be read",
    "fields of a job can be read again",
    "the exporter failed to read a job",
    "job finished",
}


def names(job: WatchedJob) -> dict[str, set[str | None]]:
    """Return the names in the lines about a job, by event; None is for a line without a name."""
    found: dict[str, set[str | None]] = {}

    async def story() -> None:
        account = ScriptedAccount(Script())
        account.ledger.watch([job], account.clock())
        for answer in LIFE:
            account.reader.answers[job.id] = answer
            await account.scrape_after(60)

    with capture_logs() as logs:
        run(story())
    for line in logs:
        if "job_id" in line:
            found.setdefault(line["event"], set()).add(line.get("name"))
    return found


def test_every_line_about_a_job_has_its_name() -> None:
    assert names(WatchedJob(id=7, name="Price change")) == {
        event: {"Price change"} for event in EVENTS
    }


def test_no_line_about_a_job_without_a_name_has_one() -> None:
    assert names(WatchedJob(id=7)) == {event: {None} for event in EVENTS}


def test_a_job_that_is_named_anew_has_its_new_name_from_then_on() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script({1: GONE}))
        said = []
        with capture_logs() as logs:
            for name in ("Price change", "Price rise", None):
                account.ledger.watch([WatchedJob(id=1, name=name)], account.clock())
                await account.scrape_after(60)
                said.append({line.get("name") for line in logs})
                logs.clear()
                account.reader.answers.clear()
        assert said == [{"Price change"}, {"Price rise"}, {None}]

    run(story())


def test_a_job_that_is_only_probed_has_no_name() -> None:
    async def story() -> None:
        account = ScriptedAccount(Script({1_001: GONE}))
        account.ledger.watch([WatchedJob(id=1, name="Price change")], account.clock())
        await account.scrape()
        with capture_logs() as logs:
            await account.probe(1_001)
        assert {line["event"] for line in logs} == {"read", "job cannot be read"}
        assert all("name" not in line for line in logs)

    run(story())
