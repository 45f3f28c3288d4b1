"""The start of the program, as `python -m exporter` and as `fusebill-exporter`."""

import os
import signal
from types import FrameType


def main() -> None:
    """Run the command line.

    The kernel withholds every signal without a handler from PID 1, which the program is in a
    container. The program handles SIGTERM once it serves; before that, and in `check`, SIGTERM
    would have no effect.
    """
    if os.getpid() == 1:
        signal.signal(signal.SIGTERM, _end)
    from exporter.cli.main import run  # noqa: PLC0415  importing takes tenths of a second

    run()


def _end(number: int, _: FrameType | None) -> None:
    """End at once, with the exit code that shells give a program ended by this signal.

    SystemExit would not do: Python drops exceptions raised in some of the code that imports run.
    """
    os._exit(128 + number)


if __name__ == "__main__":
    main()
