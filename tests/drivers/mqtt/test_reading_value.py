from __future__ import annotations

from typing import Any

import pytest

from drivers.contract import Fault
from drivers.mqtt.reading_json import Odd
from drivers.mqtt.reading_value import converter
from drivers.mqtt.shape_values import Taken


def read(said: Any, *, strings: bool = False, number: int = 0, index: int = 0, **how: Any) -> Any:
    """The value, the reason of a Fault, or the reason why the message is refused, in brackets."""
    convert = converter(Taken(**how), strings=strings, number=number, index=index)
    try:
        value = convert(said)
    except Odd as odd:
        return f"({odd})"
    return value.why if isinstance(value, Fault) else value


@pytest.mark.parametrize(
    ("said", "how", "value"),
    [
        (312.5, {}, 312.5),
        (312, {}, 312.0),
        (1013, {"scale": 0.1}, 101.3),
        (101, {"scale": 0.1, "offset": -10}, 0.1),
        (250, {"scale": -0.1}, -25.0),
        (7, {"kind": "integer"}, 7),
        (7.0, {"kind": "integer"}, 7),
        (7.5, {"kind": "integer"}, "(is not a whole number)"),
        (500.1, {"high": 500}, "out of range"),
        (-0.1, {"low": 0}, "out of range"),
        (500, {"high": 500, "low": 500}, 500.0),
        (-1, {"invalid": [-1]}, "no value"),
        (65535, {"invalid": [65535], "scale": 0.1}, "no value"),
        (None, {}, "no value"),
        ("", {}, "no value"),
        (True, {}, "(is not a number)"),
        ("312.5", {}, "(is not a number)"),
        ([], {}, "(is not a number)"),
        ({}, {}, "(is not a number)"),
    ],
)
def test_numbers(said: Any, how: dict[str, Any], value: Any) -> None:
    found = read(said, **how)

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("312.5", 312.5), ("-3", -3.0), ("+3", 3.0), ("007", 7.0), (312.5, 312.5), ("", "no value"),
        ("1e5", "(is not a number)"), ("nan", "(is not a number)"), ("0x10", "(is not a number)"), (" 1", "(is not a number)"),
        ("1,5", "(is not a number)"), ("٣", "(is not a number)"), ("9" * 17, "(is not a number)"), ("1_0", "(is not a number)"),
        ("9007199254740993", "(is not a number)"), (True, "(is not a number)"),
    ],
)  # fmt: skip
def test_numbers_of_a_maker_who_writes_them_as_text(said: Any, value: Any) -> None:
    assert read(said, strings=True) == value


@pytest.mark.parametrize(
    ("said", "strings", "value"),
    [
        (True, False, True), (False, False, False), (1, False, True), (0, False, False),
        (2, False, "(is neither true nor false)"),
        (1.0, False, "(is neither true nor false)"), ("1", False, "(is neither true nor false)"), ("1", True, True),
        ("false", True, False), ("on", True, "(is neither true nor false)"), (None, False, "no value"),
        ("", True, "no value"),
    ],
)  # fmt: skip
def test_switches(said: Any, value: Any, *, strings: bool) -> None:
    found = read(said, strings=strings, kind="boolean")

    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("said", "value"),
    [
        ("充电中", "充电中"), ("", ""), (5, "5"), (5.0, "5"), ("x" * 200, "x" * 200), ("x" * 201, "(is too long a text)"),
        ("a\x00b", "(has characters that belong in no text)"), ("a\nb", "(has characters that belong in no text)"),
        ("abc\u202egnp", "(has characters that belong in no text)"), ("\ud800", "(has characters that belong in no text)"),
        ("\u3000全角", "\u3000全角"), (None, "no value"), (True, "(is not a text)"), ([], "(is not a text)"),
    ],
)  # fmt: skip
def test_texts(said: Any, value: Any) -> None:
    assert read(said, kind="text") == value


STATES = {0: "free", "charging": "charging", True: "fault"}


@pytest.mark.parametrize(
    ("said", "value"),
    [
        (0, "free"), ("0", "free"), (0.0, "free"), ("charging", "charging"), (True, "fault"), ("true", "fault"),
        (1, "not a known state"), (False, "not a known state"), ("Charging", "not a known state"),
        ([0], "(is neither a text nor a number)"),
        (None, "no value"), ("", "no value"),
    ],
)  # fmt: skip
def test_states_by_a_map(said: Any, value: Any) -> None:
    assert read(said, map=STATES) == value


def test_a_map_may_say_what_anything_else_means_and_what_nothing_means() -> None:
    assert read("7", map={0: True}, other=False) is False
    assert read("", map={"": False}, other=True) is False
    assert read("10000012", map={"": False}, other=True) is True
    assert read(3, map={1: 10, 2: 16}, other=0) == 0.0


def test_a_bit_is_taken_from_a_number_or_from_hex_digits() -> None:
    assert [read(0b0101, bit=bit) for bit in range(4)] == [True, False, True, False]
    assert [read("0x0A", hex=True, bit="{index}", index=index) for index in range(4)] == [False, True, False, True]
    assert read("8000", hex=True, bit="{number}", number=15) is True
    assert read("f" * 512, hex=True, bit=2047) is True
    assert read(-1, bit=0) == "(is negative, and should be bits)"
    assert read(0.5, bit=0) == "(is not a whole number)"
    assert read("0G", hex=True, bit=0) == "(is not written in hex digits)"
    assert read(5, hex=True, bit=0) == "(is not written in hex digits)"
    assert read(2, bit=1, map={1: "open", 0: "closed"}) == "open"


def test_hex_digits_are_a_number_within_the_limit_of_all_numbers() -> None:
    assert read("00ff", hex=True, scale=0.1) == 25.5
    assert read("f" * 512, hex=True) == "(has a number beyond 2^53)"


def test_a_character_stands_for_one_part() -> None:
    assert [read("012", char="{index}", index=index, map={0: "free", 1: "charging"}) for index in range(4)] == [
        "free", "charging", "not a known state", "no value",
    ]  # fmt: skip
    assert read("01", char=1, kind="boolean") is True
    assert read("39", char=1) == 9.0
    assert read(12, char=0, kind="text") == "(is not a text)"
