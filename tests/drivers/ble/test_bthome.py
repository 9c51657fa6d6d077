from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from drivers.ble.bthome import MAX_BYTES, Verdict, counter_of, decode
from tests.drivers.ble.packets import CIPHER, HEARTBEAT, MAC, sealed

SAID = ((0x00, 9), (0x01, 97), (0x02, 25.06), (0x15, False), (0x26, False), (0x29, False), (0x2B, False))


def plain(objects: str, info: int = 0x40) -> bytes:
    return bytes((info,)) + bytes.fromhex(objects)


def test_an_encrypted_packet_is_proved_and_gives_its_counter() -> None:
    packet = decode(sealed(HEARTBEAT, 70_000), MAC, CIPHER, keyed=True)

    assert packet == (Verdict.OK, SAID, 70_000, "", ())


def test_a_plain_packet_of_a_sensor_without_a_key_is_read_and_has_no_counter() -> None:
    packet = decode(b"\x40" + HEARTBEAT, MAC, None, keyed=False)

    assert packet == (Verdict.OK, SAID, None, "", ())


@pytest.mark.parametrize("info", [0x44, 0x45, 0x46, 0x47])
def test_a_sensor_that_speaks_on_events_only_is_heard_as_any_other(info: int) -> None:
    data = sealed(HEARTBEAT, 1, info=info) if info & 1 else plain("a5808fe648540161" if info & 2 else "0161", info)

    packet = decode(data, MAC, CIPHER, keyed=bool(info & 1))

    assert packet.verdict is Verdict.OK


# ------------------------------------------------------------------ what is not proved has no value


@pytest.mark.parametrize("byte", range(1 + len(HEARTBEAT) + 8))
def test_no_byte_of_an_encrypted_packet_can_be_changed(byte: int) -> None:
    data = bytearray(sealed(HEARTBEAT, 1))
    data[byte] ^= 0x10 if byte == 0 else 0x01

    packet = decode(bytes(data), MAC, CIPHER, keyed=True)

    assert packet.verdict is Verdict.BAD_MIC
    assert (packet.values, packet.claimed, packet.counter) == ((), (), None)


def test_a_packet_of_another_sensor_with_the_same_key_is_not_taken_for_this_ones() -> None:
    packet = decode(sealed(HEARTBEAT, 1, mac=bytes(6)), MAC, CIPHER, keyed=True)

    assert packet.verdict is Verdict.BAD_MIC


def test_a_packet_under_another_key_is_not_taken() -> None:
    packet = decode(sealed(HEARTBEAT, 1), MAC, AESCCM(bytes(16), tag_length=4), keyed=True)

    assert packet.verdict is Verdict.BAD_MIC


@pytest.mark.parametrize("keyed", [True, False])
def test_an_encrypted_packet_without_a_key_at_hand_has_no_value(keyed: bool) -> None:  # noqa: FBT001 - pytest hands it over
    packet = decode(sealed(HEARTBEAT, 1), MAC, None, keyed=keyed)

    assert packet == (Verdict.NO_KEY, (), None, "encrypted, and there is no key", ())


def test_a_plain_packet_in_the_name_of_a_sensor_with_a_key_only_claims() -> None:
    packet = decode(plain("2901"), MAC, CIPHER, keyed=True)

    assert packet == (Verdict.DOWNGRADE, (), None, "not encrypted, and it has a key", ((0x29, True),))


def test_a_plain_packet_is_a_downgrade_also_while_the_key_cannot_be_opened() -> None:
    assert decode(plain("2901"), MAC, None, keyed=True).verdict is Verdict.DOWNGRADE


@pytest.mark.parametrize(
    ("objects", "claimed"),
    [("2901fe", ((0x29, True),)), ("2b012901", ((0x2B, True), (0x29, True))), ("29012b", ()), ("", ())],
)
def test_a_downgrade_claims_no_more_than_a_sound_packet_would_say(objects: str, claimed: object) -> None:
    packet = decode(plain(objects), MAC, CIPHER, keyed=True)

    assert (packet.verdict, packet.values, packet.claimed) == (Verdict.DOWNGRADE, (), claimed)


# ------------------------------------------------------------------ what is no BTHome


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no service data"),
        (b"\x40" + b"\x01\x61" * MAX_BYTES, "longer than an advertisement"),
        (plain("2901", 0x20), "BTHome version 1"),
        (plain("2901", 0x60), "BTHome version 3"),
        (plain("2901", 0xC0), "BTHome version 6"),
        (plain(""), "says nothing"),
        (plain("01612901", 0x42), "carries another address"),
        (plain("a5808fe648", 0x42), "carries another address"),
        (plain("a5808fe64854", 0x42), "says nothing"),
        (plain("0161160000000000", 0x41), "too short to be encrypted"),
        (plain("a5808fe648540000000000000000", 0x43), "too short to be encrypted"),
        (plain("01612900fe2800"[:8] + "2b"), "object 0x2B is cut off"),
        (plain("02ca"), "object 0x02 is cut off"),
        (plain("53"), "object 0x53 is cut off"),
        (plain("5303616263"[:8]), "object 0x53 is cut off"),
        (plain("3b"), "object 0x3B is cut off"),
        (plain("3b01ab"), "object 0x3B is cut off"),
    ],
)  # fmt: skip
def test_what_is_no_sound_packet_says_why_and_nothing_else(data: bytes, why: str) -> None:
    packet = decode(data, MAC, CIPHER, keyed=False)

    assert packet == (Verdict.MALFORMED, (), None, why, ())


@pytest.mark.parametrize("objects", ["290002", "2900280002"])
def test_an_encrypted_packet_of_a_damaged_sensor_has_no_value_and_no_counter(objects: str) -> None:
    packet = decode(sealed(bytes.fromhex(objects), 5), MAC, CIPHER, keyed=True)

    assert (packet.verdict, packet.values, packet.counter) == (Verdict.MALFORMED, (), None)


def test_an_unknown_object_ends_the_reading_and_what_stood_before_it_counts() -> None:
    packet = decode(sealed(bytes.fromhex("0161 2901 66 2a01"), 5), MAC, CIPHER, keyed=True)

    assert packet == (Verdict.PARTIAL, ((0x01, 97), (0x29, True)), 5, "unknown object 0x66", ())


def test_the_longest_packet_is_read() -> None:
    data = b"\x40" + b"\x09\x07" * ((MAX_BYTES - 1) // 2)

    assert decode(data, MAC, None, keyed=False).values == ((9, 7),) * 125


# ------------------------------------------------------------------ values


@pytest.mark.parametrize(
    ("objects", "values"),
    [
        ("2902", ((0x29, True),)),
        ("29ff", ((0x29, True),)),
        ("2900 2901", ((0x29, False), (0x29, True))),
        ("3b0002", ((0x3B, b"\x02"),)),
        ("3be203aabb", ((0x3B, b"\x03\xaa\xbb"),)),
        ("5300", ((0x53, ""),)),
        ("5400", ((0x54, b""),)),
        ("5307 e7839fe6849f 21", ((0x53, "烟感!"),)),
        ("5302 d1cc", ((0x53, "\ufffd\ufffd"),)),
        ("5801", ((0x58, 0.35),)),
        ("650a", ((0x65, 10),)),
    ],
)
def test_what_the_tables_of_the_standard_leave_open_is_settled(objects: str, values: object) -> None:
    packet = decode(plain(objects.replace(" ", "")), MAC, None, keyed=False)

    assert (packet.verdict, packet.values) == (Verdict.OK, values)


def test_every_temperature_is_the_decimal_that_was_sent() -> None:
    for number in range(-32_768, 32_768, 7):
        data = b"\x40\x02" + number.to_bytes(2, "little", signed=True)

        assert decode(data, MAC, None, keyed=False).values == ((0x02, round(number / 100, 2)),)


# ------------------------------------------------------------------ the counter in clear


@pytest.mark.parametrize("counter", [0, 1, 65_535, 0xFFFF_FFFF])
@pytest.mark.parametrize("info", [0x41, 0x43, 0x45])
def test_the_counter_is_read_without_a_key(counter: int, info: int) -> None:
    assert counter_of(sealed(HEARTBEAT, counter, info=info)) == counter


@pytest.mark.parametrize(
    "data", [b"", b"\x40" + HEARTBEAT, b"\x41" + bytes(7), b"\x21" + bytes(20), b"\x61" + bytes(20)]
)
def test_what_is_not_encrypted_has_no_counter(data: bytes) -> None:
    assert counter_of(data) is None
