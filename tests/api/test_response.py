import socket

import pytest

from exporter.api.response import DeadlineReader


def test_a_reader_whose_deadline_has_passed_reads_no_more() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"late")
        ours.settimeout(1e-9)
        reader = DeadlineReader(ours)
        with pytest.raises(TimeoutError):
            reader.read(4)
        reader.close()
