"""What an InfluxDB says to a write, and what follows from it.

    204 it is stored | 400, 422 some lines are not taken | 413 too much at once | 401, 403, 404 and the like: only a
    person can cure it | 429, 503 and all others: time may

Read off the documentation of 1.x, 2.x and 3, and for 1.x off the running server (docs/influxdb.md).
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

LONGEST_PAUSE_SECONDS = 300.0
"""The most that a server's own wish to be left alone is followed."""

WORDS_LIMIT = 300
"""Characters of a server's words that people get to see."""

_ABOUT_LINES = re.compile(
    r"parse|write|dropped|line|point|field|tag|measurement|timestamp|series|retention", re.IGNORECASE
)
"""What a refusal of lines speaks of. Another 400, such as "org not found", says nothing against any line."""

_LATER = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS})
_FIRST_SERVER_ERROR = 500


class Verdict(Enum):
    """What follows from an answer."""

    STORED = "stored"
    LINES = "lines"
    """It refuses lines; which ones is for us to find out."""
    TOO_LARGE = "too large"
    REFUSED = "refused"
    LATER = "later"


class Answer(NamedTuple):
    """An answer to a write. `blamed` are the numbers of the lines, from 0, that the server itself names (InfluxDB 3)."""

    status: int
    said: str = ""
    """All that it said, for finding out what it means."""
    of_influx: bool = False
    """Whether it said it in the form of an InfluxDB, and not of something that stands in between."""
    pause_seconds: float = 0.0
    """How long it wishes to be left alone."""
    blamed: tuple[int, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """What follows."""
        match self.status:
            case HTTPStatus.NO_CONTENT:
                return Verdict.STORED
            case HTTPStatus.BAD_REQUEST | HTTPStatus.UNPROCESSABLE_ENTITY if self.of_influx and _about_lines(self):
                return Verdict.LINES
            case HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
                return Verdict.TOO_LARGE
            case status if status in _LATER or status >= _FIRST_SERVER_ERROR:
                return Verdict.LATER
        return Verdict.REFUSED

    @property
    def words(self) -> str:
        """What it said, for people: one line, not too long."""
        line = " ".join("".join(c if c.isprintable() else " " for c in self.said[: 4 * WORDS_LIMIT]).split())
        return line if len(line) <= WORDS_LIMIT else line[: WORDS_LIMIT - 1] + "…"


def _about_lines(answer: Answer) -> bool:
    return bool(answer.blamed) or _ABOUT_LINES.search(answer.said) is not None


def answer(status: int, headers: Mapping[str, str], body: bytes, utc: float) -> Answer:
    """Read an answer; nothing in it can make this fail. `utc` is the time now, for a pause that is told as a date."""
    text = body.decode("utf-8", "replace")
    said, blamed = _influx_error(text)
    return Answer(
        status,
        text if said is None else said,
        said is not None,
        _pause(headers.get("Retry-After", ""), utc),
        blamed,
    )


def _influx_error(text: str) -> tuple[str | None, tuple[int, ...]]:
    """The sentence of an InfluxDB's error and the lines that it names; None for what is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None, ()
    if not isinstance(found, dict):
        return None, ()
    # 1.x and 3: {"error": "..."}; 2.x: {"code": "invalid", "message": "..."}
    sentence = found.get("error", found.get("message"))
    if not isinstance(sentence, str):
        return None, ()
    lines = [row for row in _rows(found.get("data")) if type(row.get("line_number")) is int]
    sentences = [sentence, *(str(row["error_message"]) for row in lines if "error_message" in row)]
    return ": ".join(sentences[:2]), tuple(row["line_number"] - 1 for row in lines)


def _rows(data: Any) -> list[dict[str, Any]]:
    """The refused lines of a partial write of InfluxDB 3: [{"line_number": 2, "error_message": "..."}]."""
    return [row for row in data if isinstance(row, dict)] if isinstance(data, list) else []


def _pause(told: str, utc: float) -> float:
    """Retry-After, in seconds or as a date (RFC 9110, 10.2.3); 0 where it is not to be understood."""
    try:
        seconds = float(told)
    except ValueError:
        try:
            date = parsedate_to_datetime(told)
        except (ValueError, IndexError, TypeError, OverflowError):
            return 0.0
        seconds = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - utc
    return min(LONGEST_PAUSE_SECONDS, max(0.0, seconds)) if not math.isnan(seconds) else 0.0
