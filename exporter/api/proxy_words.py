"""The proxy on the way to an API, in the words of failures, never with its password."""

import requests

from exporter.config.proxy import Proxy


def name_of(proxy: Proxy | None) -> str:
    """Return a name for the proxy on the way; None: one that nobody has told the exporter of."""
    return "a proxy before the API" if proxy is None else f"the proxy {proxy}"


def wants_a_user(proxy: Proxy | None) -> str:
    """Return what a 407 says."""
    if proxy is not None and proxy.authorization is not None:
        return f"{name_of(proxy)} refused the user and the password (407)"
    return f"{name_of(proxy)} wants a user and a password (407)"


def refusal(status: int, proxy: Proxy | None) -> str:
    """Return what it says when the proxy does not connect to the API."""
    if status == requests.codes.proxy_authentication:
        return wants_a_user(proxy)
    if status >= requests.codes.server_error:
        return f"{name_of(proxy)} does not reach the API ({status})"
    return f"{name_of(proxy)} does not let the exporter through to the API ({status})"
