"""The protection that a changed web configuration would take away. Pure.

A file that a full disk has emptied or cut off may be valid, and would let everybody in. So only a
restart, which nobody does by accident, can take protection away.
"""

import ssl

from exporter.model.errors import Problem
from exporter.web.access.tls_values import CLIENT_AUTH, REQUIRED
from exporter.web.access.web_config import TlsServerConfig, WebConfig


def taken_away(before: WebConfig, after: WebConfig) -> list[Problem]:
    """Return the reasons why `after` must not replace `before`; an empty list if it may.

    TLS cannot be turned on or off: the server decides on TLS at its start.
    """
    problems = []
    old, new = before.tls_server_config, after.tls_server_config
    if (old is None) != (new is None):
        message = "expected TLS to stay on or off: to change it, restart"
        problems.append(Problem("tls_server_config", message))
    if old is not None and new is not None:
        problems += _taken_from_clients(old, new)
    if before.basic_auth_users and not after.basic_auth_users:
        message = "expected at least one user, as before: to remove all users, restart"
        problems.append(Problem("basic_auth_users", message))
    return problems


def _taken_from_clients(before: TlsServerConfig, after: TlsServerConfig) -> list[Problem]:
    problems = []
    if _requires_certificate(before) and not _requires_certificate(after):
        message = f"expected {REQUIRED}, as before: to admit clients without a certificate, restart"
        problems.append(Problem("tls_server_config.client_auth_type", message))
    if before.client_allowed_sans and not after.client_allowed_sans:
        message = "expected at least one name, as before: to remove all names, restart"
        problems.append(Problem("tls_server_config.client_allowed_sans", message))
    return problems


def _requires_certificate(tls: TlsServerConfig) -> bool:
    """Tell whether a client needs a certificate."""
    return CLIENT_AUTH[tls.client_auth_type] is ssl.CERT_REQUIRED
