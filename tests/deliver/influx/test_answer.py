from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.deliver.influx.answer import LONGEST_PAUSE_SECONDS, WORDS_LIMIT, Verdict, answer

UTC = 1_800_000_000.0


def error(sentence: str) -> bytes:
    return json.dumps({"error": sentence}).encode()


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (204, b"", Verdict.STORED),
        (400, error("unable to parse 'm v=x 1': invalid boolean"), Verdict.LINES),
        (400, error("partial write: points beyond retention policy dropped=1"), Verdict.LINES),
        (422, b'{"code":"unprocessable entity","message":"field type conflict"}', Verdict.LINES),
        (413, b"", Verdict.TOO_LARGE),
        (401, error("authorization failed"), Verdict.REFUSED),
        (403, error("forbidden"), Verdict.REFUSED),
        (404, error('database not found: "x"'), Verdict.REFUSED),
        (405, b"", Verdict.REFUSED),
        (301, b"", Verdict.REFUSED),
        (429, b"", Verdict.LATER),
        (500, error("retention policy not found: x"), Verdict.LATER),
        (503, b"", Verdict.LATER),
        (408, b"", Verdict.LATER),
    ],
)
def test_each_status_means_one_thing(status: int, body: bytes, verdict: Verdict) -> None:
    assert answer(status, {}, body, UTC).verdict is verdict


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>Please sign in to the guest network</html>"),
        (400, b"<html>The plain HTTP request was sent to HTTPS port</html>"),
        (400, error("Please provide either orgID or org")),
        (400, b'["unable to parse"]'),
        (400, b"[" * 100_000),
        (400, b"\xff\xfe"),
    ],
)
def test_what_another_server_says_costs_no_line(status: int, body: bytes) -> None:
    assert answer(status, {}, body, UTC).verdict is Verdict.REFUSED


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("7", 7.0),
        ("0.5", 0.5),
        ("Fri, 15 Jan 2027 08:00:30 GMT", 30.0),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 0.0),
        ("1e300", LONGEST_PAUSE_SECONDS),
        ("inf", LONGEST_PAUSE_SECONDS),
        ("nan", 0.0),
        ("-5", 0.0),
        ("soon", 0.0),
        ("", 0.0),
        ("Fri, 99 Jan 99999 08:00:30 GMT", 0.0),
    ],
)
def test_a_wish_to_be_left_alone_is_followed_within_reason(told: str, seconds: float) -> None:
    assert answer(503, {"Retry-After": told}, b"", UTC).pause_seconds == seconds


def test_influxdb_3_names_its_lines() -> None:
    rows = [{"original_line": "m v=x 1", "line_number": 2, "error_message": "no value"}, "?", {"line_number": "3"}]
    body = {"error": "partial write of line protocol occurred", "data": rows}

    said = answer(400, {}, json.dumps(body).encode(), UTC)

    assert said.verdict is Verdict.LINES
    assert said.blamed == (1,)
    assert said.words == "partial write of line protocol occurred: no value"


@given(
    st.integers(100, 999),
    st.binary(max_size=300)
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["error", "message", "data"]) | st.text(), inner)
        ),
    ).map(lambda found: json.dumps(found).encode()),
    st.text(),
)
def test_nothing_in_an_answer_can_stop_the_outlet(status: int, body: bytes, told: str) -> None:
    said: Any = answer(status, {"Retry-After": told}, body, UTC)

    assert said.verdict in Verdict
    assert 0 <= said.pause_seconds <= LONGEST_PAUSE_SECONDS
    assert len(said.words) <= WORDS_LIMIT
    assert said.words.isprintable()
