from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.contract import Kind
from drivers.credential import card_hash
from drivers.modbus.decode import Decoder
from drivers.modbus.plan import Mapped, plan
from drivers.product import Limits
from tests.drivers.modbus.points import named, point, profiles_points, proof, reading, registers

if TYPE_CHECKING:
    from drivers.contract import Value

KEY = b"a key of this test"


def decoded(data: bytes, **quantity: Any) -> tuple[Value, str]:
    (value,), faults = Decoder(reading(point("p", **quantity)), KEY).decode(data)
    return value, faults[0].why if faults and faults[0] else ""


# ------------------------------------------------------------------ numbers


@pytest.mark.parametrize(
    ("kind", "words", "value"),
    [
        ("u16", [0xFFFE], 65534),
        ("s16", [0xFFFE], -2),
        ("s16", [0x7FFF], 32767),
        ("u32", [0x0001, 0x0002], 65538),
        ("s32", [0xFFFF, 0xFFFE], -2),
        ("u64", [0x0001, 0, 0, 2], (1 << 48) + 2),
        ("f32", [0x41AC, 0x0000], 21.5),
        ("bcd16", [0x1234], 1234),
        ("bcd32", [0x0012, 0x3456], 123456),
    ],
)
def test_a_number_is_read_high_byte_and_high_word_first(kind: str, words: list[int], value: float) -> None:
    assert decoded(registers(*words), type=kind) == (value, "")


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ("ABCD", [0x1122, 0x3344]),
        ("CDAB", [0x3344, 0x1122]),
        ("BADC", [0x2211, 0x4433]),
        ("DCBA", [0x4433, 0x2211]),
    ],
)
def test_each_order_of_words_and_bytes_gives_the_same_number(order: str, words: list[int]) -> None:
    assert decoded(registers(*words), type="u32", order=order) == (0x11223344, "")


@pytest.mark.parametrize(("order", "word"), [("ABCD", 0x1122), ("CDAB", 0x1122), ("BADC", 0x2211), ("DCBA", 0x2211)])
def test_one_register_has_bytes_to_swap_and_no_words(order: str, word: int) -> None:
    assert decoded(registers(word), type="u16", order=order) == (0x1122, "")


def test_four_registers_turn_round_whole() -> None:
    assert decoded(registers(0x7788, 0x5566, 0x3344, 0x1122), type="u64", order="CDAB") == (0x1122334455667788, "")
    assert decoded(registers(0x2211, 0x4433, 0x6655, 0x8877), type="u64", order="BADC") == (0x1122334455667788, "")


@pytest.mark.parametrize(
    ("word", "scale", "offset", "value"),
    [
        (23915, 0.001, 0, 23.915),
        (3, 0.1, 0, 0.3),
        (7, 0.1, -40, -39.3),
        (1, 1 / 3, 0, 1 / 3),
        (5, 10, 2, 52),
        (5, 1, 0.25, 5.25),
        (5, -0.5, 0, -2.5),
    ],
)
def test_a_scaled_value_is_the_decimal_that_a_person_would_write(
    word: int, scale: float, offset: float, value: float
) -> None:
    found, why = decoded(registers(word), scale=scale, offset=offset)

    assert (found, why) == (value, "")
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("quantity", "words", "why"),
    [
        ({"type": "f32"}, [0x7FC0, 0], "not a number"),
        ({"type": "f32"}, [0xFF80, 0], "not a number"),
        ({"type": "f32", "scale": 1e12}, [0x7F7F, 0xFFFF], ""),
        ({"type": "bcd16"}, [0x12A4], "not a number"),
        ({"type": "bcd32"}, [0, 0x00F0], "not a number"),
        ({"type": "u16", "invalid": [0xFFFF]}, [0xFFFF], "marked invalid"),
        ({"type": "s16", "invalid": [0x8000]}, [0x8000], "marked invalid"),
        ({"type": "f32", "invalid": [0x7FC00000]}, [0x7FC0, 0], "marked invalid"),
        ({"type": "u32", "order": "CDAB", "invalid": [0x0001FFFF]}, [0xFFFF, 0x0001], "marked invalid"),
        ({"type": "u16", "low": 10, "high": 20}, [9], "out of range"),
        ({"type": "u16", "low": 10, "high": 20}, [21], "out of range"),
        ({"type": "u16", "low": 10, "high": 20}, [20], ""),
        ({"type": "s16", "scale": 0.1, "low": -55, "high": 125}, [0x8000], "out of range"),
        ({"bit": 3, "invalid": [0xFFFF]}, [0xFFFF], "marked invalid"),
        ({"type": "ascii", "length": 2}, [0x41FF, 0x4141], "not text"),
        ({"type": "ascii", "length": 2}, [0x4101, 0x4141], "not text"),
    ],
)
def test_an_impossible_value_is_bad_with_its_reason_and_never_a_value(
    quantity: dict[str, Any], words: list[int], why: str
) -> None:
    value, found = decoded(registers(*words), **quantity)

    assert found == why
    assert (value is None) == bool(why)


def test_text_ends_at_its_padding() -> None:
    assert decoded(b"GP-7\0\0", type="ascii", length=3) == ("GP-7", "")
    assert decoded(b"PG7- \0", type="ascii", length=3, order="BADC") == ("GP-7", "")
    assert decoded(b"    ", type="ascii", length=2) == ("", "")


# ------------------------------------------------------------------ bits


def test_bits_of_a_register_count_from_the_least_significant() -> None:
    assert decoded(registers(0x8000), bit=15) == (True, "")
    assert decoded(registers(0x0001), bit=15) == (False, "")
    assert decoded(registers(0x0100), bit=0, order="BADC") == (True, "")


def test_a_field_of_bits_is_a_small_number() -> None:
    value, _ = decoded(registers(0b0110_0000_0000_0000), bit=13, bits=2)

    assert value == 3
    assert type(value) is int


def test_coils_come_with_the_lowest_address_in_the_lowest_bit() -> None:
    read = reading(*(point(f"c{address}", 1, address) for address in (3, 4, 10, 12)))

    values = named(read, Decoder(read, b"").decode(bytes((0b1000_0001, 0b10))))

    assert values == {"c3": True, "c4": False, "c10": True, "c12": True}


# ------------------------------------------------------------------ cards


def test_a_card_leaves_as_sixteen_hex_digits_that_depend_on_the_key() -> None:
    read = reading(point("card", type="bytes", length=4, credential=True))
    number = bytes.fromhex("00001122334455aa")

    (mine,), faults = Decoder(read, KEY).decode(number)
    (again,), _ = Decoder(read, KEY).decode(number)
    (other,), _ = Decoder(read, b"another key").decode(number)
    (neighbour,), _ = Decoder(read, KEY).decode(number[:-1] + b"\xab")

    assert mine == card_hash(KEY, 0x1122334455AA)
    assert mine == again
    assert len({mine, other, neighbour}) == 3
    assert faults is None


@pytest.mark.parametrize("kind", ["u16", "u32", "u64", "ascii", "bytes"])
def test_no_part_of_a_card_is_left_in_clear(kind: str) -> None:
    length = {"length": 4} if kind in ("ascii", "bytes") else {}
    read = reading(point("card", type=kind, credential=True, **length))
    number = b"12345678"[: 2 * read.count]

    decoder = Decoder(read, KEY)
    (value,), _ = decoder.decode(number)

    assert isinstance(value, str)
    assert number.hex() not in value
    assert number.decode() not in value
    assert all(not cell for cell in decoder._cells)


def test_a_card_that_is_written_out_is_the_same_card() -> None:
    assert decoded(b"0004711\0", type="ascii", length=4, credential=True) == (card_hash(KEY, 4711), "")
    assert decoded(b"47x1", type="ascii", length=2, credential=True) == (None, "not a number")


def test_an_empty_reader_has_no_card_and_no_fault() -> None:
    read = reading(point("card", type="bytes", length=4, credential=True))

    assert Decoder(read, KEY).decode(bytes(8)) == ((None,), None)


def test_a_reader_that_says_it_cannot_read_has_no_card() -> None:
    assert decoded(registers(0xFFFF, 0xFFFF), type="u32", credential=True, invalid=[0xFFFFFFFF]) == (
        None,
        "marked invalid",
    )


def test_a_card_reader_without_a_key_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a credential key"):
        Decoder(reading(point("card", type="u32", credential=True)), b"")


# ------------------------------------------------------------------ any bytes


@proof(100, 5000)
@given(points=profiles_points(most=12, reach=20, functions=(1, 2, 3, 4)), data=st.data())
def test_any_bytes_give_values_of_the_declared_kind_or_a_reason(points: list[Mapped], data: st.DataObject) -> None:
    for read in plan(points, Limits(bridge_registers=125, bridge_bits=2000)):
        length = (read.count + 7) // 8 if read.function in (1, 2) else 2 * read.count
        decoder = Decoder(read, KEY)
        for payload in data.draw(st.lists(st.binary(min_size=length, max_size=length), min_size=1, max_size=4)):
            values, faults = decoder.decode(payload)

            assert len(values) == len(read.points)
            assert faults is None or len(faults) == len(values)
            for place, (held, value) in enumerate(zip(read.points, values, strict=True)):
                fault = faults[place] if faults else None
                check(held, value, bad=fault is not None)


def check(held: Mapped, value: Value, *, bad: bool) -> None:
    if value is None:
        assert bad or held.credential
        return
    assert not bad
    kinds = {Kind.BOOLEAN: bool, Kind.INTEGER: int, Kind.REAL: float, Kind.TEXT: str}
    assert type(value) is kinds[held.point.kind]
    if isinstance(value, float):
        assert math.isfinite(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        assert held.point.low is None or value >= held.point.low
        assert held.point.high is None or value <= held.point.high
