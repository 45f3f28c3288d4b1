"""The page as a whole: its links, its notices, its policy, and texts of other people."""

import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

import pytest

from exporter import __version__
from exporter.config.status import ConfigView, JobFileView, WebConfigView
from exporter.jobs.snapshot import Snapshot
from exporter.web.page.choice import Choice
from exporter.web.page.row import row_of
from exporter.web.page.words import short
from tests.golden import golden_snapshot
from tests.support.asgi import Answer
from tests.support.snapshots import (
    CREATED,
    READ,
    make_account,
    make_snapshot,
)
from tests.web.page.shown import drawn, section, words
from tests.web.reading import Reader, everywhere

HOSTILE = (
    "</td></script></style>--><script>alert('x')</script><img src=\"x\"> & \"' onclick=x {{ 7*7 }}"
)


def notices(snapshot: Snapshot) -> str:
    return words(drawn(snapshot).text.partition('<div id="notices">')[2].partition("<section")[0])


def of_config(config: ConfigView) -> str:
    snapshot = replace(make_snapshot(make_account()), config=config)
    return section(drawn(snapshot).text, "exporter")


def test_the_page_names_the_program_its_version_and_its_links() -> None:
    answer = drawn(golden_snapshot())
    assert "<title>Fusebill exporter</title>" in answer.text
    assert section(answer.text, "exporter").partition("Running")[0].endswith(f"{__version__} ")
    links = [str(link["href"]) for link in Reader(answer.text).all("a")]
    links = [link for link in links if not link.startswith("?") and "#fuse" not in link]
    source = "https://github.com/fusebill-exporter/fusebill-exporter"
    assert links == [
        "#jobs",
        "metrics",
        "-/healthy",
        "-/ready",
        f"{source}/blob/v{__version__}/docs/operations.md",
        f"{source}/blob/v{__version__}/docs/alerts.md",
        source,
    ]


def test_the_links_are_under_the_prefix_that_users_see() -> None:
    links = [link["href"] for link in Reader(drawn(golden_snapshot(), prefix="/a").text).all("a")]
    assert links[1:4] == ["/a/metrics", "/a/-/healthy", "/a/-/ready"]


def test_a_link_to_elsewhere_does_not_say_where_it_is() -> None:
    links = Reader(drawn(golden_snapshot()).text).all("a")
    away = [link for link in links if str(link["href"]).startswith("http")]
    assert away
    assert {link["rel"] for link in away} == {"noreferrer"}


def test_a_configuration_that_is_in_order_says_since_when() -> None:
    assert of_config(ConfigView(loaded_at=CREATED)).endswith(
        "Running for 11m since 2020-06-23 10:50:42 UTC "
        "Configuration in order in force since 2020-06-23 10:50:42 UTC"
    )


def test_a_configuration_that_was_refused_says_when_and_every_problem() -> None:
    problems = ("config.yaml: accounts[0].jobs[2].id: expected a number", "refresh: unknown key")
    config = ConfigView(loaded_at=CREATED, failed_at=READ, problems=problems)
    assert "last change refused in force since 2020-06-23 10:50:42 UTC" in of_config(config)
    assert notices(replace(make_snapshot(make_account()), config=config)).endswith(
        "The configuration was refused 1m ago, at 2020-06-23 11:00:42 UTC. "
        f"The one before stays in force. {problems[0]} {problems[1]}"
    )


def test_of_very_many_problems_the_first_twenty_are_listed() -> None:
    problems = tuple(f"problem {number}" for number in range(1, 10_001))
    config = ConfigView(loaded_at=CREATED, failed_at=READ, problems=problems)
    shown = notices(replace(make_snapshot(make_account()), config=config))
    assert shown.endswith("problem 19 problem 20 and 9,980 more")


def test_the_job_files_that_cannot_be_used_are_named_and_the_others_are_not() -> None:
    files = (JobFileView("jobs.d/a.yaml"), JobFileView("jobs.d/b.yaml", "not YAML: line 3"))
    snapshot = make_snapshot(make_account())
    config = ConfigView(loaded_at=CREATED, job_files=files)
    assert notices(replace(snapshot, config=config)).endswith(
        "1 of 2 job files cannot be used as they stand: jobs.d/b.yaml : not YAML: line 3"
    )
    in_order = ConfigView(loaded_at=CREATED, job_files=files[:1])
    assert not notices(replace(snapshot, config=in_order))


def test_a_web_configuration_that_is_refused_is_said_with_each_problem() -> None:
    problems = ("web.yml: basic_auth_users: expected a user", "web.yml: key_file: expected a key")
    snapshot = replace(make_snapshot(make_account()), web_config=WebConfigView(problems))
    assert notices(snapshot).endswith(
        "The web configuration, or a file that it names, is refused as it stands. "
        f"The last good one stays in force. {problems[0]} {problems[1]}"
    )


@pytest.mark.parametrize("web_config", [None, WebConfigView()], ids=["none", "in order"])
def test_nothing_is_said_of_a_web_configuration_that_is_in_order(
    web_config: WebConfigView | None,
) -> None:
    snapshot = replace(make_snapshot(make_account()), web_config=web_config)
    assert "web configuration" not in drawn(snapshot).text


def opened_everywhere(text: str) -> Reader:
    """Return the page with a text in every place, and its only job opened."""
    snapshot = everywhere(text)
    key = row_of(snapshot.jobs[0], not_read=False).key
    return Reader(drawn(snapshot, choice=Choice(opened=key)).text)


def test_no_text_of_other_people_changes_what_the_page_is_made_of() -> None:
    assert opened_everywhere(HOSTILE).skeleton == opened_everywhere("tame").skeleton


def test_every_text_of_other_people_is_shown_as_it_is_but_for_long_names_in_a_row() -> None:
    shown = "".join(opened_everywhere(HOSTILE).texts)
    expected = "".join(opened_everywhere("zebra").texts)
    cut = [short(HOSTILE, most) for most in (40, 40, 38, 24, 90)]
    assert shown.count(HOSTILE) == expected.count("zebra") - len(cut)
    for text in cut:
        assert text in shown


def test_markup_in_the_telemetry_path_stays_in_its_attribute() -> None:
    reader = Reader(drawn(golden_snapshot(), f"/{HOSTILE}").text)
    assert reader.skeleton == Reader(drawn(golden_snapshot()).text).skeleton
    assert HOSTILE in [link["href"] for link in reader.all("a")]


def hash_of(answer: Answer, tag: str) -> str:
    """Return the hash by which a policy names the content of the only element with a tag."""
    ((content,),) = [re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", answer.text, re.DOTALL)]
    return f"sha256-{b64encode(sha256(content.encode()).digest()).decode()}"


def test_the_browser_is_to_run_and_to_style_by_this_page_alone() -> None:
    answer = drawn(golden_snapshot())
    assert answer.headers["content-security-policy"] == (
        f"default-src 'none'; script-src '{hash_of(answer, 'script')}'; "
        f"style-src '{hash_of(answer, 'style')}'; img-src data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    assert answer.headers["referrer-policy"] == "no-referrer"


def attributes_of(reader: Reader) -> Iterator[tuple[str, str]]:
    for _, attributes in reader.elements:
        yield from ((name, value or "") for name, value in attributes.items())


def test_the_page_loads_nothing_and_has_no_inline_style_or_handler() -> None:
    answer = drawn(golden_snapshot())
    reader = Reader(answer.text)
    names = {name for name, _ in attributes_of(reader)}
    assert not {name for name in names if name in ("src", "style") or name.startswith("on")}
    assert [link["href"] for link in reader.all("link")] == ["data:,"]
    assert not re.search(r"url\(|@import|innerHTML|insertAdjacent|eval\(", answer.text)


def test_what_has_an_id_has_it_alone() -> None:
    ids = [
        value
        for name, value in attributes_of(Reader(drawn(golden_snapshot()).text))
        if name == "id"
    ]
    assert len(ids) == len(set(ids))
