from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESCCM

from drivers.ble.bthome import MIC_BYTES, Verdict, decode
from drivers.ble.bthome_objects import OBJECTS
from tests.drivers.ble.oracle import by_bthome_ble, in_its_words
from tests.drivers.ble.published_frames import FORMAT, FRAMES, Frame

ADDRESS = bytes.fromhex("A4C1388D18B2")


@pytest.mark.parametrize(("example", "value"), FORMAT.items(), ids=FORMAT)
def test_each_example_of_the_format_page_has_its_value(example: str, value: object) -> None:
    packet = decode(b"\x40" + bytes.fromhex(example), ADDRESS, None, keyed=False)

    assert packet.verdict is Verdict.OK
    assert packet.values == ((int(example[:2], 16), value),)
    assert type(packet.values[0][1]) is type(value)


def test_there_is_an_example_of_every_object_but_the_one_without_a_published_one() -> None:
    assert {int(example[:2], 16) for example in FORMAT} == OBJECTS.keys() - {0x3B, 0x65}


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.what)
def test_a_published_frame_is_judged_and_read(frame: Frame) -> None:
    cipher = AESCCM(bytes.fromhex(frame.key), tag_length=MIC_BYTES) if frame.key else None

    packet = decode(bytes.fromhex(frame.data), bytes.fromhex(frame.address), cipher, keyed=bool(frame.key))

    assert (packet.verdict, packet.values) == (frame.verdict, frame.values)


@pytest.mark.parametrize("frame", FRAMES, ids=lambda frame: frame.what)
def test_bthome_ble_reads_a_published_frame_alike_unless_a_reason_is_given(frame: Frame) -> None:
    key = bytes.fromhex(frame.key) if frame.key else None

    theirs = by_bthome_ble(bytes.fromhex(frame.data), bytes.fromhex(frame.address), key)

    assert (theirs == in_its_words(frame.values)) == (not frame.differs), theirs
