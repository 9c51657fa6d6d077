from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import Pace, Quality
from drivers.modbus.decode import REMEMBERED, Decoder, crc16
from drivers.modbus.plan import device
from drivers.product import BlockCheck
from drivers.profile import load_profile
from tests.drivers.modbus.points import named, point, reading, registers

BLOCK = BlockCheck(function=3, address=10, count=4, crc16_at=3)


def sealed(*words: int) -> bytes:
    body = registers(*words)
    return body + struct.pack(">H", crc16(struct.unpack(f"<{len(words)}H", body)))


def test_the_sum_is_crc16_modbus() -> None:
    # check value of CRC-16/MODBUS for "123456789", here without the odd last byte: both from the catalogue's definition
    data = b"12345678"
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1

    assert crc16(struct.unpack("<4H", data)) == crc == 0x37DD


@given(st.lists(st.integers(0, 0xFFFF), max_size=40))
def test_the_sum_of_any_words_is_what_the_slow_way_gives(words: list[int]) -> None:
    crc = 0xFFFF
    for byte in struct.pack(f"<{len(words)}H", *words):
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1

    assert crc16(words) == crc


def test_a_block_that_fails_its_sum_gives_no_value_and_its_neighbours_stay() -> None:
    read = reading(point("before", address=9), point("in", address=11), point("after", address=14), checks=(BLOCK,))
    decoder = Decoder(read, b"")
    good = registers(1) + sealed(2, 3, 4) + registers(5)
    torn = registers(1) + sealed(2, 3, 4)[:-1] + b"!" + registers(5)

    assert named(read, decoder.decode(good)) == {"before": 1, "in": 3, "after": 5}
    values, faults = decoder.decode(torn)

    assert values == (1, None, 5)
    assert faults is not None
    assert [fault.why if fault else "" for fault in faults] == ["", "block check failed", ""]
    assert faults[1] is not None
    assert faults[1].quality is Quality.BAD
    assert decoder.decode(good) == ((1, 3, 5), None)


@given(st.integers(0, 31), st.integers(0, 7))
def test_any_single_wrong_bit_in_a_status_block_is_seen(byte: int, bit: int) -> None:
    _, reads = device("d", load_profile("acp1-2door"), dict.fromkeys(Pace, 1.0))
    torn = bytearray(sealed(7, 1, 1, 0, 5, 0, 1, 0, 0x8004, 0x8000, 0, 0, 24000, 13100, 215))
    torn[byte] ^= 1 << bit

    values, faults = Decoder(reads[0], b"").decode(bytes(torn))

    assert set(values) == {None}
    assert faults is not None
    assert {fault.why for fault in faults if fault} == {"block check failed"}


# ------------------------------------------------------------------ the same again


def test_an_unchanged_answer_gives_the_very_same_objects() -> None:
    decoder = Decoder(reading(point("a"), point("b", address=1, scale=0.1)), b"")

    first = decoder.decode(registers(1, 2))

    assert decoder.decode(registers(1, 2)) is first
    assert decoder.decode(registers(1, 3)) is not first


def test_an_answer_that_differs_only_where_no_point_stands_is_unchanged() -> None:
    decoder = Decoder(reading(point("a"), point("b", address=2, invalid=[7])), b"")

    first = decoder.decode(registers(1, 99, 7))

    assert decoder.decode(registers(1, 98, 7)) is first


def test_a_value_that_stays_bad_for_another_reason_says_the_new_one() -> None:
    decoder = Decoder(reading(point("level", invalid=[0xFFFF], high=100)), b"")

    reasons = [
        [fault.why for fault in decoder.decode(registers(word))[1] or () if fault] for word in (0xFFFF, 101, 0xFFFF)
    ]

    assert reasons == [["marked invalid"], ["out of range"], ["marked invalid"]]


def test_devices_do_not_see_each_others_answers() -> None:
    read = reading(point("a"), point("b", address=1))
    one, two = Decoder(read, b""), Decoder(read, b"")

    one.decode(registers(1, 2))

    assert two.decode(registers(3, 4)) == ((3, 4), None)
    assert one.decode(registers(1, 2)) == ((1, 2), None)


def test_what_is_remembered_of_a_counter_is_bounded() -> None:
    decoder = Decoder(reading(point("counter", address=4711)), b"")

    for count in range(2 * REMEMBERED):
        assert decoder.decode(registers(count)) == ((count,), None)

    assert len(decoder._cells[0]) <= REMEMBERED
