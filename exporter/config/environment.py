"""The environment variables that say how to reach an API: its proxy and its authorities.

The names and their meaning are those of `requests` and curl. Here they are found without importing
`requests`, which would take an eighth of a start, and with their names, so that a mistake is
reported with the variable that holds it.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from exporter.config.pem import LARGEST_BUNDLE, holds_certificates
from exporter.config.proxy import Proxy, parse_proxy
from exporter.config.sections import Account, Config
from exporter.config.user_file import read_content
from exporter.config.values import is_loopback
from exporter.model.errors import Problem

Environment = Mapping[str, str]

BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""The variables that replace the system's authorities; the first that is set counts."""

_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]+")
"""The names under which OpenSSL finds certificates in a folder."""


class Variable(NamedTuple):
    """An environment variable that is set and not empty. The value may hold a password."""

    name: str
    value: str


def proxy_of(account: Account, environment: Environment) -> Proxy | None:
    """Return the proxy on the way to an account's API; None: there is none.

    Raises ValueError naming the variable whose proxy cannot be used.
    """
    if account.proxy_url is not None:
        return account.proxy_url
    variable = _proxy_variable(account.base_url, environment)
    if variable is None:
        return None
    text = variable.value if "://" in variable.value else f"http://{variable.value}"
    try:
        return parse_proxy(text, variable.name)
    except ValueError as error:
        message = f"the variable {variable.name} is bad: {error}"
        raise ValueError(message) from None


def _proxy_variable(base_url: str, environment: Environment) -> Variable | None:
    """Return the variable with the proxy for an API; None: none is set, or NO_PROXY excludes it.

    Only a loopback address may be without TLS, and that needs no proxy: HTTP_PROXY never counts.
    A name in lower case goes first; of the proxies', even if it is empty.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    unproxied = environment.get("no_proxy") or environment.get("NO_PROXY", "")
    if is_loopback(host) or _is_listed(host, parts.port, unproxied):
        return None
    for name in ("https_proxy", "all_proxy"):
        spelling = name if name in environment else name.upper()
        if value := environment.get(spelling):
            return Variable(spelling, value)
    return None


def _is_listed(host: str, port: int | None, unproxied: str) -> bool:
    """Tell whether a list as in NO_PROXY names a host, a domain above it, or its network."""
    entries = [entry.lstrip(".") for entry in unproxied.lower().replace(" ", "").split(",")]
    if entries == ["*"]:
        return True
    names = (f".{host}", f".{host}:{port}")
    return any(
        any(name.endswith(f".{entry}") for name in names) or _is_in_network(host, entry)
        for entry in filter(None, entries)
    )


def _is_in_network(host: str, network: str) -> bool:
    try:
        return "/" in network and ip_address(host) in ip_network(network, strict=False)
    except ValueError:
        return False


def bundle_of(environment: Environment) -> Variable | None:
    """Return the variable that replaces the system's authorities; None: there is none."""
    set_ones = (Variable(name, environment.get(name, "")) for name in BUNDLES)
    return next((one for one in set_ones if one.value), None)


def problems_of_environment(config: Config, environment: Environment) -> Iterator[Problem]:
    """Yield a problem for each variable that counts for an account and cannot be used."""
    of_authorities = cache(lambda: tuple(problems_of_authorities(environment)))
    for index, account in enumerate(config.accounts):
        path = f"accounts[{index}].base_url"
        try:
            proxy_of(account, environment)
        except ValueError as error:
            yield Problem(path, str(error))
        if urlsplit(account.base_url).scheme == "https" and account.tls_config.ca_file is None:
            yield from (Problem(path, one) for one in of_authorities())


def problems_of_authorities(environment: Environment) -> Iterator[str]:
    """Yield what is wrong with the variables that name certificate authorities."""
    bundle = bundle_of(environment)
    file, folders = environment.get("SSL_CERT_FILE"), environment.get("SSL_CERT_DIR")
    if bundle is not None:
        yield from _wrong(bundle.name, _problem_of_bundle(Path(bundle.value)))
        return
    if file:
        yield from _wrong("SSL_CERT_FILE", _problem_of_file(Path(file)))
    if folders and not any(Path(one).is_dir() for one in folders.split(":")):
        yield from _wrong("SSL_CERT_DIR", "expected folders")


def _wrong(name: str, problem: str) -> Iterator[str]:
    if problem:
        yield f"the variable {name} is bad: {problem}"


def _problem_of_bundle(path: Path) -> str:
    """Return what is wrong with a file or a folder of authorities; empty: nothing."""
    if not path.is_dir():
        return _problem_of_file(path)
    try:
        names = [one.name for one in path.iterdir()]
    except OSError as error:
        return f"expected a readable folder: {error.strerror}"
    if any(map(_HASHED.fullmatch, names)):
        return ""
    return "expected certificates in the folder, under the names that `openssl rehash` gives"


def _problem_of_file(path: Path) -> str:
    content = read_content(path, LARGEST_BUNDLE)
    if content.problem or holds_certificates(content.data):
        return content.problem
    return "expected a file of certificates in PEM"
