from __future__ import annotations

import pytest

from drivers.modbus.crc import crc
from drivers.modbus.frame import ExceptionReply, Frame, WrongReply


def reply(hex_digits: str) -> bytes:
    return bytes.fromhex(hex_digits.replace(" ", ""))


def test_a_read_is_the_standards_example_on_the_wire() -> None:
    # Modbus Application Protocol V1.1b3, 6.3: read registers 108-110, zero-based 0x006B, of unit 17
    frame = Frame.reading(0x11, 3, 0x006B, 3)

    assert frame.request.hex(" ") == "00 00 00 06 11 03 00 6b 00 03"


@pytest.mark.parametrize(
    ("function", "address", "values", "request_hex"),
    [
        (5, 0x00AC, [1], "00 00 00 06 01 05 00 ac ff 00"),
        (6, 0x0001, [3], "00 00 00 06 01 06 00 01 00 03"),
        (15, 0x0013, [1, 0, 1, 1, 0, 0, 1, 1, 1, 0], "00 00 00 09 01 0f 00 13 00 0a 02 cd 01"),
        (16, 0x0001, [10, 258], "00 00 00 0b 01 10 00 01 00 02 04 00 0a 01 02"),
    ],
)
def test_a_write_is_the_standards_example_on_the_wire(
    function: int, address: int, values: list[int], request_hex: str
) -> None:
    # Modbus Application Protocol V1.1b3, 6.5, 6.6, 6.11 and 6.12
    assert Frame.writing(1, function, address, values).request.hex(" ") == request_hex


def test_the_content_of_a_read_is_its_data_without_the_byte_count() -> None:
    frame = Frame.reading(0x11, 3, 0x006B, 3)

    assert frame.content(reply("0001 0000 0009 11 03 06 022b 0000 0064")) == reply("022b 0000 0064")


@pytest.mark.parametrize(
    ("why", "wrong"),
    [
        ("unit", "0001 0000 0009 12 03 06 022b 0000 0064"),
        ("function", "0001 0000 0009 11 04 06 022b 0000 0064"),
        ("byte count", "0001 0000 0009 11 03 04 022b 0000 0064"),
        ("byte count", "0001 0000 0007 11 03 04 022b 0000"),
        ("byte count", "0001 0000 000b 11 03 08 022b 0000 0064 0000"),
    ],
)
def test_an_answer_to_another_question_is_wrong(why: str, wrong: str) -> None:
    frame = Frame.reading(0x11, 3, 0x006B, 3)

    with pytest.raises(WrongReply, match=why):
        frame.content(reply(wrong))


def test_an_echo_with_another_value_is_wrong() -> None:
    frame = Frame.writing(1, 6, 1, [3])

    with pytest.raises(WrongReply, match="echo"):
        frame.content(reply("0001 0000 0006 01 06 0001 0004"))


def test_an_exception_is_raised_with_its_code_and_its_name() -> None:
    frame = Frame.reading(1, 3, 0, 1)

    with pytest.raises(ExceptionReply, match="illegal data address") as refusal:
        frame.content(reply("0001 0000 0003 01 83 02"))

    assert refusal.value.code == 2


def test_an_exception_to_another_function_is_wrong() -> None:
    with pytest.raises(WrongReply, match="function"):
        Frame.reading(1, 3, 0, 1).content(reply("0001 0000 0003 01 84 02"))


def test_a_function_without_a_known_length_gives_its_whole_pdu() -> None:
    frame = Frame(1, b"\x2b\x0e\x01\x00")

    assert frame.content(reply("0001 0000 0006 01 2b 0e01 0100")) == reply("2b 0e01 0100")


@pytest.mark.parametrize(("function", "count"), [(3, 126), (4, 0), (1, 2001)])
def test_a_read_beyond_the_protocol_is_refused_when_the_frame_is_made(function: int, count: int) -> None:
    with pytest.raises(ValueError, match=str(count)):
        Frame.reading(1, function, 0, count)


@pytest.mark.parametrize(
    ("frame", "request_hex", "reply_hex", "content_hex"),
    [
        (Frame.reading(0x11, 3, 0x006B, 3), "11 03 00 6b 00 03 76 87", "11 03 06 022b 0000 0064", "022b 0000 0064"),
        (Frame.writing(1, 6, 1, [3]), "01 06 00 01 00 03 98 0b", "01 06 0001 0003", "06 0001 0003"),
        (Frame(1, b"\x2b\x0e\x01\x00"), "01 2b 0e 01 00 70 77", "01 2b 0e01 0100", "2b 0e01 0100"),
    ],
)
def test_a_serial_frame_has_the_unit_in_front_and_a_crc_behind(
    frame: Frame, request_hex: str, reply_hex: str, content_hex: str
) -> None:
    body = reply(reply_hex)

    assert frame.rtu_request == reply(request_hex)
    assert frame.rtu_content(body + crc(body)) == reply(content_hex)


def test_a_serial_refusal_and_a_strangers_answer_are_told_apart() -> None:
    frame = Frame.reading(1, 3, 0, 1)

    with pytest.raises(ExceptionReply, match="illegal data address"):
        frame.rtu_content(reply("01 83 02 c0f1"))
    with pytest.raises(WrongReply, match="unit 2"):
        frame.rtu_content(reply("02 03 02 0009 3d82"))


def test_the_reply_to_write_and_read_is_framed_by_what_is_read() -> None:
    # Modbus Application Protocol V1.1b3, 6.17: read 6 registers from 4, write 3 to 15
    frame = Frame(1, reply("17 0003 0006 000e 0003 06 00ff 00ff 00ff"))

    assert (frame.rtu_head, frame.rtu_reply_bytes) == (b"\x01\x17\x0c", 3 + 12 + 2)
    assert frame.content(reply("0001 0000 000f 01 17 0c") + bytes(12)) == bytes(12)
