"""Fire release: which buildings stand released, and what their controllers are to hold.

A wanted state, not a command: no role, schedule, expiry or rate limit is asked before it (rule 1 of the house; GB 55024-2022
5.3.6, GB 50116-2013 4.10.3). It begins with the alarm of a rule that `releases` and ends when a person resets that alarm, which
takes a normal panel: the alarm latches, and an active one cannot be reset. The hard-wired link stays primary; ending the wanted
state never locks a door, it only stops holding the release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import WantedState
from gateway.model import AlarmChanged, Change, Outcome, Remember, Want

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from drivers.contract import Json
    from gateway.decide.rules import Rules

FIRE_RELEASE = "fire_release"

_RELEASED = "fire_release:"


class FireRelease:
    """Which buildings stand released, by the keys of the alarms that hold them so."""

    def __init__(self, remembered: Mapping[str, Json]) -> None:
        self._holding: dict[str, set[str]] = {
            key.removeprefix(_RELEASED): set(alarms) for key, alarms in remembered.items() if key.startswith(_RELEASED)
        }

    def follow(self, outcomes: Iterable[Outcome], rules: Rules, releasing: frozenset[str]) -> Iterator[Outcome]:
        """What alarms of the rules `releasing` mean for the doors of their buildings."""
        for outcome in outcomes:
            if not isinstance(outcome, AlarmChanged) or outcome.alarm.rule not in releasing:
                continue
            alarm = outcome.alarm
            zone = _zone(alarm.place.building, alarm.device)
            holding = self._holding.setdefault(zone, set())
            if outcome.change is Change.RAISED:
                holding.add(alarm.key)
                yield Remember(_RELEASED + zone, sorted(holding))
                yield from _want(zone, rules, level=True)
            elif outcome.change is Change.RESET:
                holding.discard(alarm.key)
                yield Remember(_RELEASED + zone, sorted(holding) or None)
                if not holding:
                    yield from _want(zone, rules, level=None)

    def again(self, rules: Rules) -> Iterator[Outcome]:
        """Say everything that stands once more: after a start, and to devices that a reload brought."""
        for zone, holding in self._holding.items():
            if holding:
                yield from _want(zone, rules, level=True)


def _zone(building: str, device: str) -> str:
    """A building; or, for a device that belongs to none, the device alone."""
    return f"building:{building}" if building else f"device:{device}"


def _want(zone: str, rules: Rules, *, level: bool | None) -> Iterator[Outcome]:
    for device, known in rules.devices.items():
        if FIRE_RELEASE in known.wants and _zone(known.place.building, device) == zone:
            yield Want(device, WantedState(FIRE_RELEASE, level))
