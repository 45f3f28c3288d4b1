"""`demo`: the program over simulated APIs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse_text

from tests.cli.conftest import LONG
from tests.support.program import LOOPBACK, Program, started
from tests.web.serving import Certificates

pytestmark = pytest.mark.slow

TLS = "tls_server_config: {cert_file: server.crt, key_file: server.key}\n"


@pytest.fixture(scope="module")
def program() -> Iterator[Program]:
    with started("demo", "--jobs=40", "--seed=3", LOOPBACK) as program:
        yield program


def series(program: Program, name: str, account: str | None = None) -> dict[str, float]:
    """Return the values of a metric by its last label, of one account or all."""
    families = parse_text(program.ask("/metrics", LONG).text)
    return {
        list(sample.labels.values())[-1]: sample.value
        for family in families
        for sample in family.samples
        if sample.name == name and account in (None, sample.labels["account"])
    }


def test_the_demo_needs_nothing_and_shows_several_states_at_once(program: Program) -> None:
    counts = series(program, "fusebill_jobs", "demo")
    assert sum(counts.values()) == 35
    assert {state for state, count in counts.items() if count} == counts.keys()
    assert counts["running"] >= 5


def test_the_api_of_the_demo_is_up(program: Program) -> None:
    assert series(program, "fusebill_up", "demo") == {"demo": 1}


def test_an_account_of_the_demo_stands_for_each_cause_that_stops_reads(program: Program) -> None:
    families = parse_text(program.ask("/metrics", LONG).text)
    blocked = next(one for one in families if one.name == "fusebill_api_blocked")
    assert {
        sample.labels["account"]: sample.labels["cause"]
        for sample in blocked.samples
        if sample.value
    } == {
        "key-refused": "key",
        "unreachable": "unreachable",
        "rate-limited": "rate_limited",
        "share-spent": "share",
        "reserve-reached": "reserve",
    }


def test_the_demo_says_which_url_to_open(program: Program) -> None:
    (line,) = [line for line in program.said if "url=" in line]
    assert line.endswith(f'msg="demo is running, open its page" url=http://{program.addresses[0]}/')


@pytest.mark.parametrize(
    ("flag", "host", "path"),
    [
        pytest.param("--web.listen-address=:0", "localhost", "/", id="every address"),
        pytest.param("--web.listen-address=localhost:0", "localhost", "/", id="this machine"),
        pytest.param(
            "--web.external-url=https://example.org/fusebill/",
            "127.0.0.1",
            "/fusebill/",
            id="under a path",
        ),
    ],
)
def test_the_url_can_be_opened_on_this_machine(flag: str, host: str, path: str) -> None:
    listen = () if "listen" in flag else (LOOPBACK,)
    with started("demo", "--jobs=1", flag, *listen) as program:
        url = program.line_with("url=").rpartition("url=")[2]
        port = program.addresses[0].rpartition(":")[2]
        assert url == f"http://{host}:{port}{path}"
        assert program.ask(path).status == 200


def test_the_url_of_a_demo_with_tls_is_https(tmp_path: Path) -> None:
    Certificates(tmp_path).write("server", "127.0.0.1")
    file = tmp_path / "web.yml"
    file.write_text(TLS, encoding="ascii")
    with started("demo", "--jobs=1", f"--web.config.file={file}", LOOPBACK) as program:
        assert program.line_with("url=").endswith(f" url=https://{program.addresses[0]}/")


def test_a_unix_socket_has_no_url(tmp_path: Path) -> None:
    with started("demo", "--jobs=1", f"--web.listen-address=unix:{tmp_path}/socket") as program:
        assert program.ask("/-/ready").status == 200
        program.end()
        assert not any("url=" in line for line in program.said)


def test_the_jobs_of_the_demo_have_names_and_teams(program: Program) -> None:
    families = parse_text(program.ask("/metrics", LONG).text)
    info = next(one for one in families if one.name == "fusebill_service_job_info")
    assert len({sample.labels["job_name"] for sample in info.samples}) == 40
    assert {sample.labels["team"] for sample in info.samples} == {"billing", "pricing", "support"}
    assert len({sample.labels["job_type"] for sample in info.samples}) >= 2


def test_the_page_of_the_demo_shows_its_jobs(program: Program) -> None:
    assert program.ask("/").text.count("price-push") >= 5


def test_a_demo_ends_like_any_exporter() -> None:
    with started("demo", "--jobs=1", "--speed=1000", LOOPBACK) as program:
        assert program.ask("/-/ready").status == 200
        assert program.end() == 0
