"""A row of the audit as a syslog message (RFC 5424): facts as structured data, the body as UTF-8 text behind a BOM. Pure."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from gateway.keep.audit.reading import AuditRow

NOTICE, WARNING = 5, 4
"""Severities (RFC 5424, table 2): what was done, and what was refused or failed."""

SD_ID: Final = "gridpost@32473"
"""32473 is the number that RFC 5612 keeps for those who have none of their own."""

LONGEST_BYTES: Final = 8_000
"""Every receiver should take 8192 (RFC 5425, 4.3.1); rsyslog cuts off what is over 8096 unless it is told otherwise."""

_BOM: Final = b"\xef\xbb\xbf"
_CUT: Final = "…".encode()
_UNPRINTABLE = re.compile(r"[^\x21-\x7e]")
_ESCAPED = re.compile(r'(["\\\]])')
_LATEST = 253_402_300_799.0
_BAD = ("refused", "failed", "unknown", "broken")


def message(row: AuditRow, facility: int, compound: str, *, simulated: bool) -> bytes:
    """The message of a row, without a frame; at most `LONGEST_BYTES`: a longer body is cut and ends in "…"."""
    severity = WARNING if row.result.startswith(_BAD) else NOTICE
    moment = datetime.fromtimestamp(min(max(row.utc, 0.0), _LATEST), UTC)
    when = moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    header = f"<{facility * 8 + severity}>1 {when} {_name(compound, 255)} gridpost - {_name(row.what, 32)}"
    facts = {
        "seq": str(row.seq),
        "kind": row.kind,
        "what": row.what,
        "who": row.who.id,
        "subject": row.subject,
        "result": row.result,
        "head": row.head.hex() if row.head else "",
        "simulated": "1" if simulated else "",
    }
    told = " ".join(f'{name}="{_value(value)}"' for name, value in facts.items() if value)
    synced = f'[timeQuality tzKnown="1" isSynced="{int(row.trusted)}"]'
    start = f"{header} [{SD_ID} {told}]{synced} ".encode() + _BOM
    text = json.dumps(row.body, ensure_ascii=False, separators=(",", ":"), default=dict).encode()
    room = LONGEST_BYTES - len(start)
    if len(text) > room:
        text = text[: room - len(_CUT)].decode("utf-8", "ignore").encode() + _CUT
    return start + text


def framed(content: bytes) -> bytes:
    """A message on a stream: its length, a space, and itself (octet counting, RFC 5425, 4.3)."""
    return b"%d %b" % (len(content), content)


def _name(text: str, longest: int) -> str:
    """A word of the header: printable US-ASCII, "-" for nothing."""
    return _UNPRINTABLE.sub("_", text)[:longest] or "-"


def _value(text: str) -> str:
    """A value of structured data: quote, backslash and closing bracket are escaped (6.3.3)."""
    return _ESCAPED.sub(r"\\\1", text[:500])
