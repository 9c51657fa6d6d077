"""Receivers as the judgement knows them, and which of them an alarm may be about."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.model import Place

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(slots=True)
class Receiver:
    """One receiver. `down`: its link is lost, as far as is known; `since_ns`: when that or its deafness was found."""

    id: str
    line: str
    place: Place
    usual: set[str] = field(default_factory=set)
    down: bool = False
    deaf: bool = False
    blind: bool = False
    why: str = ""
    since_ns: int = 0


def groups(receivers: Iterable[Receiver]) -> Iterator[tuple[str, list[Receiver]]]:
    """All that an alarm may be about: lines, buildings and single receivers, the widest first."""
    lines: dict[str, list[Receiver]] = {}
    buildings: dict[str, list[Receiver]] = {}
    for one in receivers:
        lines.setdefault(one.line, []).append(one)
        buildings.setdefault(one.place.building, []).append(one)
    for line, members in lines.items():
        if len(members) > 1:
            yield line, members
    for building, members in buildings.items():
        if building and len(members) > 1:
            yield f"building:{building}", members
    for members in lines.values():
        for one in members:
            yield one.id, [one]


def where(source: str, members: list[Receiver]) -> tuple[str, Place]:
    """The device and the place of an alarm: one receiver's own, or what several share."""
    if source == members[0].id:
        return source, members[0].place
    shared = {(one.place.building, one.place.grid) for one in members}
    building, grid = members[0].place.building, members[0].place.grid
    return "", Place(building=building, grid=grid) if len(shared) == 1 else Place()
