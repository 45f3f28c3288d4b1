"""Processes: one that runs a function of ours, and the memory and processor time of any."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

_FIELD = re.compile(r"^(\w+):\s+(\d+) kB$", re.MULTILINE)
_TICKS = os.sysconf("SC_CLK_TCK")


class Child(NamedTuple):
    """A running process: the pipe to its function, and its id."""

    pipe: Connection
    pid: int


@contextmanager
def child(function: Callable[..., None], *args: object) -> Iterator[Child]:
    """Run `function(pipe, *args)` in a process of its own, until it returns or the block ends."""
    spawn = get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=function, args=(there, *args))
    process.start()
    there.close()  # the process has its own copy: if it ends early, recv() does not wait for it
    try:
        yield Child(here, process.pid or 0)
    finally:
        process.terminate()
        process.join()


def resident(pid: int) -> float:
    """Return the resident memory of a process in MiB (proc_pid_status(5))."""
    return _status(pid)["VmRSS"] / 1024


def peak(pid: int) -> float:
    """Return the peak resident memory of a process since `forget_peak`, in MiB."""
    return _status(pid)["VmHWM"] / 1024


def forget_peak(pid: int) -> None:
    """Reset the kernel's record of a process's peak memory (proc(5))."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")


def processor_seconds(pid: int) -> float:
    """Return the processor time of a process and its threads, ended ones too (proc_pid_stat(5))."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    user, system = stat.rpartition(") ")[2].split()[11:13]
    return (int(user) + int(system)) / _TICKS


def _status(pid: int) -> dict[str, int]:
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return {name: int(kilobytes) for name, kilobytes in _FIELD.findall(text)}
