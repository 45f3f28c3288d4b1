"""A wire in memory, for the tests of connections without sockets."""


class Line:
    """How many bytes the client has not taken (`waiting`), and whether this side ended it."""

    def __init__(self) -> None:
        self.waiting = 0
        self.ended = False

    def abort(self) -> None:
        self.ended = True

    def is_closing(self) -> bool:
        return self.ended

    def unsent(self) -> int:
        return self.waiting
