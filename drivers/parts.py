"""A product's like parts: what is written once for `{door}` becomes one point and one command for each door.

A wanted state with `parts` stays one: which of its parts a level names is known only when it is wanted. What confirms it is
spread over all of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from drivers.control import CommandProfile, Confirm, WantProfile, WriteFrame
from drivers.entry import ADDRESSES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from drivers.findings import Location
    from drivers.product import Profile, Quantity

OFFSET = "offset"
"""The number that every part must have: how many `step`s its addresses lie above the first part's."""

MASK = "mask"
"""The number by which a wanted state with `parts` names some of them: their masks together."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """Something wrong with what stands at a location of the profile's file."""

    at: Location
    what: str


@dataclass(frozen=True, slots=True)
class Spread:
    """A profile without braces. `origins` says for each point where in the file it was written."""

    profile: Profile
    origins: tuple[Location, ...]
    complaints: tuple[Complaint, ...]


def spread(written: Profile) -> Spread:
    """Give every part its own points and commands. Complains about groups and parts that do not exist or collide."""
    complaints = list(_odd_parts(written))
    points: list[Quantity] = []
    origins: list[Location] = []
    for index, quantity in enumerate(written.points):
        at: Location = ("points", index)
        for part, numbers in _members(written, quantity.key, (*at, "key"), complaints):
            address = quantity.address + quantity.step * numbers.get(OFFSET, 0)
            if address + quantity.count > ADDRESSES:
                complaints.append(Complaint((*at, "address"), f"with the offset of {part} it reaches beyond 65535"))
                continue
            key = _named(quantity.key, part)
            points.append(quantity.model_copy(update={"key": key, "address": address}))
            origins.append(at)

    commands: dict[str, CommandProfile] = {}
    for name, command in written.commands.items():
        at = ("commands", name)
        for part, numbers in _members(written, name, at, complaints):
            spread_name = _named(name, part)
            if spread_name in commands:
                complaints.append(Complaint(at, f"there are two commands {spread_name!r}"))
            for word in sorted(numbers.keys() & command.arguments.keys()):
                what = f"the argument {word!r} has the name of a number of {part}"
                complaints.append(Complaint((*at, "arguments", word), what))
            try:
                commands[spread_name] = _for_part(command, part, numbers)
            except ValidationError as error:
                what = "; ".join(detail["msg"].removeprefix("Value error, ") for detail in error.errors())
                complaints.append(Complaint((*at, "write"), f"for {part}: {what}"))
    wants = {name: _confirmed_by_each(written, name, want, complaints) for name, want in written.wants.items()}
    profile = written.model_copy(update={"points": tuple(points), "commands": commands, "wants": wants})
    return Spread(profile, tuple(origins), tuple(complaints))


def _odd_parts(written: Profile) -> Iterator[Complaint]:
    seen: set[str] = set()
    for group, parts in written.parts.items():
        for part, numbers in parts.items():
            at = ("parts", group, part)
            if not part.isidentifier() or part != part.lower():
                yield Complaint(at, "a part is named in lower case letters, digits and _")
            if part in seen:
                yield Complaint(at, f"there are two parts {part!r}")
            seen.add(part)
            if OFFSET not in numbers:
                yield Complaint(at, "a part needs `offset`, 0 or more")


def _members(
    written: Profile, name: str, at: Location, complaints: list[Complaint]
) -> Iterator[tuple[str, Mapping[str, int]]]:
    """The parts over which a name spreads; a name without braces stands for the device as a whole."""
    if not name.startswith("{"):
        yield "", {}
        return
    group = name[1 : name.index("}")] if "}" in name else ""
    if group not in written.parts:
        known = ", ".join(sorted(written.parts)) or "none"
        complaints.append(Complaint(at, f"there is no group of parts {group!r}; groups under `parts`: {known}"))
        return
    yield from written.parts[group].items()


def _confirmed_by_each(written: Profile, name: str, want: WantProfile, complaints: list[Complaint]) -> WantProfile:
    at: Location = ("wants", name)
    if want.parts and want.parts not in written.parts:
        known = ", ".join(sorted(written.parts)) or "none"
        complaints.append(Complaint((*at, "parts"), f"there is no group of parts {want.parts!r}; known: {known}"))
        return want
    for part, numbers in written.parts.get(want.parts, {}).items():
        if MASK not in numbers and f"${MASK}" in want.write.values:
            what = f"needs `mask`: by it the wanted state {name} names this part"
            complaints.append(Complaint(("parts", want.parts, part), what))
    points: dict[str, bool | int | float | str] = {}
    for key, value in want.confirm.points.items():
        group = key[1 : key.find("}")] if key.startswith("{") else want.parts
        if group != want.parts:
            what = f"{key} is of the parts {group!r}, and the wanted state of {want.parts or 'the device as a whole'}"
            complaints.append(Complaint((*at, "confirm", "points"), what))
            continue
        members = written.parts[group] if key.startswith("{") else ("",)
        points |= {_named(key, part): value for part in members}
    confirm = Confirm(points=points, within_seconds=want.confirm.within_seconds)
    return want.model_copy(update={"confirm": confirm})


def _named(name: str, part: str) -> str:
    return part + name[name.index("}") + 1 :] if name.startswith("{") else name


def _for_part(command: CommandProfile, part: str, numbers: Mapping[str, int]) -> CommandProfile:
    if not part:
        return command
    write = command.write
    values = tuple(numbers.get(value[1:], value) if isinstance(value, str) else value for value in write.values)
    # validated again: the part's numbers may not fit the function, nor its addresses the map
    frame: dict[str, Any] = {
        "function": write.function,
        "address": write.address + write.step * numbers.get(OFFSET, 0),
        "values": values,
    }
    points = {_named(key, part): value for key, value in command.confirm.points.items()}
    confirm = Confirm(points=points, within_seconds=command.confirm.within_seconds)
    return command.model_copy(update={"write": WriteFrame(**frame), "confirm": confirm})
