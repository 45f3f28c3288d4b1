"""Clashes: values of a configuration that contradict each other.

Pydantic reports a clash only when every single value is valid. This search works on the raw values
of the file, so every problem is reported at once.
"""

from collections.abc import Iterator

from exporter.config.values import whole_id
from exporter.model.errors import Problem


def clashes(values: object) -> Iterator[Problem]:
    """Yield the clashes in the values of a configuration file."""
    root = values if isinstance(values, dict) else {}
    accounts = root.get("accounts")
    if isinstance(accounts, list):
        yield from _clashing_accounts(accounts)
    statuses = root.get("statuses")
    words = (
        [word for word in statuses if isinstance(word, str)] if isinstance(statuses, dict) else []
    )
    if len({word.casefold() for word in words}) < len(words):
        message = "expected each word once: words are compared without regard to case"
        yield Problem("statuses", message)


def _clashing_accounts(accounts: list[object]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, account in enumerate(accounts):
        if not isinstance(account, dict):
            continue
        path = f"accounts[{index}]"
        name = account.get("name")
        if "name" not in account and len(accounts) > 1:
            yield Problem(f"{path}.name", "required where there is more than one account")
        if isinstance(name, str) and first.setdefault(name, index) != index:
            yield Problem(f"{path}.name", f"expected a name other than accounts[{first[name]}]'s")
        if {"api_key_file", "api_key_env"} <= account.keys():
            yield Problem(path, "expected one of api_key_file and api_key_env, not both")
        yield from _half_pair(account.get("tls_config"), f"{path}.tls_config")
        yield from duplicate_jobs(account.get("jobs"), f"{path}.jobs")


def _half_pair(tls: object, path: str) -> Iterator[Problem]:
    """Yield a problem for a client certificate without its key, or a key without one."""
    if not isinstance(tls, dict):
        return
    for name, other in (("cert_file", "key_file"), ("key_file", "cert_file")):
        if tls.get(name) is None and tls.get(other) is not None:
            yield Problem(f"{path}.{name}", f"required with {other}")


def duplicate_jobs(jobs: object, path: str) -> Iterator[Problem]:
    """Yield a problem for each repeated job of a list; `path` is the path of the list."""
    first: dict[int, int] = {}
    for index, job in enumerate(jobs if isinstance(jobs, list) else []):
        job_id = whole_id(job.get("id") if isinstance(job, dict) else job)
        if type(job_id) is int and first.setdefault(job_id, index) != index:
            where = f"{path}[{index}]{'.id' if isinstance(job, dict) else ''}"
            yield Problem(where, f"expected each job once, but {path}[{first[job_id]}] is the same")
