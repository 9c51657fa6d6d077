"""The parts of an MQTT product: ports and compartments, each with its number and its place among the device's groups."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from drivers.mqtt.paths import MARKS
from drivers.mqtt.shape import DEVICE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drivers.contract import Json
    from drivers.findings import Location
    from drivers.mqtt.shape import MqttProfile

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_RANGE: Final = re.compile(r"([a-z][a-z_]*)(\d{1,4})\.\.([a-z][a-z_]*)(\d{1,4})")
_NUMBER_AT_THE_END: Final = re.compile(r"\d{1,6}$")
MOST_PARTS: Final = 512

NUMBER: Final = "number"
"""What a part's facts call its number, where it is not the one at the end of its name."""


class OddParts(Exception):
    """Parts that cannot be told apart, with where in the file they stand."""

    def __init__(self, at: Location, what: str) -> None:
        self.at = at
        self.what = what
        super().__init__(what)


@dataclass(frozen=True, slots=True)
class Part:
    """One part. `number` is how the device counts it, `index` its position in its group from 0.

    `at` says which of `Device.groups` has its points.
    """

    name: str
    group: str
    number: int
    index: int
    at: int
    facts: Mapping[str, Json] = field(compare=False)


def spread_parts(profile: MqttProfile) -> dict[str, tuple[Part, ...]]:
    """The parts of each group, in the order of the file. Raises OddParts."""
    found: dict[str, tuple[Part, ...]] = {}
    seen: set[str] = set()
    for group, written in profile.parts.items():
        if group in (DEVICE, *MARKS):
            raise OddParts(("parts", group), f"{group!r} has a meaning of its own: name the group otherwise")
        members: list[Part] = []
        for each, facts in written.items():
            at: Location = ("parts", group, each)
            for name in _names(each, at):
                if name in seen:
                    raise OddParts(at, f"there are two parts {name!r}")
                seen.add(name)
                if len(seen) > MOST_PARTS:
                    raise OddParts(at, f"there are more than {MOST_PARTS} parts")
                at_the_end = _NUMBER_AT_THE_END.search(name)
                number = facts.get(NUMBER, int(at_the_end[0]) if at_the_end else len(members) + 1)
                if (
                    not isinstance(number, int)
                    or isinstance(number, bool)
                    or number in {part.number for part in members}
                ):
                    raise OddParts(at, "`number` is a whole number, and another for each part of a group")
                members.append(Part(name, group, number, len(members), len(seen), facts))
        if not members:
            raise OddParts(("parts", group), "has no parts")
        found[group] = tuple(members)
    return found


def _names(written: str, at: Location) -> Iterator[str]:
    """A part's name, or those of `p01..p12`."""
    if ".." not in written:
        if not _NAME.fullmatch(written):
            raise OddParts(at, "a part is named in lower case letters, digits and _")
        yield written
        return
    ends = _RANGE.fullmatch(written)
    if ends is None or ends[1] != ends[3] or len(ends[2]) != len(ends[4]) or int(ends[2]) > int(ends[4]):
        raise OddParts(at, "is no range of parts: write it as p01..p12")
    for number in range(int(ends[2]), int(ends[4]) + 1):
        yield f"{ends[1]}{number:0{len(ends[2])}}"


def named(key: str, part: str) -> str:
    """`{port}.on` of the part p01 is `p01.on`."""
    return part + key[key.index("}") + 1 :] if key.startswith("{") else key


def group_of(key: str) -> str:
    """The group of `{port}.on`, "" for the device as a whole."""
    return key[1 : key.index("}")] if key.startswith("{") and "}" in key else ""
