from __future__ import annotations

import json

import pytest

from drivers.mqtt.reading_json import MAX_BYTES, MAX_DEPTH, MAX_ITEMS, Odd, read_json


def refused(payload: bytes) -> str:
    with pytest.raises(Odd) as odd:
        read_json(payload)
    return str(odd.value)


def test_plain_json_is_read_as_it_stands() -> None:
    assert read_json(b' {"a": [1, 2.5, true, null, "\xe5\xbf\xab"], "b": {}} ') == {
        "a": [1, 2.5, True, None, "快"],
        "b": {},
    }
    assert read_json(b"312.5") == 312.5


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"", "is not JSON"),
        (b"hello", "is not JSON"),
        (b'{"a":1', "is not JSON"),
        (b'{"a":1} {}', "is not JSON"),
        (b"{'a':1}", "is not JSON"),
        (b'{"a":01}', "is not JSON"),
        (b'{"a":"line\nbreak"}', "is not JSON"),
        (b'\xef\xbb\xbf{"a":1}', "is not JSON"),
        (b'{"a":"\xff"}', "is not UTF-8"),
        (b'{"a":"\xed\xa0\x80"}', "is not UTF-8"),
        (b'{"a":1,"a":2}', "has a key twice"),
        (b'{"a":{"b":1,"\\u0062":2}}', "has a key twice"),
        (b'{"a":NaN}', "has NaN or Infinity"),
        (b'{"a":-Infinity}', "has NaN or Infinity"),
        (b'{"a":1e400}', "has a number beyond 2^53"),
        (b'{"a":9007199254740993}', "has a number beyond 2^53"),
        (b'{"a":-1' + b"0" * 5000 + b"}", "has a number beyond 2^53"),
    ],
)
def test_what_is_no_strict_json_is_refused_in_a_few_words(payload: bytes, why: str) -> None:
    assert refused(payload) == why


def test_the_largest_number_that_a_double_tells_apart_is_read() -> None:
    assert read_json(b"[9007199254740992,-9007199254740992]") == [2**53, -(2**53)]


def test_the_limits_are_kept_to_the_byte_the_level_and_the_item() -> None:
    assert read_json(b'"' + b"x" * (MAX_BYTES - 2) + b'"')
    assert refused(b'"' + b"x" * (MAX_BYTES - 1) + b'"') == "is larger than 64 kB"

    assert read_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    assert refused(b'{"a":' * (MAX_DEPTH + 1) + b"1" + b"}" * (MAX_DEPTH + 1)) == "is nested too deep"
    assert refused(b"[" * 30_000) == "is nested too deep"
    assert refused(b"[" * 30_000 + b"]" * 30_000) == "is nested too deep"

    assert len(read_json(json.dumps([0] * MAX_ITEMS).encode())) == MAX_ITEMS
    assert refused(json.dumps([0] * (MAX_ITEMS + 1)).encode()) == "has too many items"
    assert refused(json.dumps([{"a": 0}] * 2049).encode()) == "has too many items"


def test_commas_and_brackets_inside_texts_are_no_items_and_no_levels() -> None:
    assert read_json(json.dumps(["," * 5000, "[{" * 50]).encode())
