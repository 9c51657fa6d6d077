"""Which lines a server means when it refuses some: found in its words where they are plain, else by halving."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from gateway.keep.lines import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.deliver.influx.answer import Answer

_DROPPED = re.compile(r"dropped=(\d+)\s*$")
_CONFLICT = re.compile(r'input field "(.*?)" on measurement "(.*?)" is type (\w+), already exists as type (\w+)')
_UNREADABLE = "unable to parse '"
_TOO_OLD = "beyond retention policy"
_TYPES = {bool: "boolean", int: "integer", float: "float", str: "string"}


def blamed(answer: Answer, lines: Sequence[bytes]) -> dict[int, str]:
    """The lines that the server means, by their number, with its words for each. Empty where that is not plain.

    InfluxDB quotes a line that it cannot read, names the field of a type conflict and counts what it dropped. Where the
    count does not fit the lines that could be meant, nobody is blamed.
    """
    if answer.blamed:
        return {i: answer.words for i in answer.blamed if 0 <= i < len(lines)}
    if len(lines) == 1:
        return {0: answer.words}
    if _UNREADABLE in answer.said:
        return _quoted(answer.said, lines)
    dropped = _DROPPED.search(answer.said)
    if dropped is None:
        return {}
    if (count := int(dropped[1])) == len(lines):
        meant: Sequence[int] = range(len(lines))
    elif conflict := _CONFLICT.search(answer.said):
        field, measurement, said_type, _ = conflict.groups()
        meant = [i for i, line in enumerate(lines) if _has(line, measurement, field, said_type)]
    elif _TOO_OLD in answer.said:
        meant = sorted(range(len(lines)), key=lambda i: _utc_ns(lines[i]))[:count]
    else:
        return {}
    return dict.fromkeys(meant, answer.words) if len(meant) == count else {}


def _quoted(said: str, lines: Sequence[bytes]) -> dict[int, str]:
    """Errors as InfluxDB 1.x and 2.x write them one below the other: unable to parse 'LINE': missing tag key."""
    number = {line.decode("utf-8", "replace"): i for i, line in enumerate(lines)}
    found: dict[int, str] = {}
    for quoted in said.split(_UNREADABLE)[1:]:
        end = quoted.find("': ")
        while end >= 0 and quoted[:end] not in number:
            end = quoted.find("': ", end + 1)
        if end >= 0:
            found[number[quoted[:end]]] = "unable to parse: " + " ".join(_DROPPED.sub("", quoted[end + 3 :]).split())
    return found


def _has(line: bytes, measurement: str, field: str, said_type: str) -> bool:
    try:
        parsed = parse(line)
    except ValueError:
        return False
    value: Any = parsed.fields.get(field)
    return parsed.measurement == measurement and _TYPES.get(type(value)) == said_type


def _utc_ns(line: bytes) -> int:
    try:
        return int(line[line.rindex(b" ") :])
    except ValueError:
        return 0
