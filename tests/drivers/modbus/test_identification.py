from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivers.modbus.identification import objects


def test_texts_of_a_stranger_lose_what_cannot_be_printed() -> None:
    pdu = bytes((43, 14, 1, 1, 0, 0, 1, 0, 7)) + b"A\x1b[2J\r\n"

    assert objects(pdu) == ({0: "A[2J"}, None)


@given(st.binary(max_size=60))
def test_any_bytes_are_texts_or_a_value_error(data: bytes) -> None:
    for pdu in (data, bytes((43, 14)) + data):
        try:
            texts, _ = objects(pdu)
        except ValueError:
            continue
        assert all(text.isprintable() for text in texts.values())
