"""Topics and payloads: what stands in docs/mqtt.md, in code. No input or output.

`gridpost/xingfuli/telemetry/b3u1`: `{"t":1732226400123,"v":{"door1.open":true},"q":{"temperature":"bad: out of range"}}`
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from gateway.deliver.outlet import ALARM, COMMAND, EVENT
from gateway.keep.qualities import in_words

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from drivers.contract import Fault, Json, Value
    from gateway.model import LogRow

MILLISECOND_NS = 1_000_000
NULL = b":null"
"""What `to_json` makes of a value that is no number of JSON; in a text it only costs a second look."""
SIMULATED = "【模拟】"
PERSONAL = frozenset({"actor", "card", "code", "credential", "person", "tag"})
"""What tells of a person in an event's body: it never leaves the box this way."""

OURS = "remote_unlock"
"""The event whose `ref` is a command's number; any other's is an index of a table of people, or the end of a card's hash."""


class Topics:
    """Where everything goes."""

    def __init__(self, root: str, compound: str) -> None:
        self._stem = f"{root}/{compound}"
        self.online = f"{self._stem}/gateway/online"

    def telemetry(self, device: str) -> str:
        """A device's readings as they come."""
        return f"{self._stem}/telemetry/{device}"

    def late(self, device: str) -> str:
        """A device's readings that had to wait."""
        return f"{self._stem}/telemetry/{device}/late"

    def record(self, lane: str, name: str | int) -> str:
        """An alarm by its number, or a device's commands or events."""
        return f"{self._stem}/{lane}/{name}"


class Payloads:
    """What is said. Everything of a simulated compound is marked so."""

    def __init__(self, *, simulated: bool) -> None:
        self._simulated = simulated
        self._end = b',"simulated":true}' if simulated else b"}"
        self._body_of: dict[str, Callable[[Mapping[str, Any]], dict[str, Json]]] = {
            ALARM: self._alarm,
            COMMAND: _command,
            EVENT: _event,
        }

    def readings(self, utc_ns: int, values: Mapping[str, Value], faults: Mapping[str, Fault] | None) -> bytes:
        """Readings of one device. What is no value, or no number of JSON, is left out; of a bad point there is its fault."""
        qualities = b',"q":' + to_json({key: said(fault) for key, fault in faults.items()}) if faults else b""
        told = _json(values)
        if NULL in told:
            told = _json({key: value for key, value in values.items() if _sayable(value)})
        return b'{"t":%d,"v":%b%b%b' % (utc_ns // MILLISECOND_NS, told, qualities, self._end)

    def online(self, *, online: bool) -> bytes:
        """Whether the gateway is there: retained, and the will."""
        return b'{"online":%b%b' % (b"true" if online else b"false", self._end)

    def record(self, lane: str, row: LogRow) -> tuple[str | int, bytes]:
        """A row of the journal: the last level of its topic, and what is said."""
        body = {"t": round(row.utc * 1000), "seq": row.seq, **self._body_of[lane](row.body)}
        if self._simulated:
            body["simulated"] = True
        name = row.body["alarm"]["number"] if lane == ALARM else row.subject
        return name, to_json(body, inf_nan_mode="null")

    def _alarm(self, body: Mapping[str, Any]) -> dict[str, Json]:
        alarm = body["alarm"]
        place = alarm["place"]
        why = (
            f"{alarm['rule']} {alarm['source']}: {alarm['why']}"
            if alarm["why"]
            else f"{alarm['rule']} {alarm['source']}"
        )
        return {
            "change": body["change"],
            "number": alarm["number"],
            "rule": alarm["rule"],
            "source": alarm["source"],
            "device": alarm["device"],
            "priority": alarm["priority"],
            "building": place["building"],
            "unit": place["unit"],
            "grid": place["grid"],
            "active": alarm["active"],
            "acked": alarm["acked"],
            "latched": alarm["latched"],
            "suppression": alarm["suppression"],
            "occurrences": alarm["occurrences"],
            "value": None if isinstance(alarm["value"], str) else alarm["value"],
            "since": round(alarm["since_utc"] * 1000),
            "text": f"{SIMULATED}{why}" if self._simulated else why,
        }


def _json(values: Mapping[str, Value]) -> bytes:
    try:
        return to_json(values, inf_nan_mode="null")
    except ValueError:  # half a surrogate pair: JSON in UTF-8 has none
        return to_json({key: _encodable(value) for key, value in values.items()}, inf_nan_mode="null")


def _sayable(value: Value) -> bool:
    return value is not None and (type(value) is not float or math.isfinite(value))


def _encodable(value: Value) -> Value:
    return value.encode(errors="replace").decode() if isinstance(value, str) else value


def said(fault: Fault) -> str:
    """A fault in words: `bad: out of range`."""
    return in_words("", fault).strip()


def _command(body: Mapping[str, Any]) -> dict[str, Json]:
    """An ended command, without who asked for it."""
    return {key: body[key] for key in ("id", "name", "outcome", "confirmed", "why")}


def _event(body: Mapping[str, Any]) -> dict[str, Json]:
    measured = body["measured_utc"]
    hidden = PERSONAL if body["kind"] == OURS else PERSONAL | {"ref"}
    return {
        "epoch": body["epoch"],
        "sequence": body["sequence"],
        "kind": body["kind"],
        "body": {key: value for key, value in body["body"].items() if key not in hidden},
        "measured": None if measured is None else round(measured * 1000),
    }
