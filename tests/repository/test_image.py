"""The promises of Dockerfile and .dockerignore, as far as they show without a build."""

import json
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

import pytest

from tests.support.program import environment

ROOT = Path(__file__).parents[2]
HADOLINT = Path(sys.executable).parent / "hadolint"
CONFIG = "/etc/fusebill-exporter/config.yaml"


def lines(name: str) -> list[str]:
    """Return the lines of a file without comments; join lines that are continued."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / name).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def values(instruction: str) -> list[str]:
    """Return the arguments of each instruction of that name in the Dockerfile."""
    pairs = [line.split(maxsplit=1) for line in lines("Dockerfile")]
    return [value for name, value in pairs if name == instruction]


def sources() -> list[str]:
    """Return the paths that the Dockerfile copies from the project."""
    copies = [value.split() for value in values("COPY") if "--from=" not in value]
    return [source for copy in copies for source in copy[:-1]]


def ignored(path: str) -> bool:
    """Return whether .dockerignore excludes a path. The last line that matches decides."""
    above = [str(part) for part in (PurePosixPath(path), *PurePosixPath(path).parents)][:-1]
    verdict = False
    for line in lines(".dockerignore"):
        pattern = line.removeprefix("!").removeprefix("**/")
        parts = [PurePosixPath(part).name for part in above] if "**/" in line else above
        if any(fnmatch(part, pattern) for part in parts):
            verdict = not line.startswith("!")
    return verdict


def test_the_image_runs_as_a_user_and_a_group_by_number_and_not_as_root() -> None:
    user = re.fullmatch(r"(\d+):(\d+)", values("USER")[-1])
    assert user is not None
    assert 0 not in map(int, user.groups())


def test_the_image_starts_the_program_itself_with_the_path_of_its_configuration() -> None:
    (entrypoint,), (command,) = values("ENTRYPOINT"), values("CMD")
    assert json.loads(entrypoint) == ["/opt/fusebill-exporter/bin/fusebill-exporter"]
    assert json.loads(command) == [f"--config.file={CONFIG}"]


@pytest.mark.parametrize("command", ["serve", "demo"])
def test_the_image_listens_on_every_address_unless_a_flag_says_otherwise(command: str) -> None:
    variables = dict(pair.split("=", 1) for value in values("ENV") for pair in value.split())
    name = "FUSEBILL_EXPORTER_WEB_LISTEN_ADDRESS"
    code = (
        f"from exporter.cli.{command} import command;"
        "print([[str(one) for one in command.make_context('x', arguments)"
        ".params['web_listen_address']] for arguments in ([], ['--web.listen-address=[::1]:9'])])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        env=environment({name: variables[name]}),
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "[[':10423'], ['[::1]:9']]\n"
    assert values("EXPOSE") == ["10423"]


def test_the_image_has_no_health_check_that_would_need_a_client_in_it() -> None:
    assert values("HEALTHCHECK") == []


def test_whatever_pip_installs_is_checked_by_its_hash_or_is_our_own_wheel() -> None:
    commands = [part for value in values("RUN") for part in value.split("&&")]
    installs = [part.split() for part in commands if re.search(r"\bpip\b.*\binstall\b", part)]
    ours = [words for words in installs if "--no-deps" in words]
    assert [words[-1] for words in ours] == ["/wheels/*.whl"]
    assert len(installs) == 3
    assert all("--require-hashes" in words for words in installs if words not in ours)


def test_every_base_image_is_pinned_to_a_version_and_its_bytes() -> None:
    stages = [value.split() for value in values("FROM")]
    names = {stage[-1] for stage in stages if "AS" in stage}
    bases = {stage[0] for stage in stages} - names
    assert bases
    pinned = re.compile(r"[\w./]+:\d+\.\d+\.\d+(-[\w.]+)*@sha256:[0-9a-f]{64}")
    assert [base for base in bases if not pinned.fullmatch(base)] == []


def test_what_the_wheel_is_built_from_is_copied() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needs = {project["project"]["readme"], *project["project"]["license-files"], *wheel["packages"]}
    assert needs | {"pyproject.toml"} <= set(sources())


@pytest.mark.parametrize("source", sources())
def test_what_the_dockerfile_copies_gets_into_the_build(source: str) -> None:
    assert (ROOT / source).exists()
    assert not ignored(f"{source}/any.py" if (ROOT / source).is_dir() else source)


@pytest.mark.parametrize(
    "path",
    [
        "config.yaml",
        "fusebill_api_key",
        ".env",
        ".git/config",
        ".venv/bin/python",
        "requirements/dev.txt",
        "exporter/web/__pycache__/app.cpython-313.pyc",
    ],
)
def test_nothing_else_gets_into_the_build(path: str) -> None:
    assert ignored(path)


def test_the_linter_of_dockerfiles_has_no_complaint() -> None:
    result = subprocess.run(
        [HADOLINT, "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout) == (0, "")


def test_the_image_compiles_what_serve_imports_of_the_standard_library() -> None:
    (warm_up,) = [
        part.split()[1:]
        for value in values("RUN")
        for part in value.split("&&")
        if part.strip().startswith("/opt/fusebill-exporter/bin/fusebill-exporter")
    ]
    code = (
        "import sys; from click.testing import CliRunner; from exporter.cli.main import cli;"
        f"CliRunner().invoke(cli, {warm_up}); sys.exit('exporter.cli.serve' not in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
