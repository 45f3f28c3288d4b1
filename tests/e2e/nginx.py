"""A real nginx in front of the exporter, with the configurations that the documentation gives."""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.request import urlopen

from exporter.simulator import SimulatedJob, Simulator
from tests.e2e.conftest import free_port, need, running
from tests.e2e.waiting import until
from tests.support.program import serving, started
from tests.support.readers import KEY

NETWORKS = Path(__file__).parents[2] / "docs/networks.md"
JOB = 2607617
PREFIX = "/fusebill"

_SETTINGS = """
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {{}}
http {{
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  {servers}
}}
"""


def documented() -> dict[str, tuple[str, list[str]]]:
    """Return the documented locations and the exporter's flags that belong to each.

    Beside them there are an exporter that does not know of its proxy, and a proxy that answers the
    prefix without a slash too, as others than nginx do.
    """
    text = NETWORKS.read_text(encoding="utf-8").partition("## Behind a reverse proxy")[2]
    locations = re.findall(r"```nginx\n(.*?)```", text, re.DOTALL)
    flags = re.findall(r"^    fusebill-exporter (--web\.external-url.*)$", text, re.MULTILINE)
    (keeps, strips), (keeping, stripping) = locations, flags
    without_slash = f"location = {PREFIX} {{ proxy_pass http://127.0.0.1:10423/; }}"
    return {
        "keeps": (keeps, keeping.split()),
        "strips": (strips, stripping.split()),
        "strips, and the exporter does not know": (strips, []),
        "strips, without the slash too": (f"{strips} {without_slash}", stripping.split()),
    }


KINDS = tuple(documented())
"""The kinds of reverse proxies, by what they do with the prefix."""


@contextmanager
def reverse_proxies(folder: Path) -> Iterator[Mapping[str, str]]:
    """Run a reverse proxy of each kind, with an exporter behind it; yield the proxies' addresses.

    Each exporter watches `JOB`, under `PREFIX`.
    """
    need("nginx")
    servers, addresses = [], {}
    with ExitStack() as stack:
        api = stack.enter_context(Simulator([SimulatedJob(JOB, created=1.0)], api_key=KEY))
        for kind, (location, flags) in documented().items():
            program = stack.enter_context(started(*serving(api, folder, JOB), *flags))
            addresses[kind] = f"127.0.0.1:{free_port()}"
            inside = location.replace("127.0.0.1:10423", program.addresses[0])
            servers.append(f"server {{ listen {addresses[kind]}; {inside} }}")
        config = folder / "nginx.conf"
        config.write_text(_SETTINGS.format(servers="\n".join(servers)), encoding="ascii")
        command = ["nginx", "-p", str(folder), "-c", str(config), "-e", "stderr"]
        stack.enter_context(running(command, folder / "nginx.log"))
        for address in addresses.values():
            until(lambda url=address: healthy(url), bool, "nginx does not answer")
        yield addresses


def healthy(address: str) -> bool:
    with urlopen(f"http://{address}{PREFIX}/-/healthy", timeout=10) as answer:
        return bool(answer.status == 200)
