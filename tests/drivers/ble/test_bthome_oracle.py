"""Our decoder against bthome-ble on random packets, and against damage. GRIDPOST_SOAK=1 runs it at full length."""

from __future__ import annotations

import os
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ble.bthome import Verdict, counter_of, decode
from drivers.ble.bthome_objects import OBJECTS, Sort
from tests.drivers.ble.oracle import by_bthome_ble, in_its_words
from tests.drivers.ble.packets import CIPHER, HEARTBEAT, KEY, MAC, sealed

SOAK = os.environ.get("GRIDPOST_SOAK") == "1"
PACKETS = 50_000 if SOAK else 5_000
DAMAGED = 300_000 if SOAK else 5_000

READS_NOTHING = (Verdict.MALFORMED, Verdict.BAD_MIC)


def any_objects(random: Random) -> bytes:
    """Objects of a sound packet, in their order: any ids, any values."""
    whole = bytearray()
    for object_id in sorted(random.choices(list(OBJECTS), k=random.randint(1, 6))):
        each = OBJECTS[object_id]
        whole.append(object_id)
        if each.sort is Sort.TEXT:
            whole += bytes((4,)) + random.choice(("烟a", "éab", "abcd")).encode()
        elif each.sort is Sort.RAW:
            size = random.randint(1, 9)
            whole += bytes((size,)) + random.randbytes(size)
        elif each.name == "command":
            size = random.randint(0, 5)
            whole += bytes((size | random.choice((0, 0xE0)),)) + random.randbytes(1 + size)
        elif each.name == "timestamp":
            whole += random.randrange(2**31).to_bytes(4, "little")
        else:
            whole += random.randbytes(each.size)
    return bytes(whole)


def same(ours: dict[str, object], theirs: dict[str, object]) -> bool:
    """The same values, but for object 0x58, of which bthome-ble rounds the steps of 0.35 Cel to tenths."""
    return ours.keys() == theirs.keys() and all(
        one == theirs[key] or (key.startswith("temperature") and theirs[key] == pytest.approx(one, abs=0.0501))
        for key, one in ours.items()
    )


def test_random_packets_say_the_same_to_bthome_ble() -> None:
    random = Random(5)

    for number in range(PACKETS):
        objects = any_objects(random)
        encrypted = number % 2 == 1
        data = sealed(objects, number) if encrypted else b"\x40" + objects

        packet = decode(data, MAC, CIPHER if encrypted else None, keyed=encrypted)
        theirs = by_bthome_ble(data, MAC, KEY if encrypted else None)

        assert packet.verdict is Verdict.OK, data.hex()
        assert packet.counter == (number if encrypted else None)
        theirs.setdefault("firmware", in_its_words(packet.values).get("firmware"))
        ours = {"firmware": None, **in_its_words(packet.values)}
        exact = 0x58 not in dict(packet.values)
        assert ours == theirs if exact else same(ours, theirs), data.hex()


def damaged(random: Random, sound: bytes) -> bytes:
    """A packet after an accident, or after somebody's work."""
    data = bytearray(sound)
    match random.randrange(7):
        case 0:
            return random.randbytes(random.randint(0, 40))
        case 1:
            return bytes(data[: random.randint(0, len(data))])
        case 2:
            at = random.randrange(len(data))
            data[at : at + 1] = random.randbytes(random.randint(0, 3))
        case 3:
            for _ in range(random.randint(1, 4)):
                data[random.randrange(len(data))] ^= 1 << random.randrange(8)
        case 4:
            return bytes(data) + random.randbytes(random.randint(1, 12))
        case 5:
            data[0] = random.randrange(256)
        case 6:
            data[-8:-4] = random.randbytes(4)
    return bytes(data)


def test_damaged_packets_of_a_keyed_sensor_never_raise_and_never_give_a_value() -> None:
    random = Random(6)
    sound = {sealed(any_objects(random), number) for number in range(200)} | {sealed(HEARTBEAT, 1), b"\x40" + HEARTBEAT}
    choices = sorted(sound)

    for _ in range(DAMAGED):
        data = damaged(random, random.choice(choices))

        packet = decode(data, MAC, CIPHER, keyed=True)

        counter_of(data)
        if data not in sound or not data[0] & 1:
            assert packet.verdict in (*READS_NOTHING, Verdict.DOWNGRADE), data.hex()
            assert (packet.values, packet.counter) == ((), None), data.hex()


def test_damaged_plain_packets_say_what_bthome_ble_reads_of_them_or_nothing() -> None:
    random = Random(7)

    for _ in range(DAMAGED):
        data = damaged(random, b"\x40" + any_objects(random))

        packet = decode(data, MAC, CIPHER, keyed=False)

        if packet.verdict in READS_NOTHING:
            assert (packet.values, packet.claimed) == ((), ())
        elif not data[0] & 1:
            assert agrees(data, packet.values), data.hex()


def agrees(data: bytes, values: tuple[tuple[int, object], ...]) -> bool:
    """bthome-ble reads the same, but for what it leaves out: texts that are no UTF-8, and empty ones."""
    ids = dict(values)
    if ids.keys() & {0x53, 0x54, 0x50} or "firmware" in (OBJECTS[each].name for each in ids):
        return True  # the sound ones of these are compared above
    ours, theirs = in_its_words(values), by_bthome_ble(data, MAC)  # type: ignore[arg-type]
    return ours == theirs if 0x58 not in ids else same(ours, theirs)


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_give_a_verdict(data: bytes, keyed: bool) -> None:  # noqa: FBT001 - hypothesis hands it over
    packet = decode(data, MAC, CIPHER if keyed else None, keyed=keyed)

    assert bool(packet.why) == (packet.verdict is not Verdict.OK)


def test_bthome_ble_cannot_be_asked_about_an_empty_packet_and_ours_can() -> None:
    with pytest.raises(IndexError):
        by_bthome_ble(b"", MAC)

    assert decode(b"", MAC, None, keyed=False).verdict is Verdict.MALFORMED
