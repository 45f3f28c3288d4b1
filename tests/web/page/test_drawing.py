import json
import re
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256

import pytest
from starlette.responses import HTMLResponse

from exporter import __version__
from exporter.config.sections import WatchedJob
from exporter.config.status import ConfigView, JobFileView, WebConfigView
from exporter.jobs.end_confirmation import End
from exporter.jobs.snapshot import AccountView, JobView, Snapshot
from exporter.model.failures import ServerError
from exporter.model.job import Job
from exporter.model.state import State
from exporter.quota.block import Block, Cause
from exporter.quota.window import WindowView
from exporter.web.page.choice import ALL, Choice
from exporter.web.page.page import Page
from exporter.web.page.words import short
from tests.golden import golden_snapshot
from tests.support.asgi import Answer, ask
from tests.support.snapshots import (
    CREATED,
    NULLS,
    READ,
    make_account,
    make_blocked,
    make_job,
    make_reading,
    make_snapshot,
    make_view,
    snapshot_of,
)
from tests.web.reading import Reader, everywhere

HOSTILE = (
    "</td></script></style>--><script>alert('x')</script><img src=\"x\"> & \"' onclick=x {{ 7*7 }}"
)
WORDS = ("unreadable", "unread", *State)
ROWS = ["failed", "partial", *["unreadable"] * 3, "unknown", "running", "unread", "unread"]


def drawn(
    snapshot: Snapshot,
    telemetry_path: str = "/metrics",
    prefix: str = "",
    choice: Choice = ALL,
    version: str = __version__,
) -> Answer:
    page = Page(telemetry_path, prefix, version)
    return ask(HTMLResponse(page.body(snapshot, choice), headers=page.headers), "/")


def words(html: str) -> str:
    """Return the text of a piece of HTML."""
    return " ".join(re.sub(r"<[^>]*>", " ", html.replace("<wbr>", "")).split())


def rows(html: str) -> list[str]:
    """Return the text of each row of the table."""
    body = html.partition("<tbody")[2].partition("</tbody>")[0]
    return [words(row) for row in re.findall(r"<tr .*?</tr>", body, re.DOTALL)]


def section(html: str, name: str) -> str:
    """Return the text of a section of the page."""
    return words(html.partition(f'<section id="{name}"')[2].partition("</section>")[0])


def of_account(account: AccountView) -> str:
    return section(drawn(make_snapshot(account)).text, "accounts")


def of_quota(account: AccountView) -> str:
    return section(drawn(make_snapshot(account)).text, "quota")


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


def test_every_watched_job_has_a_row_and_those_that_need_a_person_come_first() -> None:
    shown = rows(drawn(golden_snapshot()).text)
    states = [next(word for word in WORDS if f" {word}" in row) for row in shown]
    assert states == [*ROWS, "pending", "succeeded"]


def test_of_jobs_that_are_alike_the_latest_comes_first() -> None:
    views = [make_view(n, make_reading(make_job(id=n, created=CREATED + n))) for n in (1, 3, 2)]
    shown = rows(drawn(make_snapshot(make_account(*views))).text)
    assert [row.split()[0] for row in shown] == ["3", "2", "1"]


def test_a_row_says_who_the_job_is_and_how_far_it_is() -> None:
    watched = WatchedJob(id=2607617, name="q3-price-push")
    view = make_view(watched, make_reading(make_job()))
    (row,) = rows(drawn(make_snapshot(make_account(view))).text)
    assert row == (
        "q3-price-push 2607617 live SubscriptionProductBulkPriceChange running Processing "
        "42 % 7 1 19 created 11m ago moved 2m ago 1m ago"
    )


def test_what_the_api_gives_as_null_is_blank() -> None:
    html = drawn(snapshot_of(make_job(type="T", **NULLS))).text
    assert rows(html) == ["2607617 2607617 live T running Processing moved 2m ago 1m ago"]
    assert "<progress" not in html


def test_zeros_are_shown() -> None:
    job = make_job(successful=0, failed=0, total=0, percent_complete=0.0, created=0.0)
    (row,) = rows(drawn(snapshot_of(job)).text)
    assert "0 % 0 0 0 created 18436d ago" in row


def test_a_job_that_was_not_read_yet_says_so() -> None:
    shown = rows(drawn(make_snapshot(make_account(make_view(7)))).text)
    assert shown == ["7 7 live unread never"]


def test_a_job_that_never_could_be_read_says_why() -> None:
    view = make_view(7, make_reading(None, ServerError("the API failed (500)", 500)))
    (row,) = rows(drawn(make_snapshot(make_account(view))).text)
    assert row == "7 7 live unreadable never unreadable for 1m : the API failed (500)"


def test_the_words_of_an_error_are_apart_from_those_of_the_page() -> None:
    view = make_view(7, make_reading(None, ServerError("\u202eDOWN"), errors=361))
    html = drawn(make_snapshot(make_account(view))).text
    assert "<bdi>\u202eDOWN</bdi>" in html


def test_values_that_are_too_old_are_withheld_and_say_so() -> None:
    reading = make_reading(make_job(), ServerError("the API failed (500)", 500), errors=361)
    view = make_view(2607617, reading, stale=True)
    (row,) = rows(drawn(make_snapshot(make_account(view))).text)
    assert row == (
        "2607617 2607617 live unreadable 1m ago "
        "unreadable for 1m : the API failed (500) values too old"
    )


def test_a_running_job_that_stands_still_says_for_how_long() -> None:
    reading = replace(make_reading(make_job()), progressed_at=READ - 7200)
    (row,) = rows(drawn(make_snapshot(make_account(make_view(1, reading)))).text)
    assert "stalled for 2h 1m" in row
    assert "moved" not in row


def after(seconds: float, snapshot: Snapshot) -> Snapshot:
    """Return a snapshot as it is some seconds later, without a read since."""
    taken_at, monotonic = snapshot.taken_at + seconds, snapshot.monotonic + seconds
    return replace(snapshot, taken_at=taken_at, monotonic=monotonic)


@pytest.mark.parametrize(
    ("still", "moved"),
    [
        pytest.param(0.0, "moved until it was last read 28m ago not read for long", id="moves"),
        pytest.param(
            180.0,
            "moved 3m before it was last read 28m ago not read for long",
            id="moved a while before",
        ),
        pytest.param(
            2_460.0,
            "28m ago not read for long stalled for 41m when it was last read",
            id="stood still",
        ),
    ],
)
def test_a_running_job_that_is_not_read_says_so_and_how_it_was_when_it_was(
    still: float, moved: str
) -> None:
    reading = replace(make_reading(make_job()), progressed_at=READ - still)
    snapshot = make_snapshot(make_account(make_view(1, reading)))
    (row,) = rows(drawn(after(27 * 60, snapshot)).text)
    assert row.endswith(f"created 38m ago {moved}")


def test_a_job_that_does_not_start_says_so() -> None:
    job = make_job(state=State.PENDING, status="NotStarted", created=READ - 90_000)
    (row,) = rows(drawn(snapshot_of(job)).text)
    assert "created 1d 1h ago 1m ago not started yet" in row


def test_values_that_are_withheld_early_still_say_when_they_were_read() -> None:
    view = make_view(1, make_reading(make_job()), stale=True)
    (row,) = rows(drawn(after(27 * 60, make_snapshot(make_account(view)))).text)
    assert row.endswith("values too old 28m ago values too old not read for long")


def test_ages_grow_while_the_values_stay() -> None:
    page, snapshot = Page("/metrics"), snapshot_of(make_job())
    later = replace(snapshot, taken_at=snapshot.taken_at + 600)
    first, second = (page.body(one).decode() for one in (snapshot, later))
    assert rows(first)[0].endswith("created 11m ago moved 2m ago 1m ago")
    assert rows(second)[0].endswith("created 21m ago moved 12m ago 11m ago")


def test_a_watch_without_jobs_says_what_to_do() -> None:
    (row,) = rows(drawn(make_snapshot(make_account())).text)
    assert row.startswith("No job is watched.")


def test_the_jobs_are_counted_by_what_they_are() -> None:
    summary = words(
        re.findall(r'<nav id="kinds".*?</nav>', drawn(golden_snapshot()).text, re.DOTALL)[0]
    )
    assert summary == (
        "all 11 failed 1 partial 1 unreadable 3 values too old 1 unknown 1 running 2 unread 4 "
        "pending 1 succeeded 1"
    )


@pytest.mark.parametrize(
    ("up", "expected"),
    [
        pytest.param(
            True, "up The API answers and accepts the key. Last good answer 1m ago.", id="up"
        ),
        pytest.param(
            False,
            "down for 1m No job can be read: &lt;refused&gt; (401) . "
            "The next scrape asks the API again."
            " No good answer yet. What to do",
            id="down",
        ),
        pytest.param(None, "not asked yet", id="not known"),
    ],
)
def test_an_account_says_whether_its_api_can_be_used(up: bool | None, expected: str) -> None:
    block = Block(Cause.UNREACHABLE, READ, None) if up is False else None
    account = make_account(name="eu", up=up, trouble="<refused> (401)", block=block)
    assert of_account(account).endswith(f"Accounts eu {expected}")


def test_an_api_that_was_last_asked_long_ago_says_how_old_its_last_answer_is() -> None:
    account = replace(make_account(name="eu", up=True), answered_at=READ + 60 - 7_200)
    assert of_account(account).endswith("Last good answer 2h 0m ago.")


def test_accounts_that_need_a_person_come_first_and_the_others_as_they_are_configured() -> None:
    accounts = [
        make_account(name="b"),
        make_blocked(Cause.SHARE, READ + 900, name="c"),
        make_blocked(Cause.KEY, READ + 900, name="a"),
    ]
    shown = Reader(drawn(make_snapshot(*accounts)).text).all("li")
    assert [one["data-key"] for one in shown][:3] == ["a", "b", "c"]


@pytest.mark.parametrize(("confirmed", "said"), [(False, True), (True, False)])
def test_an_end_that_may_still_be_corrected_says_so(confirmed: bool, said: bool) -> None:
    job = make_job(state=State.SUCCEEDED, finished=True, completed=READ - 60)
    reading = replace(make_reading(job), end=End(confirmed=confirmed))
    (row,) = rows(drawn(make_snapshot(make_account(make_view(job.id, reading)))).text)
    assert ("not confirmed yet" in row) is said


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        pytest.param(
            WindowView(1_000, 900, READ + 90, 150),
            "100 spent, 900 of 1,000 left; 150 for the exporter now; "
            "resets at 11:02:12 UTC (in 30s )",
            id="known",
        ),
        pytest.param(
            WindowView(1_000, 900, READ + 59, 150),
            "limit 1,000; what is left comes with the next answer; 150 for the exporter now; "
            "was reset at 11:01:41 UTC",
            id="over",
        ),
        pytest.param(
            WindowView(None, None, None, 250),
            "limit not known, left: not known; 250 for the exporter now; reset not known",
            id="not known",
        ),
        pytest.param(
            WindowView(None, 7, None, 0),
            "limit not known, left: 7; 0 for the exporter now; reset not known",
            id="in part",
        ),
        pytest.param(
            WindowView(None, 998_900, None, 5, in_force=1_000_000),
            "1,100 spent, 998,900 of 1,000,000 left; 5 for the exporter now; reset not known",
            id="a configured limit that the API does not state",
        ),
        pytest.param(
            WindowView(None, None, None, 5, in_force=60),
            "limit 60, left: not known; 5 for the exporter now; reset not known",
            id="a configured limit before the first answer",
        ),
        pytest.param(
            WindowView(1_000, 900, READ + 90, 5, in_force=20),
            "100 spent, 900 of 1,000 left; the exporter goes by a limit of 20; "
            "5 for the exporter now; resets at 11:02:12 UTC (in 30s )",
            id="a configured limit besides the API's",
        ),
        pytest.param(
            WindowView(0, 0, None, 0),
            "limit 0, left: 0; 0 for the exporter now; reset not known",
            id="a limit of nothing",
        ),
    ],
)
def test_a_window_says_what_is_spent_what_is_left_and_when_it_resets(
    window: WindowView, expected: str
) -> None:
    assert of_quota(make_account(windows={"minute": window})).endswith(f"This minute {expected}")


def test_a_bar_shows_what_is_spent_and_next_to_it_what_the_exporter_may_spend() -> None:
    window = WindowView(1_000, 900, READ + 90, 150)
    reader = Reader(drawn(make_snapshot(make_account(windows={"minute": window}))).text)
    spent, budget = reader.all("rect")
    assert (spent["width"], budget["x"], budget["width"]) == ("10.0%", "10.0%", "15.0%")


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


def test_an_account_says_what_is_wrong_with_its_key_file() -> None:
    words = "The key file cannot be used as it stands"
    bad = of_account(make_account(key_problem="expected a readable file: No such file"))
    assert (
        f"{words}, and the last good key stays in force: expected a readable file: No such file ."
        in bad
    )
    assert words not in of_account(make_account())


def test_the_job_files_that_cannot_be_used_are_named_and_the_others_are_not() -> None:
    files = (JobFileView("jobs.d/a.yaml"), JobFileView("jobs.d/b.yaml", "not YAML: line 3"))
    snapshot = make_snapshot(make_account())
    config = ConfigView(loaded_at=CREATED, job_files=files)
    assert notices(replace(snapshot, config=config)).endswith(
        "1 of 2 job files cannot be used as it stands: jobs.d/b.yaml : not YAML: line 3"
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
    return Reader(drawn(everywhere(text), choice=Choice(opened=f"1/{text}")).text)


def test_no_text_of_other_people_changes_what_the_page_is_made_of() -> None:
    assert opened_everywhere(HOSTILE).skeleton == opened_everywhere("tame").skeleton


def test_every_text_of_other_people_is_shown_as_it_is_but_for_long_names_in_a_row() -> None:
    shown = "".join(opened_everywhere(HOSTILE).texts)
    expected = "".join(opened_everywhere("zebra").texts)
    cut = [short(HOSTILE, most) for most in (40, 40, 38, 24, 90)]
    assert shown.count(HOSTILE) == expected.count("zebra") - len(cut)
    for text in cut:
        assert text in shown


def opened(view: JobView, **changes: object) -> str:
    """Return the text of the row of a job that is opened."""
    account = make_account(view, **changes)
    choice = Choice(opened=f"{view.watched.id}/{view.account}")
    (row,) = rows(drawn(make_snapshot(account), choice=choice).text)
    return row


def test_a_row_opens_to_each_value_with_its_age_and_to_its_next_read() -> None:
    row = opened(make_view(WatchedJob(id=1, labels={"team": "a"}), make_reading(make_job())))
    assert (
        "Next read at the next scrape: it waits for its turn: 1 job is due, and the share of 25"
        in row
    )
    for text in (
        "due since 2020-06-23 11:00:52 UTC ( 50s ago).",
        "Why the status word is unknown, but there is progress 1m old",
        "Progress 42 % 1m old Done 7 1m old",
        "Created 2020-06-23 10:50:42 UTC ( 11m ago) 1m old",
        "Last good read 2020-06-23 11:00:42 UTC ( 1m ago)",
        "Label team a",
    ):
        assert text in row


def test_an_opened_row_says_what_is_wrong_since_when_and_what_to_do() -> None:
    reading = replace(make_reading(make_job(), ServerError("no (500)", 500)), due_at=9_000.0)
    view = make_view(1, reading)
    row = opened(view)
    assert "Next read at the first scrape after 2020-06-23 13:14:02 UTC (in 2h 12m ): after" in row
    assert "What to do unreadable State" in row
    assert "Failing since 2020-06-23 11:00:42 UTC ( 1m ago)" in row
    html = drawn(
        make_snapshot(make_account(view)), choice=Choice(opened="1/live"), version="7.1.0"
    ).text
    links = [link["href"] for link in Reader(html).all("a")]
    docs = "https://github.com/fusebill-exporter/fusebill-exporter/blob/v7.1.0/docs"
    assert f"{docs}/alerts.md#fusebillservicejobunread" in links


def test_only_the_opened_row_shows_what_is_known_besides() -> None:
    snapshot = golden_snapshot()
    assert "Next read" not in drawn(snapshot).text
    html = drawn(snapshot, choice=Choice(opened="2/live")).text
    assert html.count("Next read") == 1
    buttons = [one for one in Reader(html).all("button") if one.get("name") == "open"]
    assert [one["aria-expanded"] for one in buttons if one["value"] == ""] == ["true"]


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


@pytest.mark.parametrize(
    "created",
    [
        pytest.param("9999-12-31T23:59:59", id="the last second that there is"),
        pytest.param("9999-12-31T23:59:59.9999999", id="the greatest date of .NET"),
        pytest.param("9999-12-31T23:59:59-01:00", id="a date in the year 10000, by its offset"),
        pytest.param("0002-01-01T00:00:00", id="a date in the second year"),
    ],
)
def test_an_absurd_date_of_the_api_does_not_break_the_page(created: str) -> None:
    body = json.dumps({"id": 7, "status": "Processing", "createdTimestamp": created})
    answer = drawn(snapshot_of(Job.from_api(body.encode(), 7, {}, READ)))
    assert answer.status == 200
    assert len(rows(answer.text)) == 1


@pytest.mark.parametrize("state", State)
def test_every_state_is_said_in_words(state: State) -> None:
    (row,) = rows(drawn(snapshot_of(make_job(state=state))).text)
    assert f" {state} Processing" in row
