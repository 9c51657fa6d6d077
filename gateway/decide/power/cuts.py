"""Which buildings are without mains, from when on, and until when. Pure but for its own memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.decide.power.areas import WIDE_FROM, wide_area
from gateway.decide.power.dark import Sign
from gateway.model import NANOSECONDS, Outcome, Remember

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from drivers.contract import Json
    from gateway.decide.power.dark import Dark, Source
    from gateway.model import Now

WINDOW_NS = 120 * NANOSECONDS
"""What fails within 2 minutes of each other has one cause (domain rule)."""

GATHER_NS = 8 * NANOSECONDS
"""So long the first sign waits for others: mains that a transfer switch brings back within seconds are no cut."""

JOIN_NS = 2 * NANOSECONDS
"""Once a building is known to be dark, others wait for so long only, and it waits for them: a wave of failures is one alarm."""

GATHER_LIMIT_NS = 10 * NANOSECONDS
"""Nobody waits longer: after so long people hear of a lost line."""

WITNESSES = 2
"""So many devices of a building must be dark: one alone has lost its own supply."""

RETURN_NS = 120 * NANOSECONDS
"""So long after the first that is back may the others take to start, before what is still dark is its own trouble."""

_CUTS = "power_cuts"


@dataclass(slots=True)
class DarkBuilding:
    """A building without mains: the devices that showed it, and since when the first of them is back (boot time, 0: none)."""

    since_utc: float
    members: set[str] = field(default_factory=set)
    back_ns: int = 0


class Cuts:
    """The dark buildings, and the wide area that they are one cut of ("" while each stands for itself)."""

    def __init__(self, remembered: Mapping[str, Json]) -> None:
        said = remembered.get(_CUTS) or {}
        self.buildings: dict[str, DarkBuilding] = {
            building: DarkBuilding(body["since_utc"], set(body["members"]))
            for building, body in said.get("buildings", {}).items()
        }
        self.wide: str = said.get("wide", "")

    @property
    def members(self) -> frozenset[str]:
        """All devices that showed a cut that stands."""
        return frozenset(member for building in self.buildings.values() for member in building.members)

    def look(self, dark: Dark, grids: Mapping[str, str], now: Now, *, box_dark: bool) -> list[Outcome]:
        """Judge every building by what its devices show now; what changed is remembered."""
        before = self._written()
        for building in [building for building in self.buildings if building not in dark.of_building]:
            del self.buildings[building]  # a reload took it away
        fresh = {building: _fresh(sources, now.boottime_ns) for building, sources in dark.of_building.items()}
        saying = [building for building, sources in fresh.items() if any(s.sign is Sign.SAID for s in sources)]
        many = len(set(saying) | self.buildings.keys()) >= WIDE_FROM
        begins: dict[str, list[Source]] = {}
        for building, sources in fresh.items():
            if (standing := self.buildings.get(building)) is not None:
                standing.members.update(source.device.id for source in sources)
                self._judge_return(building, standing, dark, now)
            elif sources and (building in saying or box_dark) and (many or len(sources) >= WITNESSES):
                begins[building] = sources
        self._begin(begins, now)
        self.wide = wide_area(self.buildings.keys(), grids, self.wide)
        after = self._written()
        return [] if after == before else [Remember(_CUTS, after if self.buildings else None)]

    def _begin(self, begins: Mapping[str, Sequence[Source]], now: Now) -> None:
        dark_ns = {
            building: now.boottime_ns - min(source.since_ns for source in sources)
            for building, sources in begins.items()
        }
        first_ns = max(dark_ns.values(), default=0)
        coming = any(each < JOIN_NS for each in dark_ns.values()) and first_ns < GATHER_LIMIT_NS
        if coming or not (self.buildings or first_ns >= GATHER_NS):
            return
        for building, sources in begins.items():
            if dark_ns[building] >= JOIN_NS:
                since_utc = now.utc - dark_ns[building] / NANOSECONDS
                self.buildings[building] = DarkBuilding(since_utc, {source.device.id for source in sources})

    def _judge_return(self, building: str, standing: DarkBuilding, dark: Dark, now: Now) -> None:
        """The mains are back when all show it, or the first did so long ago and no two still say otherwise."""
        members = [source for source in dark.of_building[building] if source.device.id in standing.members]
        out = [source for source in members if source.sign is not None]
        if len(out) == len(members):
            standing.back_ns = 0 if members else now.boottime_ns
        elif not standing.back_ns:
            standing.back_ns = now.boottime_ns
        waited = bool(standing.back_ns) and now.boottime_ns - standing.back_ns >= RETURN_NS
        if not out or (waited and sum(source.sign is Sign.SAID for source in out) < WITNESSES):
            del self.buildings[building]

    def _written(self) -> Json:
        return {
            "wide": self.wide,
            "buildings": {
                building: {"since_utc": dark.since_utc, "members": sorted(dark.members)}
                for building, dark in self.buildings.items()
            },
        }


def _fresh(sources: Sequence[Source], now_ns: int) -> list[Source]:
    """Those that went dark within the window."""
    return [source for source in sources if source.sign is not None and now_ns - source.since_ns <= WINDOW_NS]
