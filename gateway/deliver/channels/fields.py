"""Fields of what a stranger sent: read without trusting a shape, so that nothing hostile ever raises."""

from __future__ import annotations

import json
from typing import Any


def read_object(frame: str | bytes | None) -> dict[str, Any]:
    """A JSON object, {} for anything else: no JSON, too deep, a list."""
    if frame is None:
        return {}
    try:
        found = json.loads(frame)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def as_mapping(value: object) -> dict[str, Any]:
    """An object, {} for anything else."""
    return value if isinstance(value, dict) else {}


def as_text(value: object) -> str:
    """A text, "" for anything else."""
    return value if isinstance(value, str) else ""


def as_number(value: object) -> float | None:
    """A figure, as a number or in digits as some services write it; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 15:  # noqa: PLR2004 - a millisecond has 13
        return float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e15 else None  # noqa: PLR2004 - likewise; no inf, no nan
