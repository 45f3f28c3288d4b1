"""Labels that promtool dislikes are named in the log: at the start, and when others come."""

from structlog.testing import capture_logs
from structlog.typing import EventDict

from exporter.config.job_files import JobFiles
from exporter.config.loaded import load_everything
from exporter.scrape.reload import Reloader
from tests.support.house import House, play, watch_folder

CAMEL = "- {id: 2, labels: {costCenter: x, aB: y}}\n"


def named(logs: list[EventDict]) -> list[tuple[str, str]]:
    """Return the level and the labels of each line that names some."""
    return [(line["log_level"], line["labels"]) for line in logs if "labels" in line]


def test_a_start_names_each_disliked_label_once_and_in_order(house: House) -> None:
    file = watch_folder(house, 1)
    file.write_text(CAMEL + "- {id: 3, labels: {aB: z, team: z}}\n", encoding="ascii")
    loaded = load_everything(house.config, JobFiles())
    with capture_logs() as logs:
        Reloader(loaded, lambda _: loaded, house.now).close()
    assert named(logs) == [("warning", "aB, costCenter")]


def test_a_change_of_job_files_names_them_again_where_there_are_others(house: House) -> None:
    async def story(house: House) -> None:
        file = watch_folder(house, 1)
        await house.reload()
        with capture_logs() as logs:
            for text in ("- 2\n", CAMEL, CAMEL + "- 3\n", "- {id: 2, labels: {aB: y}}\n", "- 2\n"):
                file.write_text(text, encoding="ascii")
                await house.scrape()
        assert named(logs) == [("warning", "aB, costCenter"), ("warning", "aB")]

    play(house, story)


def test_a_reload_names_them_again_where_there_are_others(house: House) -> None:
    async def story(house: House) -> None:
        file = watch_folder(house, 1)
        with capture_logs() as logs:
            for text in ("- 2\n", CAMEL, CAMEL + "- 3\n", "- {id: 2, labels: {aB: y}}\n", "- 2\n"):
                file.write_text(text, encoding="ascii")
                await house.reload()
        assert named(logs) == [("warning", "aB, costCenter"), ("warning", "aB")]

    play(house, story)
