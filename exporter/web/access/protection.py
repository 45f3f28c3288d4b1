"""What a changed web configuration would take away of what protects. Pure.

A file that is emptied or cut off, as by a full disk, is a valid one that lets everybody in. So what
stands between the exporter and strangers ends with a restart only, which nobody does by accident.
"""

import ssl

from exporter.model.errors import Problem
from exporter.web.access.tls_values import CLIENT_AUTH, REQUIRED
from exporter.web.access.web_config import TlsServerConfig, WebConfig


def taken_away(before: WebConfig, after: WebConfig) -> list[Problem]:
    """Return why one configuration must not take the place of another; nothing where it may.

    TLS can be turned neither off nor on: connections are made by what was said at the start.
    """
    problems = []
    old, new = before.tls_server_config, after.tls_server_config
    if (old is None) != (new is None):
        message = "expected TLS on or off as it was at the start: that needs a restart"
        problems.append(Problem("tls_server_config", message))
    if old is not None and new is not None:
        problems += _of_clients(old, new)
    if before.basic_auth_users and not after.basic_auth_users:
        message = "expected a user, as there were some: to take all users away, restart"
        problems.append(Problem("basic_auth_users", message))
    return problems


def _of_clients(before: TlsServerConfig, after: TlsServerConfig) -> list[Problem]:
    problems = []
    if _demands(before) and not _demands(after):
        message = f"expected {REQUIRED}, as it was: to let others in, restart"
        problems.append(Problem("tls_server_config.client_auth_type", message))
    if before.client_allowed_sans and not after.client_allowed_sans:
        message = "expected a name, as there were some: to take all names away, restart"
        problems.append(Problem("tls_server_config.client_allowed_sans", message))
    return problems


def _demands(tls: TlsServerConfig) -> bool:
    """Tell whether nobody comes in without a certificate."""
    return CLIENT_AUTH[tls.client_auth_type] is ssl.CERT_REQUIRED
