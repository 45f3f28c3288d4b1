"""Web configurations, and helpers that change their files while they are in force."""

import asyncio
import os
from pathlib import Path
from typing import Any

from exporter.web.access.reload import Access

TLS = "tls_server_config: {cert_file: server.crt, key_file: server.key}\n"
CLIENTS = (
    "tls_server_config: {cert_file: server.crt, key_file: server.key, "
    "client_ca_file: ca.crt, client_auth_type: RequireAndVerifyClientCert}\n"
)
HASH = "$2y$04$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"
USER = f"basic_auth_users: {{me: {HASH}}}\n"


def put(folder: Path, name: str, text: str | bytes) -> Path:
    """Replace a file in one step, as configuration tools do."""
    fresh = folder / f"{name}.new"
    fresh.write_bytes(text.encode() if isinstance(text, str) else text)
    os.replace(fresh, folder / name)  # noqa: PTH105
    return folder / name


def requests_come(access: Access, times: int = 3) -> None:
    """Reread the files as several requests do, one after the other."""

    async def all_of_them() -> None:
        for _ in range(times):
            await access.reread()

    asyncio.run(all_of_them())


def problems_of(access: Access) -> tuple[str, ...]:
    """Return the problems that the page and the metrics show."""
    view = access.view()
    assert view is not None
    return view.problems


def events(logs: list[Any]) -> list[tuple[str, str]]:
    """Return the level and the message of each line of a log."""
    return [(event["log_level"], event["event"]) for event in logs]
