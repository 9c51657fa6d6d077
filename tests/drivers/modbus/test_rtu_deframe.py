"""Whatever comes over a serial line, in whatever pieces: nothing raises, and nothing is taken that is not the answer."""

from __future__ import annotations

import os
import struct
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.modbus.crc import crc, sound
from drivers.modbus.deframe import Deframer
from drivers.modbus.frame import ExceptionReply, Frame, ModbusError
from drivers.modbus.wire import Traffic
from tests.servers.pty_bus import framed

EXAMPLES = 5_000 if os.environ.get("GRIDPOST_SOAK") == "1" else 100
UNITS, FUNCTIONS, ADDRESSES, LONGEST = (1, 2), (3, 4), 8, 4


def pdu(unit: int, function: int, address: int, count: int) -> bytes:
    """Every register of the world holds its own place."""
    places = (unit << 12 | function << 8 | address + offset for offset in range(count))
    return bytes((function, 2 * count)) + struct.pack(f">{count}H", *places)


def right(question: tuple[int, int, int, int]) -> bytes:
    return framed(question[0], pdu(*question))


questions = st.tuples(
    st.sampled_from(UNITS), st.sampled_from(FUNCTIONS), st.integers(0, ADDRESSES), st.integers(1, LONGEST)
)


KINDS = ("right", "other", "corrupt", "cut", "echo", "refusal", "glitch", "noise")
pieces = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 2**16), st.binary(max_size=30)), max_size=6)


def piece(question: tuple[int, int, int, int], kind: str, number: int, noise: bytes) -> bytes:
    """What may be on the line while a question is out; `number` says which of its kind."""
    unit, function, address, count = question
    answer = right(question)
    # another shape: an answer of the same shape cannot be told, which is what quarantine is for
    shapes = [
        (u, f, c)
        for u in UNITS
        for f in FUNCTIONS
        for c in range(1, LONGEST + 1)
        if (u, f, c) != (unit, function, count)
    ]
    other_unit, other_function, other_count = shapes[number % len(shapes)]
    spoilt = bytearray(answer)
    spoilt[number % len(answer)] ^= 1 << number % 8
    return {
        "right": answer,
        "other": right((other_unit, other_function, address, other_count)),
        "corrupt": bytes(spoilt),
        "cut": answer[: number % len(answer)],
        "echo": Frame.reading(*question).rtu_request,
        "refusal": framed(unit, bytes((function | 0x80, 2))),
        "glitch": b"\x00\xff"[number % 2 :],
        "noise": noise,
    }[kind]


cuts = st.sets(st.integers(0, 150), max_size=6)


def in_pieces(data: bytes, at: set[int]) -> list[bytes]:
    places = sorted({min(place, len(data)) for place in at} | {0, len(data)})
    return [data[start:end] for start, end in pairwise(places)]


def first_outcome(deframer: Deframer, chunks: list[bytes], *, silences: bool) -> bytes | ModbusError:
    for chunk in chunks:
        if (outcome := deframer.take(chunk)) is not None:
            return outcome
        if silences and deframer.awaits_silence and (outcome := deframer.silence()) is not None:
            return outcome
    return deframer.end()


@settings(max_examples=EXAMPLES, deadline=None)
@given(question=questions, heard=pieces, at=cuts, known=st.sampled_from([None, True, False]), silences=st.booleans())
def test_no_value_is_ever_that_of_another_register(
    question: tuple[int, int, int, int],
    heard: list[tuple[str, int, bytes]],
    at: set[int],
    *,
    known: bool | None,
    silences: bool,
) -> None:
    deframer = Deframer(Traffic())
    deframer.echoes = known
    deframer.begin(Frame.reading(*question))

    stream = b"".join(piece(question, *one) for one in heard)
    outcome = first_outcome(deframer, in_pieces(stream, at), silences=silences)

    if isinstance(outcome, bytes):
        assert outcome == pdu(*question)[2:]


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    chunks=st.builds(in_pieces, st.binary(max_size=300), cuts),
    request=st.one_of(
        st.builds(lambda question: Frame.reading(*question), questions),
        st.just(Frame.writing(1, 6, 0, [7])),
        st.just(Frame.writing(1, 16, 0, [7, 8])),
        st.just(Frame(1, b"\x2b\x0e\x01\x00")),
    ),
    wanted=st.booleans(),
    silences=st.booleans(),
)
def test_any_bytes_at_all_raise_nothing_and_yield_only_what_is_whole_in_them(
    chunks: list[bytes], request: Frame, *, wanted: bool, silences: bool
) -> None:
    if wanted and request.rtu_head:  # an answer somewhere in it, or nothing would ever be found
        body = request.rtu_head + bytes(max(0, request.rtu_reply_bytes - len(request.rtu_head) - 2))
        chunks = [*chunks, body + crc(body)]
    deframer = Deframer(Traffic())
    deframer.begin(request)

    outcome = first_outcome(deframer, chunks, silences=silences)

    if isinstance(outcome, bytes):
        body = bytes((request.unit,)) + request.rtu_head[1 : request.rtu_content_at] + outcome
        assert framed(body[0], body[1:]) in b"".join(chunks)
    elif isinstance(outcome, ExceptionReply):
        assert framed(request.unit, bytes((request.function | 0x80, outcome.code))) in b"".join(chunks)


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    question=questions,
    echo=st.booleans(),
    glitch=st.sampled_from([b"", b"\x00", b"\xff"]),
    known=st.sampled_from([None, True, False]),
    at=cuts,
)
def test_the_right_answer_is_found_after_a_glitch_and_an_echo_in_any_pieces(
    question: tuple[int, int, int, int], *, echo: bool, glitch: bytes, known: bool | None, at: set[int]
) -> None:
    request = Frame.reading(*question)
    deframer = Deframer(Traffic())
    deframer.echoes = known
    deframer.begin(request)

    stream = (request.rtu_request if echo else b"") + glitch + right(question)
    outcome = first_outcome(deframer, in_pieces(stream, at), silences=True)

    assert outcome == pdu(*question)[2:]


@pytest.mark.parametrize("known", [None, True, False])
def test_an_answer_with_one_spoilt_bit_is_none(*, known: bool | None) -> None:
    question = (1, 3, 0, 2)
    for at in range(len(right(question))):
        spoilt = bytearray(right(question))
        spoilt[at] ^= 0x04
        deframer = Deframer(Traffic())
        deframer.echoes = known
        deframer.begin(Frame.reading(*question))

        assert not isinstance(first_outcome(deframer, [bytes(spoilt)], silences=True), bytes)


@pytest.mark.parametrize("length", [1, 2, 3, 8, 37, 255, 256])
def test_the_crc_is_pymodbus_s(length: int) -> None:
    data = bytes(range(1, length + 1)) if length < 256 else bytes(range(256))

    assert data[:1] + data[1:] + crc(data) == framed(data[0], data[1:])
    assert sound(data + crc(data))
    for at in range(len(data) + 2):
        spoilt = bytearray(data + crc(data))
        spoilt[at] ^= 0x40
        assert not sound(bytes(spoilt))


def test_the_crc_of_the_standard() -> None:
    # Modbus over Serial Line V1.02, appendix B: the frame 02 07 41 12
    assert (b"\x02\x07" + crc(b"\x02\x07")).hex(" ") == "02 07 41 12"


def test_a_line_that_never_stops_talking_takes_no_more_memory_than_two_frames() -> None:
    deframer = Deframer(Traffic())
    deframer.begin(Frame.reading(1, 3, 0, 125))

    for _ in range(1000):
        deframer.take(b"\x01\x03\xfa" + bytes(60))

    assert len(deframer._rest) <= 1024
