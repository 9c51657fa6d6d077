"""Feishu's frames, against the simulator's own coder and against anything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.deliver.channels.feishu_frames import CONTROL, Frame, decoded
from gateway.deliver.channels.feishu_pieces import MOST_UNFINISHED, Pieces
from simulator.services import feishu_frames as other

words = st.text(st.characters(codec="utf-8"), max_size=20)
headers = st.dictionaries(words, words, max_size=6)


@given(st.integers(0, 2**31), st.integers(0, 2**31), headers, st.binary(max_size=300))
def test_both_coders_read_what_the_other_one_writes(
    method: int, service: int, headers: dict[str, str], payload: bytes
) -> None:
    ours = other.frame_of(Frame(method, service, headers, payload, 7, 2**63).encoded())
    theirs = decoded(other.Frame(method, headers, payload, service).bytes())

    assert (ours.method, ours.service, ours.headers, ours.payload) == (method, service, headers, payload)
    assert (theirs.method, theirs.service, dict(theirs.headers), theirs.payload) == (method, service, headers, payload)


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), headers, st.binary(max_size=300))
def test_a_frame_comes_back_as_it_was(seq: int, log: int, headers: dict[str, str], payload: bytes) -> None:
    frame = Frame(CONTROL, 3, headers, payload, seq, log)

    assert decoded(frame.encoded()) == frame


@given(st.binary(max_size=400))
def test_bytes_that_are_no_frame_raise_value_error_and_nothing_else(data: bytes) -> None:
    try:
        decoded(data)
    except ValueError:
        return


@given(st.data())
def test_a_frame_that_is_cut_or_flipped_raises_value_error_and_nothing_else(data: st.DataObject) -> None:
    whole = bytearray(Frame(1, 2, {"type": "event", "sum": "1"}, b"payload").encoded())
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= data.draw(st.integers(1, 255))

    try:
        decoded(bytes(whole[: data.draw(st.integers(0, len(whole)))]))
    except ValueError:
        return


@pytest.mark.parametrize(
    "tail",
    [
        b"\x42\x05four",
        b"\x2a\x03\x0a\x09a",
        b"\x79\x01",
        b"\x43",
        b"\x44",
        b"\x2a\x03\x0a\x01a",
        b"\x08" + b"\xff" * 11,
    ],
)
def test_a_field_that_does_not_end_or_is_of_no_kind_is_refused(tail: bytes) -> None:
    with pytest.raises(ValueError, match=r"field|header|number"):
        decoded(Frame(1, 2, {}).encoded() + tail)


def test_a_frame_has_so_many_headers_and_no_more() -> None:
    with pytest.raises(ValueError, match="more headers"):
        decoded(Frame(1, 2, {str(number): "" for number in range(65)}).encoded())


def test_fields_that_a_later_version_adds_are_passed_over() -> None:
    later = (
        Frame(1, 2, {}, b"x").encoded()
        + b"\x7d\x01\x02\x03\x04"
        + b"\x79\x01\x02\x03\x04\x05\x06\x07\x08"
        + b"\x4a\x01a"
    )

    assert decoded(later).payload == b"x"


def piece(name: str, total: object, place: object, payload: bytes = b"x") -> Frame:
    return Frame(1, 2, {"message_id": name, "sum": str(total), "seq": str(place)}, payload)


def test_pieces_make_a_whole_in_whatever_order_they_come() -> None:
    pieces = Pieces()

    assert pieces.put(piece("a", 3, 2, b"c")) is None
    assert pieces.put(piece("a", 3, 0, b"a")) is None
    assert pieces.put(piece("b", 1, 0, b"alone")) == b"alone"
    assert pieces.put(piece("a", 3, 1, b"b")) == b"abc"


@pytest.mark.parametrize(
    ("total", "place"), [(0, 0), (2, 2), (-1, 0), (10**9, 0), ("x", 0), (2, "y"), (17, 0), ("nan", 0), ("1e3", 0)]
)
def test_pieces_that_make_no_sense_are_dropped(total: object, place: object) -> None:
    pieces = Pieces()

    assert pieces.put(piece("a", total, place)) is None
    assert not pieces._under_way


def test_events_that_are_never_completed_do_not_pile_up() -> None:
    pieces = Pieces()

    for name in range(1000):
        pieces.put(piece(str(name), 2, 0))

    assert len(pieces._under_way) == MOST_UNFINISHED
