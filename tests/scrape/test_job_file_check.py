"""The check of the job files at each scrape, and what its changes do."""

import asyncio
import threading
from collections.abc import Iterable
from pathlib import Path

from structlog.testing import capture_logs

from exporter.config.job_files import JobFiles, reread
from exporter.config.loaded import load_everything
from tests.support.installation import (
    RELOADED,
    Installation,
    Slow,
    opened,
    play,
    told,
    until,
    up_of,
    watch_folder,
)


def test_a_scrape_sees_each_change_of_the_job_files(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        file = watch_folder(installation, 1)
        await installation.reload()
        assert up_of(await installation.scrape()) == {"live/1": 1}
        file.write_text("- 2\n- 4\n", encoding="ascii")
        assert up_of(await installation.scrape()) == {"live/1": 1, "live/2": 1, "live/4": 1}
        file.write_text("- 2\n", encoding="ascii")
        assert up_of(await installation.scrape()) == {"live/1": 1, "live/2": 1}
        file.unlink()
        after = await installation.scrape()
        assert up_of(after) == {"live/1": 1}
        assert not [name for name, _ in after if name == "exporter_job_file_ok"]
        assert sorted(installation.asked()) == [1, 2, 4], "each job is read once"

    play(installation, story)


def test_a_job_file_that_is_removed_and_written_anew_keeps_the_readings_of_its_jobs(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        file = watch_folder(installation, 1)
        file.write_text("- 2\n", encoding="ascii")
        await installation.reload()
        before = await installation.scrape()
        installation.asked()
        file.unlink()
        assert up_of(await installation.scrape(1.0)) == {"live/1": 1}
        file.write_text("- 2\n- 4\n", encoding="ascii")
        after = await installation.scrape(1.0)
        assert installation.asked() == [4]
        read = ("service_job_read_timestamp_seconds", "live/2")
        assert before[read] == after[read]

    play(installation, story)


def test_a_bad_job_file_is_shown_and_its_last_good_list_is_watched(
    installation: Installation,
) -> None:
    async def story(installation: Installation) -> None:
        file = watch_folder(installation, 1)
        file.write_text("- 2\n", encoding="ascii")
        await installation.reload()
        before = await installation.scrape()
        file.write_text("- 2\n- 3 4\n", encoding="ascii")
        with capture_logs() as logs:
            bad = [await installation.scrape() for _ in range(3)]
        file.write_text("- 4\n", encoding="ascii")
        after = await installation.scrape()
        ok = ("exporter_job_file_ok", str(file))
        assert [series[ok] for series in (before, *bad, after)] == [1, 0, 0, 0, 1]
        assert all(up_of(series) == up_of(before) for series in bad)
        assert up_of(after) == {"live/1": 1, "live/4": 1}
        assert told(logs) == ["warning"]

    play(installation, story)


def test_a_bad_job_file_fails_no_reload_and_no_start(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        file = watch_folder(installation, 1)
        file.write_text("nonsense\n", encoding="ascii")
        assert await installation.reload() == RELOADED
        after = await installation.scrape()
        assert up_of(after) == {"live/1": 1}
        assert after["exporter_job_file_ok", str(file)] == 0
        assert after["exporter_config_last_reload_successful", ""] == 1
        again = load_everything(installation.config, None)
        assert [job.id for job in again.jobs_of(again.config.accounts[0])] == [1]

    play(installation, story)


def test_a_reload_keeps_the_last_good_list_of_a_bad_file(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        file = watch_folder(installation, 1)
        file.write_text("- 2\n", encoding="ascii")
        await installation.reload()
        file.write_text("- 2 3\n", encoding="ascii")
        await installation.scrape()
        await installation.reload()
        assert up_of(await installation.scrape()) == {"live/1": 1, "live/2": 1}

    play(installation, story)


def test_a_change_of_the_watched_jobs_is_logged_once(installation: Installation) -> None:
    async def story(installation: Installation) -> None:
        file = watch_folder(installation, 1, 2)
        await installation.reload()
        file.write_text("- 4\n", encoding="ascii")
        with capture_logs() as logs:
            await installation.scrape()
            await installation.scrape()
        changed = [line for line in logs if line["event"] == "watched jobs changed"]
        assert [(line["jobs"], line["added"], line["removed"]) for line in changed] == [(3, 1, 0)]

    play(installation, story)


def test_a_check_that_began_before_a_reload_does_not_undo_it(tmp_path: Path) -> None:
    released, seen = threading.Event(), threading.Event()

    def slow(patterns: Iterable[Path], known: JobFiles) -> JobFiles:
        found = reread(patterns, known)
        seen.set()
        released.wait()
        return found

    async def story(installation: Installation) -> None:
        file = watch_folder(installation, 1)
        file.write_text("- 2\n", encoding="ascii")
        await installation.reload()
        file.write_text("- 3\n", encoding="ascii")
        scrape = asyncio.create_task(installation.scrape())
        await until(seen.is_set)
        file.write_text("- 4\n", encoding="ascii")
        await installation.reload()
        released.set()
        assert up_of(await scrape) == {"live/1": 1, "live/4": 1}

    with opened(Installation(tmp_path, reread=slow)) as installation:
        play(installation, story)


def test_a_change_that_a_scrape_sees_while_a_reload_loads_is_not_lost(tmp_path: Path) -> None:
    slow = Slow()

    async def story(installation: Installation) -> None:
        file = watch_folder(installation, 1)
        slow.gate.release()
        await installation.reload()
        reload = asyncio.create_task(installation.reload())
        await until(lambda: slow.begun == 3)
        file.write_text("- 2\n", encoding="ascii")
        assert up_of(await installation.scrape()) == {"live/1": 1, "live/2": 1}
        file.write_text("- 2 3\n", encoding="ascii")
        slow.gate.release()
        await reload
        installation.asked()
        assert up_of(await installation.scrape()) == {"live/1": 1, "live/2": 1}
        assert installation.asked() == []

    with opened(Installation(tmp_path, slow)) as installation:
        play(installation, story)


def test_an_error_of_the_exporters_own_in_a_check_costs_no_scrape_and_is_logged_once(
    tmp_path: Path,
) -> None:
    faulty = [True]

    def failing_at_first(patterns: Iterable[Path], known: JobFiles) -> JobFiles:
        if faulty:
            raise ZeroDivisionError
        return reread(patterns, known)

    async def story(installation: Installation) -> None:
        installation.configure(account="job_files: [jobs.yaml]")
        await installation.reload()
        with capture_logs() as logs:
            for _ in range(10):
                assert up_of(await installation.scrape(after=100.0))
            faulty.clear()
            for _ in range(10):
                assert up_of(await installation.scrape(after=100.0))
        events = [(one["log_level"], one["event"]) for one in logs if one["log_level"] != "debug"]
        assert events == [
            ("error", "the exporter failed to read the job files"),
            ("info", "the exporter can read the job files again"),
        ]

    with opened(Installation(tmp_path, reread=failing_at_first)) as installation:
        play(installation, story)
