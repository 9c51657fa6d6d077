"""How a profile tells a product's messages apart, and what happens, is asked and is acknowledged by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from drivers.entry import Entry
from drivers.mqtt.paths import Path, steps
from drivers.mqtt.shape_orders import Publish
from drivers.mqtt.shape_values import Field_, Scalar, Told

Word: TypeAlias = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


def _is_filter(topic: str) -> str:
    levels = topic.split("/")
    if topic.count("{topic}") != 1 or "{topic}" not in levels:
        raise ValueError("holds `{topic}`, the device's own topic, once and as whole levels")
    if "#" in topic or any("+" in level and level != "+" for level in levels):
        raise ValueError("may hold `+` for a whole level, and no `#`")
    if topic.count("+") > 1 or "+" in topic[: topic.index("{")]:
        raise ValueError("may hold one `+`, behind `{topic}`")
    return topic


def _is_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("is no time zone: write it as Asia/Shanghai") from None
    return name


class Clock(Entry):
    """Where the device's time stands, and how it is written."""

    path: Path
    written: Literal["iso", "local", "unix", "unix_ms"] = Field(default="iso", alias="as")
    """iso: with Z or an offset. local: "2026-11-21 18:05:09" in `zone`. unix, unix_ms: seconds or milliseconds since 1970."""
    zone: Annotated[str, AfterValidator(_is_zone)] = "Asia/Shanghai"


class Envelope(Entry):
    """What stands around the data of every JSON message. A path that is named must be there, but for that of the time."""

    expect: Mapping[Path, Scalar] = {}
    """What must stand there, such as the version of the schema."""
    id: Path = ""
    boot: Path = ""
    """Another one after each start of the device."""
    seq: Path = ""
    """Counts the messages of one boot."""
    time: Clock | None = None
    sure: Mapping[Path, Scalar] = {}
    """What stands there when the device vouches for its time; with anything else the time is an estimate."""
    data: Path = ""
    """Where the data stands; all paths of points, events and the rest begin there."""

    @model_validator(mode="after")
    def _counts_within_a_boot(self) -> Envelope:
        if bool(self.boot) != bool(self.seq):
            raise ValueError("`boot` and `seq` belong together")
        return self


class PartNamed(Entry):
    """By what a message, or each item of a list in it, names the part that it speaks of."""

    group: str
    """Which group of `parts`."""
    path: str
    """Where the part stands. Or `$key` and `$position` of the item; `$level`, what stands for `+` in the topic; `$only`, the
    one part of a group that has no more."""
    by: Literal["name", "number"] = "name"
    """Whether it is the part's name or its number."""


class Message(Entry):
    """One kind of message."""

    topic: Annotated[str, AfterValidator(_is_filter)]
    qos: Literal[0, 1] = 1
    format: Literal["json", "text"] = "json"
    """text: the whole payload is one word, such as ON."""
    when: Mapping[Path, Scalar] = {}
    """What stands in this kind of message and in no other on its topic."""
    envelope: bool = True
    """false: it comes without the product's envelope."""
    each: Path | None = None
    """A list or object with an item for each part; points of parts begin at their item."""
    part: PartNamed | None = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Message:
        way = self.part.path if self.part is not None else ""
        if self.each is not None and self.part is None:
            raise ValueError("`each` needs `part`: by what an item names its part")
        if way in ("$key", "$position") and self.each is None:
            raise ValueError(f"{way} is of an item, and there is no `each`")
        if way == "$level" and "+" not in self.topic:
            raise ValueError("$level is what stands for `+` in the topic, and there is none")
        if way in ("$position", "$only") and self.part is not None and self.part.by != "name":
            raise ValueError(f"{way} is neither a name nor a number: leave out `by`")
        if way == "$only" and self.each is not None:
            raise ValueError("$only is the one part, and `each` speaks of several")
        if way and not way.startswith("$"):
            steps(way)
        if self.format == "text" and (self.when or self.each is not None or way not in ("", "$level", "$only")):
            raise ValueError(
                "a text has nothing in it: leave out `when`, `each` and `part`, but for `$level` or `$only`"
            )
        return self


class Happening(Entry):
    """Something that happened once: which message says it, and what of it is kept."""

    kind: Word
    message: str = Field(alias="from")
    body: Mapping[Word, Field_] = {}


class Asking(Entry):
    """A question of the device: it waits for the answer before it acts."""

    kind: Word
    message: str = Field(alias="from")
    body: Mapping[Word, Field_] = {}
    correlation: Path = ""
    """Where it stands what the answer must repeat; left out: the envelope's `id`."""
    answer: Publish
    refusal: Publish | None = None
    """What is published instead when the answer is no; left out: the same with `$ok` false."""


class Acknowledging(Entry):
    """By which message the device says that it took an order or refused it."""

    message: str = Field(alias="from")
    id: Path = ""
    """Where the number of the order stands; left out: it is for the oldest order that waits."""
    ok: Told = Told(value=True)
    why: Path = ""


class Alive(Entry):
    """The message that the broker publishes when the device is gone, and the device when it is back."""

    message: str = Field(alias="from")
    path: Path = ""
    online: tuple[Scalar, ...] = ("online",)
    offline: tuple[Scalar, ...] = ("offline",)
