"""Bytes from a broker, whole, in pieces, wrong and hostile."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.deliver.mqtt.packets import (
    BrokenRules,
    Packets,
    Reason,
    confirmation,
    farewell,
    publish,
    welcome,
)

REASON_WORDS = b"\x1f\x00\x04full"


@given(st.lists(st.binary(max_size=300), max_size=8), st.integers(min_value=1, max_value=7))
def test_packets_come_out_as_they_were_however_they_are_cut(bodies: list[bytes], piece: int) -> None:
    stream = b"".join(publish(b"\x00\x01a", 7, body, v5=False) for body in bodies)
    packets = Packets()

    found = [packet for at in range(0, len(stream), piece) for packet in packets.feed(stream[at : at + piece])]

    assert found == [(0x32, b"\x00\x01a\x00\x07" + body) for body in bodies]


@given(st.binary(max_size=200), st.booleans())
def test_no_bytes_whatever_raise_anything_but_broken_rules(data: bytes, v5: bool) -> None:  # noqa: FBT001 - drawn
    with suppress(BrokenRules):
        list(Packets().feed(data))
    for read in (lambda: welcome(data, v5=v5), lambda: confirmation(data), lambda: farewell(data)):
        with suppress(BrokenRules):
            read()


def test_a_packet_longer_than_a_broker_has_to_say_is_refused_before_it_is_there() -> None:
    with pytest.raises(BrokenRules, match="more than 65536 bytes"):
        list(Packets().feed(b"\x40\xff\xff\xff\x7f"))


def test_a_confirmation_without_a_reason_or_with_success_is_one() -> None:
    assert confirmation(b"\x01\x02") == (0x0102, None)
    assert confirmation(b"\x01\x02\x00\x00") == (0x0102, None)


def test_a_refusal_has_its_reason_and_the_brokers_words() -> None:
    assert confirmation(b"\x01\x02\x97" + bytes((len(REASON_WORDS),)) + REASON_WORDS) == (0x0102, Reason(0x97, "full"))
    assert str(Reason(0x97, "full")) == "quota exceeded (full)"


def test_a_welcome_says_what_the_broker_allows() -> None:
    allowed = b"\x21\x00\x0a" + b"\x27\x00\x00\x01\x90" + b"\x24\x00" + b"\x13\x00\x1e"

    found = welcome(b"\x00\x00" + bytes((len(allowed),)) + allowed, v5=True)

    assert (found.in_flight, found.longest_packet, found.takes_qos_1, found.keepalive_seconds) == (10, 400, False, 30)


def test_a_refused_welcome_of_the_older_protocol_has_the_same_reasons() -> None:
    assert str(welcome(b"\x00\x04", v5=False).reason) == "wrong user name or password"
