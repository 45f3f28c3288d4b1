"""The start of the program, as `python -m exporter` and as `fusebill-exporter`."""

import os
import signal
from types import FrameType

from exporter.config.gc_pause import imports_for_good


def main() -> None:
    """Run the command line.

    The program handles SIGINT and SIGTERM once it serves. Before that, and in `check`, Ctrl-C ends
    it without a traceback, unless SIGINT is ignored, as in a job in the background.

    In a container the program is PID 1, and the kernel sends PID 1 only signals that have a
    handler. So without one SIGTERM would have no effect.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _end)
    if os.getpid() == 1:
        signal.signal(signal.SIGTERM, _end)
    # Pydantic would search every installed package for plugins: 6 ms, for none.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    with imports_for_good():
        from exporter.cli.main import run  # noqa: PLC0415  importing takes tenths of a second

    run()


def _end(number: int, _: FrameType | None) -> None:
    """End at once, with the exit code that shells report for a program ended by this signal.

    SystemExit would not do: Python drops exceptions raised in some of the code that runs during
    imports.
    """
    os._exit(128 + number)


if __name__ == "__main__":
    main()
