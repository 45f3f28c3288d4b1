"""Pieces of compressed text, put together, are one member of gzip."""

import gzip
import zlib

from hypothesis import given
from hypothesis import strategies as st

from exporter.exposition.piece import compress, deflate, gzip_member, join

LINE = b'fusebill_service_job_items{account="live",job_id="1"} 1.0\n'
TEXTS = st.lists(st.binary(max_size=200) | st.integers(0, 50).map(LINE.__mul__), max_size=8)


@given(TEXTS)
def test_pieces_of_any_texts_are_one_member_of_the_whole_text(texts: list[bytes]) -> None:
    member = gzip_member(map(deflate, texts))
    reader = zlib.decompressobj(wbits=31)  # unlike gzip.decompress, it stops after one member
    assert reader.decompress(member) + reader.flush() == b"".join(texts)
    assert (reader.eof, reader.unused_data) == (True, b"")


@given(TEXTS)
def test_pieces_that_were_joined_are_a_piece_again(texts: list[bytes]) -> None:
    middle = len(texts) // 2
    halves = (join(map(deflate, half)) for half in (texts[:middle], texts[middle:]))
    assert gzip_member(halves) == gzip_member(map(deflate, texts))


def test_no_pieces_are_an_empty_text() -> None:
    assert gzip.decompress(gzip_member(())) == b""


def test_a_text_of_more_than_4_gib_has_its_length_modulo_4_gib() -> None:
    piece = deflate(b"x")._replace(length=2**32 + 1)
    assert gzip_member((piece,))[-4:] == bytes((1, 0, 0, 0))


def test_the_same_text_is_always_compressed_into_the_same_smaller_bytes() -> None:
    packed = compress(100 * LINE)
    assert gzip.decompress(packed) == 100 * LINE
    assert len(packed) < len(100 * LINE) / 5
    assert packed == compress(100 * LINE)
    assert packed[4:8] == bytes(4), "the time in the head would make each answer another"
