"""`python -m exporter` is the command `fusebill-exporter`: both begin here, and can be ended."""

import os
import signal
from types import FrameType


def main() -> None:
    """Run the command line.

    The kernel withholds from PID 1, as a container's program is, each signal that has no handler.
    SIGTERM has one once the program serves; until then, and in `check`, it would do nothing.
    """
    if os.getpid() == 1:
        signal.signal(signal.SIGTERM, _end)
    from exporter.cli.main import run  # noqa: PLC0415  takes tenths of a second: only now

    run()


def _end(number: int, _: FrameType | None) -> None:
    """End at once, with the code that a shell gives a program that was ended by a signal.

    Raising SystemExit would not do: Python drops an exception in some of what an import calls.
    """
    os._exit(128 + number)


if __name__ == "__main__":
    main()
