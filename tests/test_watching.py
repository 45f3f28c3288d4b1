"""Reloads and job files: the application over the simulated API, with a configuration in files."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse
from structlog.testing import capture_logs
from structlog.typing import EventDict

from exporter.instant import Instant
from exporter.job_files import JobFiles, look
from exporter.setup import Load, Setup, load_setup
from exporter.simulator import Fault, SimulatedJob, Simulator
from exporter.watching import Watching
from exporter.web.app import create_app
from tests.asgi import Answer, Ask, answer_to
from tests.readers import KEY
from tests.stage import START, Series

OTHER_KEY = "b3RoZXI"
JOBS = (1, 2, 3)
RELOADED = Answer(200, {}, b"Reloaded\n")


class House:
    """A configuration file in a folder, the simulated API, and what watches them on one clock."""

    def __init__(
        self,
        folder: Path,
        load: Callable[[Load], Load] = lambda load: load,
        look: Callable[[Iterable[Path], JobFiles], JobFiles] = look,
    ) -> None:
        self.seconds = 0.0
        self.folder = folder
        jobs = [SimulatedJob(one, created=START, runs=10_000.0) for one in (1, 2, 3, 4)]
        self.api = Simulator(jobs, api_key=KEY, clock=lambda: START + self.seconds)
        self.write_key(KEY)
        self.configure()
        read = load(partial(load_setup, self.config))
        self.watching = Watching(read(JobFiles()), read, self.now, look)
        self.app = create_app(self.watching.collector, "/metrics", self.watching.reload)

    @property
    def config(self) -> Path:
        return self.folder / "config.yaml"

    def configure(
        self, *jobs: int, url: str = "", account: str = "", more: str = "", name: str = "live"
    ) -> None:
        """Write the configuration: one account with these jobs, and what is `more`."""
        text = (
            f"accounts:\n- name: {name}\n  base_url: {url or self.api.base_url}\n"
            f"  api_key_file: key\n  jobs: {list(jobs or JOBS)}\n  {account}\n{more}\n"
        )
        self.config.write_text(text, encoding="utf-8")

    def write_key(self, key: str) -> None:
        (self.folder / "key").write_text(f"{key}\n", encoding="ascii")

    def now(self) -> Instant:
        return Instant(self.seconds, START + self.seconds)

    def asked(self) -> list[int]:
        """Return the jobs that were asked for since the last call."""
        asked = [int(request.path.rpartition("/")[2]) for request in self.api.requests]
        self.api.requests.clear()
        return asked

    async def reload(self) -> Answer:
        answer = await answer_to(self.app, Ask("/-/reload", method="POST"))
        return answer._replace(headers={})

    async def scrape(self, after: float = 0.0) -> Series:
        """Let time pass, scrape, and return each series by its name and its labels' values."""
        self.seconds += after
        answer = await answer_to(self.app, Ask("/metrics"))
        assert answer.status == 200
        return {
            (sample.name.removeprefix("fusebill_"), "/".join(sample.labels.values())): sample.value
            for family in parse(answer.text)
            for sample in family.samples
            if sample.name.startswith("fusebill_")
        }


Story = Callable[[House], Awaitable[None]]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    with made.api:
        yield made
    made.watching.close()


def play(house: House, story: Story) -> None:
    async def whole() -> None:
        await story(house)

    asyncio.run(whole())


async def until(condition: Callable[[], bool]) -> None:
    """Let the others run until it is so."""
    while not condition():  # noqa: ASYNC110  it is a thread that makes it so
        await asyncio.sleep(0)


def up_of(series: Series) -> dict[str, float]:
    return {labels: value for (name, labels), value in series.items() if name == "service_job_up"}


def live(series: Series, name: str, *labels: object) -> float | None:
    """Return a value of the account, by the labels that follow its name."""
    return series.get((name, "/".join(map(str, ("live", *labels)))))


def test_a_reload_keeps_what_is_known_of_what_stays(house: House) -> None:
    async def story(house: House) -> None:
        house.api.remove(3)
        before = await house.scrape()
        house.asked()
        house.configure(more="scrape_timeout: 20s")
        house.seconds += 1.0
        assert await house.reload() == RELOADED
        after = await house.scrape()
        assert house.asked() == [], "nothing is due, and nothing is asked anew"
        times = {"exporter_config_last_reload_success_timestamp_seconds"}
        aged = {"exporter_collect_duration_seconds", "api_budget_remaining"}
        changed = {name for name, labels in before if before[name, labels] != after[name, labels]}
        assert before.keys() == after.keys()
        assert times <= changed <= times | aged
        assert live(after, "fetch_errors_total", "not_found") == 1

    play(house, story)


def test_a_reload_keeps_the_budget_that_was_spent(house: House) -> None:
    async def story(house: House) -> None:
        before = await house.scrape()
        await house.reload()
        after = await house.scrape()
        assert live(before, "api_budget_remaining", "minute") == 247
        assert live(after, "api_budget_remaining", "minute") == 247

    play(house, story)


def test_a_job_that_goes_is_gone_and_one_that_comes_is_read(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        house.asked()
        house.configure(2, 4)
        await house.reload()
        assert up_of(await house.scrape()) == {"live/2": 1, "live/4": 1}
        assert house.asked() == [4]
        house.configure(1, 2)
        await house.reload()
        assert live(await house.scrape(), "service_job_up", 1) == 1
        assert house.asked() == [1], "what is known of a job that went is forgotten"

    play(house, story)


def test_the_name_and_labels_of_a_job_that_stays_change_with_the_file(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        house.asked()
        text = house.config.read_text(encoding="utf-8")
        house.config.write_text(text.replace("[1,", "[{id: 1, name: push},"), encoding="utf-8")
        await house.reload()
        info = {labels for name, labels in await house.scrape() if name == "service_job_info"}
        assert {labels.rpartition("/")[2] for labels in info} == {"push", ""}
        assert house.asked() == []

    play(house, story)


def test_a_key_that_changed_is_used_at_once(house: House) -> None:
    async def story(house: House) -> None:
        house.api.api_key = OTHER_KEY
        assert live(await house.scrape(), "up") == 0
        assert len(house.asked()) == 1
        house.write_key(OTHER_KEY)
        await house.reload()
        after = await house.scrape(1.0)
        assert live(after, "up") == 1
        assert up_of(after) == {"live/1": 1, "live/2": 1, "live/3": 1}

    play(house, story)


def test_a_key_that_changes_in_a_second_reload_is_used_at_once(house: House) -> None:
    async def story(house: House) -> None:
        house.api.api_key = OTHER_KEY
        await house.scrape()
        await house.reload()
        house.write_key(OTHER_KEY)
        await house.reload()
        assert live(await house.scrape(1.0), "up") == 1

    play(house, story)


def test_a_key_that_is_refused_is_not_tried_again_for_a_reload(house: House) -> None:
    async def story(house: House) -> None:
        house.api.api_key = OTHER_KEY
        await house.scrape()
        house.asked()
        for _ in range(3):
            await house.reload()
            await house.scrape(1.0)
        assert house.asked() == []
        await house.scrape(60.0)
        assert len(house.asked()) == 1

    play(house, story)


def test_a_job_that_alone_was_refused_is_tried_with_another_key(house: House) -> None:
    async def story(house: House) -> None:
        house.api.fail(Fault.FORBIDDEN, 3)
        for _ in range(8):
            await house.scrape(60.0)
        house.asked()
        assert live(await house.scrape(1.0), "service_job_up", 3) == 0
        house.api.fail(None, 3)
        house.api.api_key = OTHER_KEY
        house.write_key(OTHER_KEY)
        await house.reload()
        assert live(await house.scrape(1.0), "service_job_up", 3) == 1

    play(house, story)


def test_a_reload_in_an_outage_keeps_the_back_off(house: House) -> None:
    async def story(house: House) -> None:
        house.api.fail(Fault.UNAVAILABLE)
        for _ in range(5):
            await house.scrape(30.0)
        house.asked()
        await house.reload()
        down = await house.scrape(0.5)
        assert (house.asked(), live(down, "up")) == ([], 0)
        house.api.fail(None)
        assert live(await house.scrape(60.0), "up") == 1

    play(house, story)


def test_a_job_in_its_own_back_off_stays_in_it(house: House) -> None:
    async def story(house: House) -> None:
        house.api.remove(3)
        await house.scrape()
        await house.scrape(15.0)
        house.asked()
        await house.reload()
        await house.scrape(15.0)
        assert sorted(house.asked()) == [1, 2]

    play(house, story)


def test_what_is_known_at_one_address_is_not_known_at_another(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        jobs = [SimulatedJob(one, created=START, total=7) for one in JOBS]
        with Simulator(jobs, api_key=KEY, clock=lambda: house.now().unix) as other:
            house.configure(url=other.base_url)
            await house.reload()
            after = await house.scrape()
        assert [live(after, "service_job_items", one) for one in JOBS] == [7, 7, 7]
        assert live(after, "api_requests_total", 200) == 3

    play(house, story)


def test_an_account_of_another_name_begins_anew_and_the_old_one_is_gone(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        house.configure(name="sandbox")
        await house.reload()
        after = await house.scrape()
        assert up_of(after) == {"sandbox/1": 1, "sandbox/2": 1, "sandbox/3": 1}
        assert live(after, "up") is None

    play(house, story)


def test_what_is_due_goes_by_the_new_refresh(house: House) -> None:
    async def story(house: House) -> None:
        house.configure(more="refresh: {active: 1h}")
        await house.reload()
        await house.scrape()
        house.asked()
        house.configure(more="refresh: {active: 30s}")
        await house.reload()
        await house.scrape(29.0)
        assert house.asked() == []
        await house.scrape(1.0)
        assert sorted(house.asked()) == [1, 2, 3]

    play(house, story)


def test_a_word_that_gets_another_meaning_has_it_at_once(house: House) -> None:
    async def story(house: House) -> None:
        before = await house.scrape()
        house.asked()
        house.configure(more="statuses: {Processing: failed}")
        house.api.fail(Fault.HANG)
        await house.reload()
        after = await house.scrape(0.0)
        assert live(before, "service_job_state", 1, "running") == 1
        assert live(after, "service_job_state", 1, "failed") == 1
        house.api.fail(None)

    play(house, story)


def test_the_quota_of_the_new_configuration_counts(house: House) -> None:
    async def story(house: House) -> None:
        await house.scrape()
        house.configure(account="quota: {share: 0.01}")
        await house.reload()
        assert live(await house.scrape(), "api_budget_remaining", "minute") == 7
        house.configure(account="quota: {share: 0.01, per_minute: 500}")
        await house.reload()
        assert live(await house.scrape(), "api_budget_remaining", "minute") == 2

    play(house, story)


def told(logs: list[EventDict]) -> list[str]:
    """Return the levels of what was logged, but for requests and reads."""
    return [line["log_level"] for line in logs if line["log_level"] != "debug"]


BAD = "accounts: [{name: live, jobs: [one, 0]}]\nrefresh: {active: soon}\n"


def test_a_bad_file_changes_nothing_but_the_gauge(house: House) -> None:
    async def story(house: House) -> None:
        before = await house.scrape()
        house.asked()
        house.config.write_text(BAD, encoding="utf-8")
        with capture_logs() as logs:
            answer = await house.reload()
        assert answer == Answer(
            500,
            {},
            b"".join(
                f"{house.config}: {problem}\n".encode()
                for problem in (
                    "accounts[0].jobs[0]: expected a job id, or a mapping with an id",
                    "accounts[0].jobs[1].id: expected more than 0",
                    "refresh.active: expected a duration such as 30s, 5m or 1h30m",
                )
            ),
        )
        assert told(logs) == ["error"]
        after = await house.scrape()
        assert house.asked() == []
        differing = {
            key for key in before.keys() | after.keys() if before.get(key) != after.get(key)
        }
        assert {name for name, _ in differing} - {"exporter_collect_duration_seconds"} == {
            "exporter_config_last_reload_successful"
        }

    play(house, story)


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        pytest.param(
            lambda house: house.config.unlink(),
            "expected a readable YAML file: No such file or directory",
            id="no file",
        ),
        pytest.param(
            lambda house: (house.folder / "key").unlink(),
            "accounts[0].api_key_file: expected a file with the API key, but it cannot be read: "
            "No such file or directory",
            id="no key",
        ),
    ],
)
def test_a_reload_that_finds_nothing_says_so(
    house: House, spoil: Callable[[House], None], problem: str
) -> None:
    async def story(house: House) -> None:
        spoil(house)
        answer = await house.reload()
        assert (answer.status, answer.text) == (500, f"{house.config}: {problem}\n")
        assert len(up_of(await house.scrape())) == 3

    play(house, story)


def test_a_good_file_after_a_bad_one_mends_the_gauge(house: House) -> None:
    async def story(house: House) -> None:
        house.config.write_text(BAD, encoding="utf-8")
        await house.reload()
        house.configure()
        house.seconds += 5.0
        assert await house.reload() == RELOADED
        after = await house.scrape()
        assert after["exporter_config_last_reload_successful", ""] == 1
        assert after["exporter_config_last_reload_success_timestamp_seconds", ""] == START + 5

    play(house, story)


def test_of_very_many_problems_some_are_logged_and_all_are_answered(house: House) -> None:
    async def story(house: House) -> None:
        house.configure(*([0] * 1_000))
        with capture_logs() as logs:
            answer = await house.reload()
        assert answer.text.count("\n") == 1_000 * 2 - 1
        assert logs[0]["error"].endswith("; and 1,989 more")

    play(house, story)


def test_a_fault_of_our_own_in_a_reload_leaves_all_as_it_is(tmp_path: Path) -> None:
    def failing(load: Load) -> Load:
        def once(known: JobFiles) -> Setup:
            if known.matches or loads:
                raise ZeroDivisionError
            loads.append(1)
            return load(known)

        return once

    loads: list[int] = []

    async def story(house: House) -> None:
        with capture_logs() as logs:
            answer = await house.reload()
        assert answer.text == "the exporter failed to load it: ZeroDivisionError\n"
        assert told(logs) == ["error"]
        assert len(up_of(await house.scrape())) == 3

    house = House(tmp_path, failing)
    with house.api:
        play(house, story)
    house.watching.close()


class Slow:
    """A load that ends when it is let; counts how many have read the files."""

    def __init__(self) -> None:
        self.begun = 0
        self.gate = threading.Semaphore(1)  # the first load is that of the start

    def __call__(self, load: Load) -> Load:
        def slowly(known: JobFiles) -> Setup:
            setup = load(known)
            self.begun += 1
            self.gate.acquire()
            return setup

        return slowly


def test_reloads_that_come_while_one_is_under_way_share_the_next(tmp_path: Path) -> None:
    slow = Slow()

    async def story(house: House) -> None:
        first = asyncio.create_task(house.reload())
        await until(lambda: slow.begun == 2)
        house.configure(4)
        others = [asyncio.create_task(house.reload()) for _ in range(20)]
        await asyncio.sleep(0)
        slow.gate.release(2)
        assert await asyncio.gather(first, *others) == [RELOADED] * 21
        assert slow.begun == 3
        assert up_of(await house.scrape()) == {"live/4": 1}, "what was written meanwhile counts"

    house = House(tmp_path, slow)
    with house.api:
        play(house, story)
    house.watching.close()


def test_a_scrape_goes_on_while_a_reload_loads(tmp_path: Path) -> None:
    slow = Slow()

    async def story(house: House) -> None:
        house.configure(4)
        reload = asyncio.create_task(house.reload())
        await until(lambda: slow.begun == 2)
        assert len(up_of(await house.scrape())) == 3
        slow.gate.release()
        assert await reload == RELOADED
        assert up_of(await house.scrape()) == {"live/4": 1}

    house = House(tmp_path, slow)
    with house.api:
        play(house, story)
    house.watching.close()


def test_a_read_that_is_under_way_in_a_reload_is_not_made_twice(house: House) -> None:
    async def story(house: House) -> None:
        house.api.fail(Fault.HANG, 2)
        scrape = asyncio.create_task(house.scrape())
        await until(lambda: len(house.api.requests) == 3)
        house.configure(2, 3, 4)
        assert await house.reload() == RELOADED
        again = asyncio.create_task(house.scrape())
        await until(lambda: len(house.api.requests) == 4)
        house.watching.collector.stop()
        for series in (await scrape, await again):
            assert up_of(series).keys() <= {"live/3", "live/4"}
        assert sorted(house.asked()) == [1, 2, 3, 4]

    play(house, story)


def test_an_answer_for_a_job_that_went_meanwhile_leaves_nothing_behind(house: House) -> None:
    async def story(house: House) -> None:
        house.api.latency = 0.2
        scrape = asyncio.create_task(house.scrape())
        await until(lambda: bool(house.api.requests))
        house.configure(4)
        await house.reload()
        assert up_of(await scrape).keys() <= {"live/4"}
        house.configure(1, 4)
        await house.reload()
        house.asked()
        await house.scrape(1.0)
        assert 1 in house.asked(), "it is read anew"

    play(house, story)


def watch_folder(house: House, *jobs: int) -> Path:
    """Configure a folder of job files besides the jobs; return one that may be written in it."""
    (house.folder / "jobs.d").mkdir()
    house.configure(*jobs, account='job_files: ["jobs.d/*.yaml"]')
    return house.folder / "jobs.d/october.yaml"


def test_job_files_are_looked_at_when_a_scrape_comes(house: House) -> None:
    async def story(house: House) -> None:
        file = watch_folder(house, 1)
        await house.reload()
        assert up_of(await house.scrape()) == {"live/1": 1}
        file.write_text("- 2\n- 4\n", encoding="ascii")
        assert up_of(await house.scrape()) == {"live/1": 1, "live/2": 1, "live/4": 1}
        file.write_text("- 2\n", encoding="ascii")
        assert up_of(await house.scrape()) == {"live/1": 1, "live/2": 1}
        file.unlink()
        after = await house.scrape()
        assert up_of(after) == {"live/1": 1}
        assert not [name for name, _ in after if name == "exporter_job_file_ok"]
        assert sorted(house.asked()) == [1, 2, 4], "each is read once"

    play(house, story)


def test_a_bad_job_file_is_shown_and_its_last_good_list_is_watched(house: House) -> None:
    async def story(house: House) -> None:
        file = watch_folder(house, 1)
        file.write_text("- 2\n", encoding="ascii")
        await house.reload()
        before = await house.scrape()
        file.write_text("- 2\n- 3 4\n", encoding="ascii")
        with capture_logs() as logs:
            bad = [await house.scrape() for _ in range(3)]
        file.write_text("- 4\n", encoding="ascii")
        after = await house.scrape()
        ok = ("exporter_job_file_ok", str(file))
        assert [series[ok] for series in (before, *bad, after)] == [1, 0, 0, 0, 1]
        assert all(up_of(series) == up_of(before) for series in bad)
        assert up_of(after) == {"live/1": 1, "live/4": 1}
        assert told(logs) == ["warning"]

    play(house, story)


def test_a_bad_job_file_fails_no_reload_and_no_start(house: House) -> None:
    async def story(house: House) -> None:
        file = watch_folder(house, 1)
        file.write_text("nonsense\n", encoding="ascii")
        assert await house.reload() == RELOADED
        after = await house.scrape()
        assert up_of(after) == {"live/1": 1}
        assert after["exporter_job_file_ok", str(file)] == 0
        assert after["exporter_config_last_reload_successful", ""] == 1
        again = load_setup(house.config, JobFiles())
        assert [job.id for job in again.jobs_of(again.config.accounts[0])] == [1]

    play(house, story)


def test_a_reload_keeps_the_last_good_list_of_a_bad_file(house: House) -> None:
    async def story(house: House) -> None:
        file = watch_folder(house, 1)
        file.write_text("- 2\n", encoding="ascii")
        await house.reload()
        file.write_text("- 2 3\n", encoding="ascii")
        await house.scrape()
        await house.reload()
        assert up_of(await house.scrape()) == {"live/1": 1, "live/2": 1}

    play(house, story)


def test_what_other_jobs_are_watched_is_logged_once(house: House) -> None:
    async def story(house: House) -> None:
        file = watch_folder(house, 1, 2)
        await house.reload()
        file.write_text("- 4\n", encoding="ascii")
        with capture_logs() as logs:
            await house.scrape()
            await house.scrape()
        changed = [line for line in logs if line["event"] == "watched jobs changed"]
        assert [(line["jobs"], line["added"], line["removed"]) for line in changed] == [(3, 1, 0)]

    play(house, story)


def test_a_file_system_that_hangs_holds_no_scrape(tmp_path: Path) -> None:
    let = threading.Event()

    def stuck(patterns: Iterable[Path], known: JobFiles) -> JobFiles:
        let.wait()
        return look(patterns, known)

    async def story(house: House) -> None:
        file = watch_folder(house, 1)
        await house.reload()
        file.write_text("- 2\n", encoding="ascii")
        assert up_of(await house.scrape()) == {"live/1": 1}
        let.set()
        assert up_of(await house.scrape()) == {"live/1": 1, "live/2": 1}

    house = House(tmp_path, look=stuck)
    with house.api:
        play(house, story)
    house.watching.close()


def test_a_fault_of_our_own_in_a_look_is_told_and_costs_no_scrape(tmp_path: Path) -> None:
    def failing(_patterns: Iterable[Path], _known: JobFiles) -> JobFiles:
        raise ZeroDivisionError

    async def story(house: House) -> None:
        watch_folder(house, 1)
        await house.reload()
        with capture_logs() as logs:
            assert up_of(await house.scrape()) == {"live/1": 1}
        assert told(logs) == ["error"]

    house = House(tmp_path, look=failing)
    with house.api:
        play(house, story)
    house.watching.close()


def test_what_a_look_saw_before_a_reload_does_not_undo_it(tmp_path: Path) -> None:
    let, seen = threading.Event(), threading.Event()

    def slow(patterns: Iterable[Path], known: JobFiles) -> JobFiles:
        found = look(patterns, known)
        seen.set()
        let.wait()
        return found

    async def story(house: House) -> None:
        file = watch_folder(house, 1)
        file.write_text("- 2\n", encoding="ascii")
        await house.reload()
        file.write_text("- 3\n", encoding="ascii")
        scrape = asyncio.create_task(house.scrape())
        await until(seen.is_set)
        house.configure(4)
        await house.reload()
        let.set()
        await scrape
        assert up_of(await house.scrape()) == {"live/4": 1}

    house = House(tmp_path, look=slow)
    with house.api:
        play(house, story)
    house.watching.close()
