"""Short messages as octets: parts, addresses, and what the network reports."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.deliver.channels.sms_pdu import NumberUnusable, parts_of, status_report, submits
from tests.deliver.channels.toy_modem import decoded

ANY = st.characters(exclude_categories=["Cs"])
TEXTS = st.one_of(st.text(ANY, max_size=80), st.text(st.sampled_from("火🔥a"), min_size=60, max_size=300))


def test_a_message_is_the_octets_of_the_standard() -> None:
    pdu = submits("+8613800138000", "你好", 0, report=True)[0]

    assert pdu.hex().upper() == "31000D91683108108300F000080B044F60597D"


@given(TEXTS)
def test_parts_are_the_text_and_fit(text: str) -> None:
    parts = parts_of(text)

    assert "".join(parts) == text
    most = 70 if len(parts) == 1 else 67
    assert all(len(part.encode("utf-16-be")) <= 2 * most for part in parts)


@given(TEXTS, st.sampled_from(["+8613800138000", "13800138000", "10086"]), st.integers(0, 255))
def test_what_is_sent_is_read_by_another_decoder(text: str, number: str, reference: int) -> None:
    parts = [decoded(b"\0" + pdu) for pdu in submits(number, text, reference, report=False)]

    assert "".join(part.text for part in parts) == text
    assert {part.number for part in parts} == {number}
    numbers = [(reference, len(parts), index + 1) for index in range(len(parts))] if len(parts) > 1 else [None]
    assert [part.of for part in parts] == numbers


@pytest.mark.parametrize("number", ["", "1", "abc", "+", "138 x", "1" * 21, "１３８００１３８０００"])
def test_what_is_no_number_is_refused(number: str) -> None:
    with pytest.raises(NumberUnusable):
        submits(number, "x", 0, report=False)


@pytest.mark.parametrize(
    ("status", "delivered"), [(0x00, True), (0x02, True), (0x30, None), (0x46, False), (0x65, False)]
)
def test_a_report_says_delivered_still_trying_or_given_up(status: int, delivered: bool | None) -> None:  # noqa: FBT001
    pdu = bytes.fromhex("0891683108200505F0" + "06FB0D91683108108300F0" + "62112211000023" * 2 + f"{status:02X}")

    report = status_report(pdu)

    assert report is not None
    assert (report.reference, report.status, report.delivered) == (0xFB, status, delivered)


@given(st.binary(max_size=60))
def test_what_is_no_report_is_none_and_nothing_raises(pdu: bytes) -> None:
    report = status_report(pdu)

    assert report is None or 0 <= report.reference <= 255
