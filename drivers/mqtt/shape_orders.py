"""How a profile says what is published to a device: orders, answers and wanted states."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from drivers.contract import ACTS
from drivers.entry import Entry
from drivers.mqtt.shape_values import Scalar
from drivers.mqtt.template import fillers

_TOPIC_FILLERS: Final = frozenset({"part", "number"})


def _is_topic(topic: str) -> str:
    levels = topic.split("/")
    if topic.count("{topic}") != 1 or "{topic}" not in levels:
        raise ValueError("holds `{topic}`, the device's own topic, once and as whole levels")
    if "+" in topic or "#" in topic:
        raise ValueError("is a topic to publish on: no + and no #")
    named = fillers(topic) - _TOPIC_FILLERS
    if named:
        raise ValueError(f"may hold $part and $number only, and not {', '.join(f'${name}' for name in sorted(named))}")
    return topic


class Publish(Entry):
    """One message to the device; never retained.

    In `json`, a text that is nothing but a filler becomes its value, and one that holds fillers a text with them filled in:
    "$part", "$number" and "$index" of the part; "$parts" and "$numbers" of all parts that are meant; "$id", the order's number;
    "$until" and "$until_ms", until when it counts, in unix time; "$name", an argument. "$$" is a dollar sign.
    """

    topic: Annotated[str, AfterValidator(_is_topic)]
    qos: Literal[0, 1] = 1
    data: Any = Field(default=None, alias="json")
    text: Annotated[str, Field(max_length=200)] | None = None
    """The payload as it is, without fillers."""
    expires_seconds: Annotated[int, Field(ge=1, le=60)] = 5
    """After this the broker may not deliver it any more (MQTT 5)."""

    @model_validator(mode="after")
    def _one_payload(self) -> Publish:
        if (self.text is None) == (self.data is None):
            raise ValueError("give either `json` or `text`")
        return self

    @property
    def fillers(self) -> frozenset[str]:
        """The names of all fillers in it."""
        return fillers(self.topic) | fillers(self.data)


class Argument(Entry):
    """What a person may say with a command."""

    kind: Literal["number", "boolean", "text"] = "number"
    unit: str = ""
    scale: Annotated[float, Field(gt=0)] = 1
    """The message gets value / scale."""
    low: float = 0
    high: float = 1
    choices: tuple[str, ...] = ()
    """The only texts that may be said; left out: any up to 40 characters."""
    default: Scalar | None = None

    def checked(self, value: Any) -> Any:
        """What goes into the message; raises ValueError with a sentence for a value that may not be said."""
        value = self.default if value is None else value
        if self.kind == "boolean":
            if not isinstance(value, bool):
                raise ValueError("must be true or false")
            return value
        if self.kind == "text":
            if not isinstance(value, str) or not _ARGUMENT.fullmatch(value):
                raise ValueError("must be a text of at most 40 printable characters")
            if self.choices and value not in self.choices:
                raise ValueError(f"must be one of {', '.join(self.choices)}")
            return value
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValueError("must be a number")  # noqa: TRY004  one kind of error for the caller
        if not self.low <= value <= self.high:
            raise ValueError(f"must be from {self.low:g} to {self.high:g}{' ' + self.unit if self.unit else ''}")
        found = value / self.scale
        return int(found) if found == int(found) else found


_ARGUMENT: Final = re.compile("[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]{0,40}")


class Shown(Entry):
    """Points and the values that they must show before the device is believed; a value may be `$name`, an argument."""

    points: Mapping[str, Scalar]
    within_seconds: Annotated[float, Field(gt=0, le=60)] = 3


class Ordering(Entry):
    """A command: what is published, once, and by what it is believed. `{port}.stop` is one command for each port."""

    what: str = ""
    arguments: Mapping[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Argument] = {}
    publish: Publish
    acknowledged: bool = False
    """Whether the device answers it by one of `acks`."""
    confirm: Shown | None = None
    idempotent: bool = False
    """Whether doing it twice is harmless."""
    acts_as: str = ""
    """What it does to people: a word of `drivers.contract.ACTS`, or "" for what no rule of the house speaks of."""

    @model_validator(mode="after")
    def _is_believed_by_something(self) -> Ordering:
        if self.acts_as and self.acts_as not in ACTS:
            raise ValueError(f"acts_as {self.acts_as!r} is none of {', '.join(sorted(ACTS))}")
        if self.confirm is None and not self.acknowledged:
            raise ValueError("nothing would show whether it was done: give `confirm`, or `acknowledged: true`")
        return self


class Holding(Entry):
    """A level to be reached and held for some parts of a group.

    `hold` goes out for the parts that are meant, `release` for the others: once for each part where it names one ("$part",
    "$number"), and once for all where it names all ("$parts", "$numbers") or none.
    """

    what: str = ""
    parts: str
    hold: Publish
    release: Publish | None = None
    """Left out: nothing has to be said for a part to be used again."""
    shown_by: Mapping[str, Scalar]
    again_seconds: Annotated[float, Field(ge=0.5, le=60)] = 2
