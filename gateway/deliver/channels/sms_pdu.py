"""Short messages as a modem takes them: SMS-SUBMIT out, SMS-STATUS-REPORT back (3GPP TS 23.040, 9.2.2).

Text goes out as UCS2 (TS 23.038, 4), in parts of one long message where it does not fit into one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

UNITS_ALONE: Final = 70
"""UTF-16 code units in one message: 140 octets (9.2.3.24)."""

UNITS_IN_PART: Final = 67
"""The same beside the 6 octets of a concatenation header."""

MOST_PARTS: Final = 255

_SUBMIT: Final = 0x01
_RELATIVE_VALIDITY: Final = 0x10
_REPORT_WANTED: Final = 0x20
_HEADER: Final = 0x40
_UCS2: Final = 0x08
_INTERNATIONAL, _UNKNOWN_NUMBER = 0x91, 0x81
_AN_HOUR: Final = 0x0B
"""Relative validity (9.2.3.12.1): (11 + 1) x 5 minutes. A phone that is off all night is told nothing in the morning."""

_CONCATENATED: Final = bytes((0x05, 0x00, 0x03))
"""A header of 5 octets: element 00, 3 octets long: reference, number of parts, this part (9.2.3.24.1)."""

_STATUS_REPORT: Final = 0x02
_TIME_OCTETS: Final = 7
_STILL_TRYING: Final = 0x20
_GIVEN_UP: Final = 0x40


class NumberUnusable(ValueError):
    """It is no telephone number."""


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What the network says of a message that was sent. `reference` is the number that the modem gave to it.

    `delivered` is None while the network goes on trying; `status` is the octet TP-ST (9.2.3.15).
    """

    reference: int
    status: int
    delivered: bool | None


def parts_of(text: str) -> Sequence[str]:
    """The text in as many parts as it needs; no character beyond the basic plane is torn apart."""
    if _units(text) <= UNITS_ALONE:
        return (text,)
    parts, part, room = [], "", UNITS_IN_PART
    for character in text:
        if (taken := _units(character)) > room:
            parts.append(part)
            part, room = "", UNITS_IN_PART
        part += character
        room -= taken
    return [*parts, part][:MOST_PARTS]


def submits(number: str, text: str, reference: int, *, report: bool) -> Sequence[bytes]:
    """The TPDUs of a text to a number; `reference` (0 to 255) holds the parts of one text together.

    Raises `NumberUnusable`.
    """
    address = _address(number)
    parts = parts_of(text)
    flags = _SUBMIT | _RELATIVE_VALIDITY | (_REPORT_WANTED if report else 0)
    if len(parts) == 1:
        return (_submit(flags, address, b"", parts[0]),)
    return [
        _submit(flags | _HEADER, address, _CONCATENATED + bytes((reference, len(parts), index)), part)
        for index, part in enumerate(parts, 1)
    ]


def status_report(pdu: bytes) -> StatusReport | None:
    """A status report out of what the modem hands on (service centre address first); None for anything else."""
    body = pdu[1 + pdu[0] :] if pdu else b""
    if len(body) < 4 or body[0] & 0x03 != _STATUS_REPORT:  # noqa: PLR2004 - type, reference, address
        return None
    after = 4 + (body[2] + 1) // 2 + 2 * _TIME_OCTETS
    if len(body) <= after:
        return None
    status = body[after]
    delivered = None if _STILL_TRYING <= status < _GIVEN_UP else status < _STILL_TRYING
    return StatusReport(body[1], status, delivered)


def _submit(flags: int, address: bytes, header: bytes, text: str) -> bytes:
    content = header + text.encode("utf-16-be", "replace")
    return bytes((flags, 0)) + address + bytes((0, _UCS2, _AN_HOUR, len(content))) + content


def _address(number: str) -> bytes:
    """TP-DA (9.1.2.5): how many digits, what kind of number, and the digits in swapped halves of octets."""
    digits = number.removeprefix("+").replace(" ", "").replace("-", "")
    if not digits.isascii() or not digits.isdecimal() or not 3 <= len(digits) <= 20:  # noqa: PLR2004 - 9.1.2.5
        raise NumberUnusable("it is not a telephone number")
    kind = _INTERNATIONAL if number.startswith("+") else _UNKNOWN_NUMBER
    padded = digits + "F" * (len(digits) % 2)
    swapped = "".join(padded[index + 1] + padded[index] for index in range(0, len(padded), 2))
    return bytes((len(digits), kind)) + bytes.fromhex(swapped)


def _units(text: str) -> int:
    return sum(1 + (ord(character) > 0xFFFF) for character in text)  # noqa: PLR2004 - a surrogate pair
