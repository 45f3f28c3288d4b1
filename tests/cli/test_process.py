import subprocess
import sys

import pytest

from tests.support.program import PATIENCE

PROGRAM = """
import ctypes
from exporter.cli.process import LARGE, give_large_blocks_back

class Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in
        "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()]

mallinfo2 = ctypes.CDLL(None).mallinfo2
mallinfo2.restype = Info
{call}
"""

APART = """
bytes(15 * LARGE)  # by default glibc keeps blocks of this size from now on
before = mallinfo2().hblks
block = bytes(2 * LARGE)
print(mallinfo2().hblks - before)
"""

KEPT = """
block = bytes(LARGE // 2)
before = mallinfo2().arena
del block
print(before - mallinfo2().arena)
"""


def printed(program: str) -> str:
    """Run a program and return what it prints; skip the test without glibc's `mallinfo2`."""
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if "mallinfo2" in ended.stderr:
        pytest.skip("the C library is another one than glibc 2.33 or later")
    assert ended.stderr == ""
    return ended.stdout.strip()


@pytest.mark.parametrize(
    ("call", "apart"), [("give_large_blocks_back()", "1"), ("", "0")], ids=["given", "kept"]
)
def test_a_large_block_stands_apart_from_all_others_so_that_it_can_be_given_back(
    call: str, apart: str
) -> None:
    assert printed(PROGRAM.format(call=call) + APART) == apart


def test_the_room_of_a_smaller_block_is_kept_for_the_next() -> None:
    assert printed(PROGRAM.format(call="give_large_blocks_back()") + KEPT) == "0"
