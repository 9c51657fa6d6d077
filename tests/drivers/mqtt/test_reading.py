"""What a message must be like to be believed, shown with Gridpost's own schema."""

from __future__ import annotations

import json
from typing import Any

import pytest

from drivers.credential import pickup_hash, tag_hash
from drivers.mqtt.product import NOTHING, Said, hasher, load_mqtt_product

OWN = "v1/garden/b1/charger/pile-1"
HASHER = hasher(b"k" * 32, "pile-1")


def message(d: Any, /, **changed: Any) -> dict[str, Any]:
    envelope = {"v": 1, "id": "m1", "ts": "2026-11-21T09:00:00Z", "seq": 1, "boot": 17, "q": "ok", "d": d} | changed
    return {key: value for key, value in envelope.items() if value is not ...}


def said(stream: str, whole: Any, product: str = "gridpost-ebike-12", own: str = OWN) -> Said:
    payload = whole if isinstance(whole, bytes) else json.dumps(whole).encode()
    return load_mqtt_product(product).read(f"{own}/{stream}", own, payload, HASHER)


TELE = {"p": "p01", "v": 221.3, "a": 1.52}


@pytest.mark.parametrize(
    "topic",
    ["", "x", OWN, f"{OWN}/", f"{OWN}/other", f"{OWN}2/tele", f"a/{OWN}/tele", f"{OWN}/tele/more", f"{OWN}/cmd"],
)
def test_a_topic_that_is_not_the_devices_says_nothing(topic: str) -> None:
    product = load_mqtt_product("gridpost-ebike-12")

    assert product.read(topic, OWN, b"\xff" * 100_000, HASHER) is NOTHING


def test_a_product_without_counts_and_times_says_none() -> None:
    found = said("port1/current", b"1.5", "homie-charger-4", "homie/c1")

    assert (found.boot, found.seq, found.at_utc, found.clock_wrong) == ("", None, None, False)
    assert not load_mqtt_product("homie-charger-4").sequenced
    assert load_mqtt_product("gridpost-ebike-12").sequenced


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"v": 2}, "v is not 1"),
        ({"v": ...}, "v is not 1"),
        ({"seq": ...}, "has no seq"),
        ({"seq": None}, "has no seq"),
        ({"seq": -1}, "seq is negative"),
        ({"seq": "1"}, "seq is not a number"),
        ({"seq": 1.5}, "seq is not a whole number"),
        ({"boot": ...}, "has no boot"),
        ({"boot": "b" * 65}, "boot is neither a short text nor a whole number"),
        ({"boot": [1]}, "boot is neither a short text nor a whole number"),
        ({"d": ...}, "has no d"),
        ({"d": 5}, "p: where p should be is no object"),
        ({"d": {"v": 221.3}}, "names no part"),
        ({"d": TELE | {"p": "p13"}}, "names a part that the product does not have"),
        ({"d": TELE | {"p": 1}}, "names a part that the product does not have"),
        ({"d": TELE | {"p": ["p01"]}}, "names a part that the product does not have"),
        ({"d": TELE | {"a": "1.52"}}, "a is not a number"),
        ({"d": TELE | {"a": True}}, "a is not a number"),
        ({"d": TELE | {"a": {"x": 1}}}, "a is not a number"),
    ],
)
def test_one_thing_that_is_not_as_it_must_be_refuses_the_whole_message(changed: dict[str, Any], why: str) -> None:
    assert said("tele", message(TELE, **changed)) == Said(rejected=why)


def test_what_the_device_does_not_say_is_not_said_and_null_is_no_value() -> None:
    found = said("tele", message({"p": "p02", "a": None}))

    ((group, _, value),) = found.readings
    assert (group, getattr(value, "why", "")) == (2, "no value")


def test_a_part_that_is_named_twice_is_refused() -> None:
    locker = message({"boxes": 1})
    boxes = {"cmd": "status", "data": {"boxes": [{"boxNo": 1, "lockStatus": 0}, {"boxNo": "1", "lockStatus": 1}]}}

    assert said("tele", locker).rejected == "names no part"
    found = load_mqtt_product("parcel-boxes-json").read("locker/L9/up", "L9", json.dumps(boxes).encode(), HASHER)
    assert found == Said(rejected="names a part twice")


@pytest.mark.parametrize("parts", [5, "p01", [{"st": "free"}], True])
def test_parts_that_are_no_list_are_refused(parts: Any) -> None:
    assert said("state", message({"p": parts})) == Said(rejected="has no list of parts where one should be")


def test_a_message_of_a_kind_that_the_profile_does_not_name_still_counts() -> None:
    found = said("event", message({"e": "cleaned"}, seq=9))

    assert found == Said(boot="17", seq=9, at_utc=1795251600.0)


@pytest.mark.parametrize(
    ("ts", "at_utc"),
    [
        ("2026-11-21T09:00:00Z", 1795251600.0),
        ("2026-11-21T09:00:00.123Z", 1795251600.123),
        ("2026-11-21T17:00:00+08:00", 1795251600.0),
        ("2026-11-21T17:00:00", None),  # whose hour is that?
        ("1970-01-01T00:00:05Z", None),
        ("2019-12-31T23:59:59Z", None),
        ("2100-01-01T00:00:00Z", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("2023-10-13T10:12:90Z", None),
        ("yesterday", None),
        ("", None),
        (1795251600, None),
        ({}, None),
        (True, None),
    ],
)
def test_a_time_that_cannot_be_is_no_time_and_the_data_is_taken_all_the_same(ts: Any, at_utc: float | None) -> None:
    found = said("tele", message(TELE, ts=ts))

    assert (found.at_utc, found.clock_wrong, len(found.readings)) == (at_utc, at_utc is None, 2)


def test_a_time_that_is_not_there_is_no_wrong_clock() -> None:
    assert not said("tele", message(TELE, ts=None)).clock_wrong
    assert not said("tele", message(TELE, ts=...)).clock_wrong


@pytest.mark.parametrize(
    ("q", "estimated"), [("ok", False), ("est", True), ("", True), (None, True), (..., True), (1, True)]
)
def test_a_time_counts_as_an_estimate_unless_the_device_vouches_for_it(q: Any, *, estimated: bool) -> None:
    assert said("tele", message(TELE, q=q)).estimated is estimated


def test_codes_and_tags_leave_as_keyed_hashes_alone() -> None:
    key = b"k" * 32
    stored = said("event", message({"e": "stored", "c": "c07", "code": "048213"}), "gridpost-locker-60")
    asked = said("ask", message({"ask": "pickup", "code": 48213}), "gridpost-locker-60")
    begun = said("event", message({"e": "begin", "p": "p03", "sid": "s", "tag": "AB12 ", "kwh": 1}))

    assert stored.events[0].body["code"] == pickup_hash(key, "pile-1", "048213")
    assert asked.asks[0].body["code"] == pickup_hash(key, "pile-1", "48213")
    assert begun.events[0].body["tag"] == tag_hash(key, "ab12")


@pytest.mark.parametrize("tag", [{}, {"tag": None}, {"tag": ""}])
def test_a_session_without_a_tag_has_none_and_nothing_is_hashed(tag: dict[str, Any]) -> None:
    found = said("event", message({"e": "begin", "p": "p03", "sid": "s", "kwh": 1} | tag))

    assert found.events[0].body["tag"] == ""


@pytest.mark.parametrize(
    "d",
    [
        {"e": "stored", "c": "c07", "code": ["048213"]},
        {"e": "stored", "c": "c99", "code": "048213"},
        {"e": "stored", "c": "c07", "code": "048213" * 40},
        {"e": "stored", "c": "048213", "code": "048213"},
        {"e": "stored", "c": "c07", "code": "048213", "x": "048213\x00"},
        {"ask": "pickup", "code": {"048213": 1}},
    ],
)
@pytest.mark.parametrize("stream", ["event", "ask"])
def test_a_refusal_never_repeats_what_was_sent(stream: str, d: dict[str, Any]) -> None:
    assert "048213" not in said(stream, message(d), "gridpost-locker-60").rejected


def test_a_question_without_anything_to_repeat_is_refused() -> None:
    assert said("ask", message({"ask": "authorize", "p": "p01", "tag": "x"}, id=...)).rejected == "has no id"
    assert said("ask", message({"ask": "authorize", "p": "p01", "tag": "x"}, id={})).rejected.startswith(
        "id is neither"
    )
    assert said("ask", message({"ask": "authorize", "p": "p01", "tag": "x"}, id="i" * 65)).rejected.startswith(
        "id is neither"
    )


def test_an_event_that_lacks_what_it_tells_is_refused() -> None:
    assert said("event", message({"e": "end", "p": "p03", "sid": "s", "why": "full", "s": 1})).rejected == "has no skwh"


@pytest.mark.parametrize(
    ("re", "why"), [("x", "re is not a number"), (1.5, "re is not a whole number"), (None, "re is not a number")]
)
def test_an_acknowledgement_that_names_no_order_is_refused(re: Any, why: str) -> None:
    assert said("ack", message({"re": re, "ok": True})).rejected == why


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"Offline", "is neither online nor offline"),
        (b"", "is neither online nor offline"),
        (b"\xff", "is not UTF-8"),
        (b"on\nline", "has characters that belong in no text"),
        (b"x" * 100_000, "is larger than 64 kB"),
        (b"x" * 1000, "is too long a text"),
    ],
)
def test_a_last_will_says_one_of_two_words(payload: bytes, why: str) -> None:
    assert said("lwt", payload) == Said(rejected=why)
