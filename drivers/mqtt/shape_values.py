"""How a profile says where a value stands in a message, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BeforeValidator, Field, model_validator

from drivers.contract import Kind
from drivers.entry import Entry
from drivers.mqtt.paths import Path
from drivers.product import RESERVED
from drivers.vocabulary import MEANINGS

Scalar: TypeAlias = bool | int | float | str
Which: TypeAlias = Annotated[int, Field(ge=0, le=4095)] | Literal["{number}", "{index}"]
"""A position: a number, or by a part's own number or position."""


def word(said: Any) -> str:
    """A scalar as a profile's map knows it: true and 1 and "x" are `true`, `1` and `x`."""
    if type(said) is str:
        return said
    if isinstance(said, bool):
        return "true" if said else "false"
    if isinstance(said, float) and said.is_integer():
        return str(int(said))
    return str(said)


def _words(written: Any) -> Any:
    return {word(key): value for key, value in written.items()} if isinstance(written, Mapping) else written


class Taken(Entry):
    """Where a value stands in a message and how it is read."""

    path: Path = ""
    """Left out: the whole of the message, or of the item of a list."""
    kind: Literal["real", "integer", "boolean", "text"] | None = None
    """Left out: what the map gives, boolean for a bit, real otherwise."""
    map: Annotated[Mapping[str, Scalar], BeforeValidator(_words)] = {}
    """What each thing that the device may write means. Anything else is bad, or `other`."""
    other: Scalar | None = None
    hex: bool = False
    """A whole number that is written as text of hex digits."""
    bit: Which | None = None
    """One bit of a whole number, 0 is the least significant."""
    char: Which | None = None
    """One character of a text, 0 is the first."""
    scale: Annotated[float, Field(ge=-1e6, le=1e6)] = 1
    offset: Annotated[float, Field(ge=-1e6, le=1e6)] = 0
    """value = number * scale + offset, exact as decimals."""
    invalid: tuple[Scalar, ...] = ()
    """What the device writes when it has no value."""
    low: float | None = None
    high: float | None = None
    """What the device can truthfully say; anything outside is bad."""

    @property
    def sort(self) -> Kind:
        """What sort of value it gives."""
        if self.kind is not None:
            return Kind(self.kind)
        if self.map:
            given = {type(value) for value in (*self.map.values(), *(() if self.other is None else (self.other,)))}
            return Kind.BOOLEAN if given == {bool} else Kind.TEXT if given == {str} else Kind.REAL
        return Kind.BOOLEAN if self.bit is not None else Kind.REAL

    @model_validator(mode="after")
    def _reads_one_thing(self) -> Taken:
        if self.bit is not None and self.char is not None:
            raise ValueError("`bit` is of a number and `char` of a text: give one of them")
        if self.other is not None and not self.map:
            raise ValueError("`other` is what stands in no `map`, and there is none")
        if self.scale == 0:
            raise ValueError("scale 0 would make every value the same")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise ValueError("low is above high")
        of_numbers = (self.scale != 1, self.offset, self.low is not None, self.high is not None)
        if self.sort not in (Kind.REAL, Kind.INTEGER) and any(of_numbers):
            raise ValueError(f"scale, offset, low and high belong to numbers, and this is {self.sort.value}")
        for value in (*self.map.values(), self.other):
            if value is not None and not _fits(value, self.sort):
                raise ValueError(f"the map gives {value!r}, which is not {self.sort.value}")
        if self.map and (self.scale != 1 or self.offset):
            raise ValueError("a map gives the value as it is: leave out scale and offset")
        if self.sort is Kind.INTEGER and not (float(self.scale).is_integer() and float(self.offset).is_integer()):
            raise ValueError("with this scale or offset it is no integer: make it `kind: real`")
        return self


def _fits(value: Scalar, sort: Kind) -> bool:
    if sort is Kind.BOOLEAN:
        return isinstance(value, bool)
    if sort is Kind.TEXT:
        return isinstance(value, str)
    return isinstance(value, int if sort is Kind.INTEGER else int | float) and not isinstance(value, bool)


class Heard(Taken):
    """A value in one kind of message."""

    message: str = Field(alias="from")
    """Which of `messages` brings it."""


class Measured(Heard):
    """One point of the product. `{port}.current` is one point for each part of the group `port`."""

    key: Annotated[str, Field(pattern=r"^(\{[a-z][a-z0-9_]*\}\.)?[a-z0-9_]+(\.[a-z0-9_]+)*$")]
    what: str = ""
    meaning: str = ""
    unit: str = ""
    deadband: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    """The change, in `unit`, below which a new number is not told to the destinations of telemetry. Alarms see it all the
    same."""
    also: tuple[Heard, ...] = ()
    """Other messages that bring it too, perhaps under another path."""

    @model_validator(mode="after")
    def _makes_sense(self) -> Measured:
        if self.meaning and self.meaning not in MEANINGS:
            raise ValueError(f"meaning {self.meaning!r} is not in the vocabulary: {', '.join(sorted(MEANINGS))}")
        if self.sort not in (Kind.REAL, Kind.INTEGER) and (self.unit or self.deadband):
            raise ValueError(f"unit and deadband belong to numbers, and this is {self.sort.value}")
        if any(each.sort is not self.sort for each in self.also):
            raise ValueError(f"every message must give it as {self.sort.value}")
        if self.key in RESERVED:
            raise ValueError(f"no point may be called {self.key!r}: that name has its own meaning in telemetry")
        return self


class Told(Taken):
    """A field of an event or a question."""

    secret: Literal["pickup", "tag"] | None = None
    """A pick-up code or a tag: it leaves the reader only as a keyed hash, never in clear."""
    value: Scalar | None = None
    """The same for all, without a path; `$part` is the part of which the message speaks."""
    default: Scalar | None = None
    """Where the message does not have it; left out: such a message is refused."""

    @property
    def sort(self) -> Kind:
        """What sort of value it gives."""
        return Kind.TEXT if self.secret is not None else super().sort


def _path_alone(written: Any) -> Any:
    """`$part` and a path may stand for themselves, the path for a text."""
    if not isinstance(written, str):
        return written
    return {"value": written} if written == "$part" else {"path": written, "kind": "text"}


Field_: TypeAlias = Annotated[Told, BeforeValidator(_path_alone)]
"""A field of an event or a question, or just the path of a text, or `$part`."""
