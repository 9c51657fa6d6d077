"""Everything about the mains, joined: which areas are without, what that explains, and the box's own battery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.decide.power.areas import areas, building_of, grid_of
from gateway.decide.power.box import Box
from gateway.decide.power.children import Children
from gateway.decide.power.cuts import Cuts
from gateway.decide.power.dark import Dark, Sign
from gateway.decide.power.fallen import Fallen, FallenDoors
from gateway.decide.power.wording import sentence
from gateway.decide.rules import POWER_CUT
from gateway.model import NANOSECONDS, Outcome, Place

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from drivers.contract import Json
    from gateway.decide.known import Known
    from gateway.decide.power.dark import Source
    from gateway.decide.watches import Watches
    from gateway.model import Now, Said

SETTLED_NS = 10 * NANOSECONDS
AGAIN_NS = 60 * NANOSECONDS
"""People are told again of a cut whose doors or buildings changed: when that has stood for 10 s, and at most once a minute."""


class Power:
    """The mains' side of the judgement; `known` and `watches` are shared with the rest of it. `adopt` comes first.

    Nothing here switches anything. Devices are looked at once a second, so that a report costs nothing more.
    """

    def __init__(self, remembered: Mapping[str, Json], known: Known, watches: Watches, _now: Now) -> None:
        self.box = Box(remembered, known, watches)
        """The battery of this box, and whether the stores are to be closed."""
        self._known = known
        self._watches = watches
        self._dark = Dark(known)
        self._cuts = Cuts(remembered)
        self._children = Children(known, watches, self.box)
        self._fallen = FallenDoors()
        self._areas: dict[str, tuple[str, ...]] = {}
        self._told: dict[str, _Telling] = {}

    # ------------------------------------------------------------ reading

    @property
    def areas(self) -> Mapping[str, Sequence[str]]:
        """The areas without mains with their buildings: "building:b3", "grid:g1" or "compound"."""
        return self._areas

    @property
    def next_ns(self) -> int | None:
        """Nothing here has a deadline of its own: `sweep` looks once a second."""
        return None

    def fallen(self, area: str) -> Sequence[Fallen]:
        """The doors of an area that stand open for lack of power."""
        telling = self._told.get(area)
        return () if telling is None else telling.doors

    # ------------------------------------------------------------ what comes in

    def adopt(self, now: Now) -> list[Outcome]:
        """Take the rules in force. What is dark stays so until it shows otherwise."""
        self._dark.adopt(self._cuts.members, now.boottime_ns)
        self._areas = areas(self._cuts.buildings, self._cuts.wide)
        self._join(now)
        self._children.adopt()
        return []

    def follow(self, outcomes: Sequence[Said], now: Now) -> Sequence[Said]:
        """People are spared what a cut explains. To be called after all who raise alarms, and before all who tell people."""
        return self._children.follow(outcomes, now)

    # ------------------------------------------------------------ time

    def sweep(self, now: Now) -> Iterator[Outcome]:
        """Once a second: who is without mains, and what people are to be told of it."""
        yield from self.box.look(now)
        self._dark.look(now.boottime_ns)
        grids = self._known.rules.power.grids
        yield from self._cuts.look(self._dark, grids, now, box_dark=self.box.on_battery is True)
        before, self._areas = self._areas, areas(self._cuts.buildings, self._cuts.wide)
        if before or self._areas:
            self._join(now)
            yield from self._tell(before, now)
        yield from self._children.look(now)

    def wake(self, _now: Now) -> Iterable[Outcome]:
        """Nothing: see `next_ns`."""
        return ()

    def checkpoint(self, _now: Now) -> Iterable[Outcome]:
        """Nothing runs that a restart would lengthen."""
        return ()

    # ------------------------------------------------------------ telling

    def _join(self, now: Now) -> None:
        self._children.areas = self._areas
        self._children.began_utc = min(
            (building.since_utc for building in self._cuts.buildings.values()), default=now.utc
        )

    def _tell(self, before: Mapping[str, Collection[str]], now: Now) -> Iterator[Outcome]:
        for area, buildings in self._areas.items():
            doors = self._fallen.among(self._members(buildings), now)
            telling = self._told.setdefault(area, _Telling())
            changed = telling.look(doors, buildings, now.boottime_ns)
            why = sentence(
                area, doors, buildings, self._unheard(buildings), self.box.in_words(), self._known.rules.power.names
            )
            yield from self._say(area, why, now, abnormal=True)
            if changed and self._watches.book.active(f"{POWER_CUT}@{area}"):
                yield from self._watches.book.updated(f"{POWER_CUT}@{area}", why, now)
        for area in before.keys() - self._areas.keys():
            self._told.pop(area, None)
            yield from self._say(area, "", now, abnormal=False)
        if not self._areas:
            self._fallen.forget()

    def _say(self, area: str, why: str, now: Now, *, abnormal: bool) -> list[Outcome]:
        rules, building = self._known.rules.power, building_of(area)
        if building:
            place = Place(building, grid=rules.grids.get(building, ""))
        else:
            place = Place(name=rules.names.get(area, ""), grid=grid_of(area))
        return self._watches.say(POWER_CUT, area, "", place, abnormal=abnormal, why=why, now=now)

    def _members(self, buildings: Iterable[str]) -> Iterator[Source]:
        for building in buildings:
            members = self._cuts.buildings[building].members
            yield from (one for one in self._dark.of_building.get(building, ()) if one.device.id in members)

    def _unheard(self, buildings: Iterable[str]) -> list[str]:
        """The buildings whose receivers are all lost: nobody hears their detectors."""
        found = []
        for building in buildings:
            receivers = [one for one in self._dark.of_building.get(building, ()) if one.device.rules.receiver]
            if receivers and all(one.sign is Sign.LOST for one in receivers):
                found.append(building)
        return found


class _Telling:
    """What people were last told of an area, so that they are told again when it matters and not more often."""

    __slots__ = ("_since_ns", "_told", "_told_ns", "doors", "seen")

    def __init__(self) -> None:
        self.doors: tuple[Fallen, ...] = ()
        self.seen: tuple[object, object] | None = None
        self._told: tuple[object, object] | None = None
        self._since_ns = self._told_ns = 0

    def look(self, doors: tuple[Fallen, ...], buildings: tuple[str, ...], now_ns: int) -> bool:
        """Whether it is time to tell again."""
        self.doors = doors
        seen = (doors, buildings)
        if seen != self.seen:
            self.seen, self._since_ns = seen, now_ns
        if self._told is None:  # the alarm itself tells it first
            self._told, self._told_ns = seen, now_ns
        if seen == self._told or now_ns - self._since_ns < SETTLED_NS or now_ns - self._told_ns < AGAIN_NS:
            return False
        self._told, self._told_ns = seen, now_ns
        return True
