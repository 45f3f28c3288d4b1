"""Pieces of compressed text, of which a body in gzip is put together without compressing it again.

A piece is raw deflate that ends in a full flush: it refers to nothing before it, and nothing after
it refers to it. So pieces in a row are one deflate stream, and with a head and a trailer one member
of gzip. Sources: RFC 1951 (deflate), RFC 1952 (gzip).
"""

import struct
from collections.abc import Iterable
from typing import NamedTuple

from zlib_ng import zlib_ng

_LEVEL = 2
"""Of the levels 1 to 9, 2 is the fastest that shrinks an exposition to a sixteenth."""

_HEAD = bytes((0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255))
"""Deflate, no name, no time, unknown system: the same text always gives the same bytes."""

_LAST_BLOCK = b"\x03\x00"
"""An empty block with the mark of the last: it ends a deflate stream."""


class Piece(NamedTuple):
    """A text: compressed, its CRC-32, and its length in bytes."""

    deflated: bytes
    crc: int
    length: int


def deflate(text: bytes) -> Piece:
    """Compress a text into a piece."""
    compressor = zlib_ng.compressobj(_LEVEL, zlib_ng.DEFLATED, -zlib_ng.MAX_WBITS)
    deflated = compressor.compress(text) + compressor.flush(zlib_ng.Z_FULL_FLUSH)
    return Piece(deflated, zlib_ng.crc32(text), len(text))


def join(pieces: Iterable[Piece]) -> Piece:
    """Return the piece of the whole text."""
    pieces = tuple(pieces)
    return Piece(b"".join([piece.deflated for piece in pieces]), *_sums(pieces))


def gzip_member(pieces: Iterable[Piece]) -> bytes:
    """Return the whole text in gzip, as one member: many clients read only the first."""
    pieces = tuple(pieces)
    crc, length = _sums(pieces)
    trailer = struct.pack("<II", crc, length % 2**32)
    return b"".join((_HEAD, *(piece.deflated for piece in pieces), _LAST_BLOCK, trailer))


def _sums(pieces: Iterable[Piece]) -> tuple[int, int]:
    """Return the CRC-32 and the length of the whole text."""
    crc = length = 0
    for piece in pieces:
        crc = zlib_ng.crc32_combine(crc, piece.crc, piece.length)
        length += piece.length
    return crc, length


def compress(text: bytes) -> bytes:
    """Return a text in gzip."""
    return gzip_member((deflate(text),))
