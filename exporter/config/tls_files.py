"""The files of a `tls_config`: authorities, and a client's certificate with its key."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import structlog

from exporter.config.pem import LARGEST_BUNDLE, holds_certificates, load_pair
from exporter.config.sections import TlsConfig
from exporter.config.user_file import Content, read_content
from exporter.model.errors import Problem

log = structlog.get_logger()


class Pems(NamedTuple):
    """The contents of the files; None: the configuration names no such file."""

    ca: Content | None = None
    certificate: Content | None = None
    key: Content | None = None


@dataclass(slots=True)
class TlsFiles:
    """The files of an account's `tls_config`. They are read for each request, one at a time.

    Only different contents count as a change, as a file's time proves none. While the files are
    bad, the last good ones stay in force. `problem` says what is wrong with them, as the one log
    line about it does.
    """

    account: str
    config: TlsConfig = field(default_factory=TlsConfig)
    problem: str | None = field(default=None, init=False)
    _found: Pems = field(default=Pems(), init=False, repr=False)
    _good: Pems = field(default=Pems(), init=False, repr=False)

    def load(self, *, with_key: bool = True) -> list[Problem]:
        """Read the files for the first time; return their problems.

        Without `with_key`, a private key that cannot be read is no problem.
        """
        self._good = self._found = _contents(self.config)
        return list(_problems(self._found, with_key=with_key))

    def read(self) -> Pems:
        """Return the last good contents: the same object until they change."""
        found = _contents(self.config)
        if found != self._found:
            self._found = found
            self._judge(found)
        return self._good

    def _judge(self, found: Pems) -> None:
        before = self.problem
        self.problem = "; ".join(map(str, _problems(found))) or None
        if self.problem is None and found != self._good:
            self._good = found
        if self.problem not in (None, before):
            log.warning(
                "TLS files are bad, using the last good ones",
                account=self.account,
                error=self.problem,
            )
        self.log_end_of(before)

    def log_end_of(self, problem: str | None) -> None:
        """Log that the files are good, if they had this problem before."""
        if problem is not None and self.problem is None:
            log.info("TLS files are good again", account=self.account)


def _contents(config: TlsConfig) -> Pems:
    return Pems(_read(config.ca_file), _read(config.cert_file), _read(config.key_file))


def _read(file: Path | None) -> Content | None:
    return None if file is None else read_content(file, LARGEST_BUNDLE)


def _problems(pems: Pems, *, with_key: bool = True) -> Iterator[Problem]:
    """Yield what is wrong with the files, each problem with its path below an account.

    Without `with_key`, a private key that cannot be read is no problem.
    """
    ca, certificate, key = pems
    problems = {"ca_file": _of_certificates(ca), "cert_file": _of_certificates(certificate)}
    if key is not None and with_key:
        problems["key_file"] = key.problem
    yield from (Problem(f"tls_config.{name}", one) for name, one in problems.items() if one)
    if key is None or certificate is None or key.problem:
        return
    if not problems["cert_file"]:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        if bad := load_pair(context, certificate.data, key.data):
            yield Problem(f"tls_config.{'key' if bad.of_key else 'cert'}_file", bad.message)


def _of_certificates(content: Content | None) -> str:
    if content is None or content.problem or holds_certificates(content.data):
        return "" if content is None else content.problem
    return "expected certificates in PEM"
