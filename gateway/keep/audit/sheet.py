"""Rows of the audit as CSV: for a spreadsheet, and for whoever computes the chain anew."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.keep.audit.reading import AuditRow

COLUMNS: Final = (
    "seq", "time", "trusted", "who_id", "who", "what", "subject", "reason", "result", "erased", "head", "body",
)  # fmt: skip


def cells(row: AuditRow, body: Mapping[str, Json]) -> tuple[str, ...]:
    """A row; `body` is what may be told of its body. No cell begins a formula where a spreadsheet opens the file."""
    told = json.dumps(body, ensure_ascii=False, separators=(",", ":"), default=dict)
    found = (
        str(row.seq), moment(row.utc), str(row.trusted).lower(), row.who.id, row.who.name, row.what, row.subject, row.reason,
        row.result, str(row.erased).lower(), row.head.hex() if row.head else "", told,
    )  # fmt: skip
    return tuple(f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell for cell in found)


def moment(utc: float) -> str:
    """Seconds since 1970 as ISO 8601 in UTC; a clock gone mad is shown as the nearest year that can be written."""
    return datetime.fromtimestamp(min(max(utc, 0.0), 253_402_300_799.0), UTC).isoformat(timespec="milliseconds")
