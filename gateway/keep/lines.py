"""Readings as InfluxDB line protocol: what the outbox holds and what destinations get byte for byte.

    acp1-2door,building=b3,compound=xingfuli,device=b3u1,grid=g1 door1.open=t,supply_voltage=13.62 1732226400123456789

One line is one told sample of one poll group (docs/telemetry.md). What the protocol cannot carry is written as something
that it can: a backslash in a name as `/` (at a name's end it would swallow the comma behind it), a control character as
a space (VictoriaMetrics loses a line with a newline in a string), an empty name as `-`. All else comes back exactly.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from drivers.contract import Kind

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from drivers.contract import Point, Value

FAULTS = "faults"
"""The field that tells of qualities: `temperature bad: out of range;door1.open good`."""

HOUSE = "gridpost"
"""The measurement of the gateway's own numbers; it alone has no tag `device`."""

NOWHERE = "-"
"""A tag's value where there is none: line protocol knows no empty one."""

TAGS = ("building", "compound", "device", "grid", "simulated")
"""Every tag that a measurement of readings has, in this order; the last one only in a simulated compound."""

Said: TypeAlias = bool | int | float | str
"""What a field can hold."""

INT64_LOW, INT64_HIGH = -(2**63), 2**63 - 1

_BOOLEAN, _INTEGER, _REAL = Kind.BOOLEAN, Kind.INTEGER, Kind.REAL
_CONTROLS = dict.fromkeys([*range(0x20), 0x7F], " ")
_NAME = str.maketrans({**{chr(c): r"\ " for c in _CONTROLS}, "\\": "/", " ": r"\ ", ",": r"\,", "=": r"\="})
_MEASUREMENT = str.maketrans({**{chr(c): r"\ " for c in _CONTROLS}, "\\": "/", " ": r"\ ", ",": r"\,"})
_STRING = str.maketrans({**{chr(c): " " for c in _CONTROLS}, "\\": r"\\", '"': r"\""})


class Tags(NamedTuple):
    """Where a device stands; all of them ids, never names for people."""

    building: str
    compound: str
    device: str
    grid: str
    simulated: bool


def escape_tag(text: str) -> bytes:
    """A tag's key or value."""
    return text.translate(_NAME).encode(errors="replace") or NOWHERE.encode()


def escape_key(text: str) -> bytes:
    """A field's key."""
    return escape_tag(text)


def escape_measurement(text: str) -> bytes:
    """A measurement's name. One that begins with `#` would be a comment: `-` stands for it."""
    escaped = text.translate(_MEASUREMENT).encode(errors="replace") or NOWHERE.encode()
    return b"-" + escaped[1:] if escaped.startswith(b"#") else escaped


def quote(text: str) -> bytes:
    """A string field's value, with its quotes."""
    return b'"%b"' % text.translate(_STRING).encode(errors="replace")


def field_value(value: Said) -> bytes:
    """A value by its own type; empty for a number that InfluxDB cannot hold."""
    if isinstance(value, str):
        return quote(value)
    if type(value) is bool:
        return b"t" if value else b"f"
    if type(value) is int:
        return b"%di" % value if INT64_LOW <= value <= INT64_HIGH else b""
    return repr(value).encode() if math.isfinite(value) else b""


def prefix(measurement: str, tags: Mapping[str, str]) -> bytes:
    """Measurement and tags with the space behind them; `tags` in the order in which they are to stand."""
    written = [b",%b=%b" % (escape_tag(key), escape_tag(value)) for key, value in tags.items()]
    return b"%b%b " % (escape_measurement(measurement), b"".join(written))


def line_of(head: bytes, fields: Mapping[str, Said], utc_ns: int) -> tuple[bytes, int, int]:
    """A line of whatever fields behind a `prefix`, how many values it holds, and how many numbers it could not hold."""
    written = [(key, value) for key, said in fields.items() if (value := field_value(said))]
    if not written:
        return b"", 0, len(fields)
    body = b",".join([b"%b=%b" % (escape_key(key), value) for key, value in written])
    return b"%b%b %d\n" % (head, body, utc_ns), len(written), len(fields) - len(written)


class LineForm:
    """The lines of one poll group of one device: everything that stays the same is written once."""

    __slots__ = ("_fields", "_prefix")

    def __init__(self, product: str, tags: Tags, fields: Fields) -> None:
        marked = {**dict(zip(TAGS, tags[:-1], strict=False)), **({"simulated": "true"} if tags.simulated else {})}
        self._prefix = prefix(product, marked)
        self._fields = fields

    def line(
        self, indices: Sequence[int], values: Sequence[Value], faults_said: str, utc_ns: int
    ) -> tuple[bytes, int, int]:
        """The line of the points at `indices`, how many values it holds, and how many numbers it could not hold.

        The line ends with its newline; it is empty where nothing could be written. A value of None has no field.
        """
        fields, unwritable = self._fields.write(indices, values)
        points = len(fields)
        if faults_said:
            fields.append(b"faults=" + quote(faults_said))
        elif not points:
            return b"", 0, unwritable
        return b"%b%b %d\n" % (self._prefix, b",".join(fields), utc_ns), points, unwritable


class Fields:
    """How the points of a poll group are written. Devices of one product share it."""

    __slots__ = ("__weakref__", "_heads", "_kinds", "_truths", "points")

    def __init__(self, points: Sequence[Point]) -> None:
        self.points = points
        self._kinds = tuple(point.kind for point in points)
        self._heads = tuple(b"%b=" % escape_key(point.key) for point in points)
        self._truths = tuple((b"%bf" % head, b"%bt" % head) for head in self._heads)

    def write(self, indices: Sequence[int], values: Sequence[Value]) -> tuple[list[bytes], int]:
        """The fields of the points at `indices`, and how many values are none that InfluxDB can hold.

        Each point keeps its field's type for ever (a second one would be refused): a value that is not of the point's
        kind counts as unwritable, a whole number of a REAL point becomes a float.
        """
        kinds, heads = self._kinds, self._heads
        written: list[bytes] = []
        unwritable = 0
        for i in indices:
            value = values[i]
            kind = kinds[i]
            if kind is _BOOLEAN and (value is True or value is False):
                written.append(self._truths[i][value])
            elif kind is _REAL and type(value) is float and value - value == 0.0:  # neither NaN nor infinite
                written.append(heads[i] + repr(value).encode())
            elif kind is _INTEGER and type(value) is int and INT64_LOW <= value <= INT64_HIGH:
                written.append(b"%b%di" % (heads[i], value))
            elif value is not None:
                field = self._seldom(i, value)
                if field:
                    written.append(field)
                else:
                    unwritable += 1
        return written, unwritable

    def _seldom(self, i: int, value: Said) -> bytes:
        """A text, or a whole number of a REAL point; empty for a value that is not of the point's kind."""
        if self._kinds[i] is Kind.TEXT:
            return self._heads[i] + quote(value) if isinstance(value, str) else b""
        if self._kinds[i] is not _REAL or type(value) is not int:
            return b""
        try:
            return self._heads[i] + repr(float(value)).encode()
        except OverflowError:
            return b""


# ---------------------------------------------------------------- and back


class ParsedLine(NamedTuple):
    """A line in words."""

    measurement: str
    tags: dict[str, str]
    fields: dict[str, Said]
    utc_ns: int


class Told(NamedTuple):
    """What a line of a batch tells. `device` is "" in a line of the gateway's own numbers (`house`)."""

    device: str
    fields: dict[str, Said]
    faults: str
    utc_ns: int
    house: bool


_NAME_PATTERN = rb"(?:[^\\, =\n]|\\[, =])+"
_VALUE_PATTERN = rb'"(?:[^"\\\n]|\\["\\])*"|t|f|-?\d+i|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?'
_TAG = re.compile(rb",(%b)=(%b)" % (_NAME_PATTERN, _NAME_PATTERN))
_FIELD = re.compile(rb"(%b)=(%b)(?:,|$)" % (_NAME_PATTERN, _VALUE_PATTERN))
_LINE = re.compile(
    rb"((?:[^\\, \n]|\\[, ])+)((?:,%b=%b)*) ((?:%b=(?:%b),)*%b=(?:%b)) (-?\d+)\n?"
    % (_NAME_PATTERN, _NAME_PATTERN, _NAME_PATTERN, _VALUE_PATTERN, _NAME_PATTERN, _VALUE_PATTERN)
)
_ESCAPED = re.compile(rb'\\([, ="\\])')
_BACKSLASH = ord("\\")
_TRUTH = {b"t": True, b"f": False}
_REMEMBERED = 8192
"""Written fields that a reader remembers before it starts anew."""


def parse(line: bytes) -> ParsedLine:
    """The inverse of all that is written here. Raises ValueError for what nobody here would write."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError(f"not a line as Gridpost writes it: {line[:200]!r}")
    measurement, tags, fields, utc_ns = found.groups()
    return ParsedLine(
        _text(measurement),
        {_text(key): _text(value) for key, value in _TAG.findall(tags)},
        {_text(key): _value(value) for key, value in _FIELD.findall(fields)},
        int(utc_ns),
    )


class BatchReader:
    """Reads whole batches of ours: what a device's line looks like is learnt once, and so is `door1.open=t`."""

    def __init__(self) -> None:
        self.unreadable = 0
        """Lines that nobody here would write; they were passed over."""
        self._device_of = _Devices()
        self._fields = _KnownFields()

    def read(self, plain: bytes) -> Iterator[Told]:
        """What each line of an uncompressed batch tells, in its order."""
        device_of, known = self._device_of, self._fields
        for line in plain.split(b"\n"):
            if not line:
                continue
            try:
                end = line.rindex(b" ")
                cut = line.index(b" ")
                while line[cut - 1] == _BACKSLASH:
                    cut = line.index(b" ", cut + 1)
                device = device_of[line[:cut]]
                body = line[cut + 1 : end]
                if b'"' in body or b"\\" in body:
                    fields = parse(line).fields
                else:
                    fields = dict([known[field] for field in body.split(b",")])
                utc_ns = int(line[end:])
            except ValueError:
                self.unreadable += 1
                continue
            faults = fields.pop(FAULTS, "")
            yield Told(device, fields, str(faults), utc_ns, not device)


class _Devices(dict[bytes, str]):
    """Which device the head of a line (measurement and tags) is of; "" for the gateway's own numbers."""

    def __missing__(self, head: bytes) -> str:
        parsed = parse(head + b" f=t 0")
        device = self[head] = parsed.tags.get("device", "")
        return device


class _KnownFields(dict[bytes, tuple[str, Said]]):
    """Fields without strings, by how they are written. Truth values come back for ever, numbers for a while."""

    def __missing__(self, written: bytes) -> tuple[str, Said]:
        key, _, value = written.partition(b"=")
        if len(self) >= _REMEMBERED:
            self.clear()
        field = self[written] = (_text(key), _value(value))
        return field


def _text(escaped: bytes) -> str:
    return _ESCAPED.sub(rb"\1", escaped).decode()


def _value(written: bytes) -> Said:
    if written in _TRUTH:
        return _TRUTH[written]
    if written.endswith(b"i"):
        return int(written[:-1])
    return _text(written[1:-1]) if written.startswith(b'"') else float(written)
