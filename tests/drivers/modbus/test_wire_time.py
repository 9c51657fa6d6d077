"""The time on the wire against figures worked out by hand (9600, 19200, 38400 and 115200 baud at 8E1, 10 ms turnaround)."""

from __future__ import annotations

import pytest

from drivers.modbus.frame import Frame
from drivers.modbus.wire_time import WireTime, speed_in_words

TURNAROUND_SECONDS = 0.01
WRITE, STATUS, FOUR_EVENTS, FIFTEEN_EVENTS = (
    Frame.writing(1, 5, 0, [1]),
    Frame.reading(1, 4, 0x0100, 16),
    Frame.reading(1, 4, 0x0200, 32),
    Frame.reading(1, 4, 0x0200, 120),
)


@pytest.mark.parametrize(
    ("baud", "character_ms", "silence_ms", "write_ms", "status_ms", "four_ms", "fifteen_ms"),
    [
        (9600, 1.146, 4.010, 36.4, 69.6, 106.2, 307.9),
        (19200, 0.573, 2.005, 23.2, 39.8, 58.1, 159.0),
        (38400, 0.286, 1.750, 18.1, 26.4, 35.6, 86.0),
        (115200, 0.095, 1.750, 15.0, 17.8, 20.9, 37.7),
    ],
)
def test_the_table_of_the_field(
    baud: int,
    character_ms: float,
    silence_ms: float,
    write_ms: float,
    status_ms: float,
    four_ms: float,
    fifteen_ms: float,
) -> None:
    time = WireTime.of(baud, "even", None)

    frames = (WRITE, STATUS, FOUR_EVENTS, FIFTEEN_EVENTS)
    in_ms = [1000 * (time.seconds_of(frame) + TURNAROUND_SECONDS) for frame in frames]
    assert in_ms == pytest.approx([write_ms, status_ms, four_ms, fifteen_ms], abs=0.06)
    assert 1000 * time.character_seconds == pytest.approx(character_ms, abs=0.0006)
    assert 1000 * time.silence_seconds == pytest.approx(silence_ms, abs=0.0006)


@pytest.mark.parametrize(("baud", "cycle_seconds"), [(9600, 2.23), (19200, 1.27), (38400, 0.84), (115200, 0.57)])
def test_the_round_of_32_units(baud: int, cycle_seconds: float) -> None:
    one = WireTime.of(baud, "even", None).seconds_of(STATUS) + TURNAROUND_SECONDS

    assert 32 * one == pytest.approx(cycle_seconds, abs=0.006)


@pytest.mark.parametrize(
    ("parity", "stop_bits", "bits"), [("even", None, 11), ("none", None, 11), ("none", 1, 10), ("odd", 2, 12)]
)
def test_a_character_has_the_bits_of_its_settings(parity: str, stop_bits: int | None, bits: int) -> None:
    assert WireTime.of(9600, parity, stop_bits).bits == bits  # type: ignore[arg-type]  # a word of the test's table


def test_a_reply_of_unknown_length_is_taken_for_the_longest() -> None:
    identification = Frame(1, b"\x2b\x0e\x01\x00")

    time = WireTime.of(19200, "even", None)

    assert time.seconds_of(identification) == pytest.approx((7 + 256) * 11 / 19200 + 2 * time.silence_seconds)


def test_a_speed_in_words() -> None:
    assert [
        speed_in_words(19200, "even", None),
        speed_in_words(9600, "none", 1),
        speed_in_words(9600, "none", None),
    ] == [
        "19200 8E1",
        "9600 8N1",
        "9600 8N2",
    ]
