"""How the requests of one account get to its API: session, proxy and certificates."""

import os
import ssl
from collections.abc import Iterator, Mapping
from http.cookiejar import DefaultCookiePolicy
from threading import Lock
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import requests

from exporter import __version__
from exporter.api.connection import Shared
from exporter.api.tls_context import make_context
from exporter.api.transport import DeadlineAdapter
from exporter.config.environment import proxy_of
from exporter.config.sections import Account
from exporter.config.tls_files import Pems, TlsFiles


class Prepared(NamedTuple):
    """A request without its job and its key, the session that sends it, and how.

    The connections of the session show and trust what is in `pems`.
    """

    session: requests.Session
    request: requests.PreparedRequest
    settings: Mapping[str, Any]
    pems: Pems


class Way:
    """The way to the API of one account. Several threads may use it at once.

    Everything is prepared once. When the TLS files change, a new session takes the place of the old
    one, whose connections end with the requests under way. `proxy` is the one on the way; None:
    there is none. Raises ValueError if the environment names one that cannot be used.
    """

    def __init__(
        self, account: Account, concurrency: int, shared: Shared, tls_files: TlsFiles | None
    ) -> None:
        self._base_url = account.base_url
        self._concurrency = concurrency
        self._shared = shared
        self._tls_files = tls_files or _loaded(account)
        self.proxy = proxy_of(account, os.environ)
        self._prepared: Prepared | None = None
        self._turn = Lock()

    def prepared(self) -> Prepared:
        """Return what all requests share.

        Raises ValueError for a bad address, and UpstreamError without authorities to trust.
        """
        with self._turn:
            pems = self._tls_files.read()
            if self._prepared is None or self._prepared.pems is not pems:
                self._prepared = self._prepare(pems)
            return self._prepared

    def _prepare(self, pems: Pems) -> Prepared:
        adapter = DeadlineAdapter(self._shared, self._concurrency, self._context(pems), self.proxy)
        session = _session(adapter)
        request = requests.Request("GET", f"{self._base_url}/serviceJobs")
        proxies = {} if self.proxy is None else {"all": self.proxy.url}
        settings = {"proxies": proxies, "stream": True}
        return Prepared(session, session.prepare_request(request), settings, pems)

    def _context(self, pems: Pems) -> ssl.SSLContext | None:
        """Return the context of all connections; None if none of them has TLS."""
        schemes = {urlsplit(self._base_url).scheme, self.proxy and self.proxy.scheme}
        return make_context(pems) if "https" in schemes else None

    def close(self) -> None:
        """Let the connections end with the requests under way.

        To close a session now could fail a request that is about to take a connection from it. A
        read of the files that hangs has its turn, so this waits for none.
        """
        self._prepared = None


def _loaded(account: Account) -> TlsFiles:
    files = TlsFiles(account.name, account.tls_config)
    files.load()
    return files


class _Session(requests.Session):
    """A session that ignores redirects.

    Even with `allow_redirects=False`, `requests` prepares the next request, and reads the whole
    body to do so.
    """

    def resolve_redirects(self, *_args: Any, **_kwargs: Any) -> Iterator[Any]:
        """Return no further requests."""
        return iter(())


def _session(adapter: DeadlineAdapter) -> requests.Session:
    """Return a session without cookies that takes nothing from the environment or a .netrc file."""
    session = _Session()
    session.headers.update(
        {
            "User-Agent": f"fusebill-exporter/{__version__}",
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
    )
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    session.trust_env = False
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
