"""The contactors that cut whole rooms: told to open when a stop there is not proved, and proved by their own contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.decide.chargers.holds import CUT
from gateway.decide.chargers.stop import Phase
from gateway.model import NANOSECONDS, Now, Outcome, Remember

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.decide.chargers.grounds import Grounds
    from gateway.decide.chargers.holds import Holds
    from gateway.decide.rules import Contactor

PROOF_NS = 5 * NANOSECONDS
"""A contactor that has not shown open within this did not open."""

_CUT = "charging_cut:"


@dataclass(slots=True)
class Cut:
    """A contactor that was told to open."""

    device: str
    part: str
    at: Now
    phase: Phase = Phase.ORDERED

    @property
    def name(self) -> str:
        """Of the contactor: "device/part"."""
        return f"{self.device}/{self.part}"


class Contactors:
    """The rooms that are cut."""

    def __init__(self, remembered: Mapping[str, Json], grounds: Grounds, holds: Holds) -> None:
        self._grounds = grounds
        self._holds = holds
        self.cut: dict[str, Cut] = {}
        """By room."""
        self.changed: dict[str, None] = {}
        """The rooms of which something is to be remembered."""
        for name, body in remembered.items():
            if name.startswith(_CUT):
                device, part, at, phase = body
                self.cut[name.removeprefix(_CUT)] = Cut(device, part, Now(*at), Phase(phase))

    def of(self, room: str) -> Contactor | None:
        """What cuts a room, None where only hands do."""
        rules = self._grounds.rooms.get(room)
        return rules.contactor if rules is not None else None

    def order(self, room: str, now: Now) -> bool:
        """Cut a room. False: it is cut already, or cannot be."""
        contactor = self.of(room)
        if contactor is None or room in self.cut:
            return False
        self.cut[room] = Cut(contactor.device, contactor.part, now)
        self._holds.put(contactor.device, contactor.part, CUT)
        self.changed[room] = None
        return True

    def put(self, room: str, phase: Phase) -> None:
        """So far is that now."""
        self.cut[room].phase = phase
        self.changed[room] = None

    def release(self, room: str) -> None:
        """The contactor may be closed again; by whom, is a person's business."""
        if (cut := self.cut.pop(room, None)) is not None:
            self._holds.drop(cut.device, cut.part, CUT)
            self.changed[room] = None

    def closed(self, room: str) -> bool | None:
        """What its contact says, None where that is not known now."""
        point = self._grounds.contactors.get(room)
        if point is None or point.device.down:
            return None
        value, sure = point.group.seen(point.index)
        return value if sure and isinstance(value, bool) else None

    def open_since(self, room: str, since_ns: int) -> bool:
        """Whether its contact says open, by an answer that came later than that."""
        point = self._grounds.contactors.get(room)
        return point is not None and point.group.heard_ns > since_ns and self.closed(room) is False

    def opened(self, room: str, now: Now) -> bool:
        """Whether a room that was cut shows open since."""
        at = self.cut[room].at
        return self.open_since(room, at.boottime_ns if at.boot_id == now.boot_id else 0)

    def flush(self) -> list[Outcome]:
        """What is to be remembered."""
        out: list[Outcome] = []
        for room in self.changed:
            cut = self.cut.get(room)
            out.append(
                Remember(_CUT + room, None if cut is None else [cut.device, cut.part, [*cut.at], cut.phase.value])
            )
        self.changed.clear()
        return out
