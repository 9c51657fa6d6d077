"""Lockers and chargers in the numbers of the first screen; counted once a second while somebody watches."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from gateway.decide.chargers.stop import Phase
from gateway.parcels import CompartmentState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.decide.chargers.stop import Stop
    from gateway.serve.charging_keeper import ChargingKeeper
    from gateway.serve.layout import Layout
    from gateway.serve.locker_keeper import LockerKeeper
    from gateway.serve.views import Body, Scope


_WAITING: Final = (CompartmentState.OVERDUE, CompartmentState.FORCED)
"""What a locker waits for somebody with."""


def in_numbers(lockers: LockerKeeper, chargers: ChargingKeeper, layout: Layout, scope: Scope) -> Body:
    """The lockers and the charging of these grids: `lockers` and `charging` of the overview."""
    waiting = [known for known in lockers.compartments.values() if known.state in _WAITING]
    seen = frozenset(cabinet for cabinet in layout.lockers if not scope or layout.grid_of(cabinet) in scope)
    states = Counter(known.state for known in waiting if known.cabinet in seen)
    charging = len(chargers.sessions)
    if scope:
        charging = sum(layout.grid_of(session.device) in scope for session in chargers.sessions.values())
    stops = [ports for stop in chargers.stops.values() if (ports := ports_seen(stop, layout, scope))]
    return {
        "lockers": {state.value: states[state] for state in _WAITING},
        "charging": {
            "charging": charging,
            "stops": len(stops),
            "not_stopped": sum(phase is Phase.NOT_STOPPED for ports in stops for _, phase in ports),
        },
    }


def ports_seen(stop: Stop, layout: Layout, scope: Scope) -> list[tuple[str, Phase]]:
    """The ports of a stop in these grids with how far it is at each; a stop without any is not to be seen."""
    return [
        (port, phase)
        for port, phase in stop.ports.items()
        if not scope or layout.grid_of(port.partition("/")[0]) in scope
    ]


def worst_phase(phases: Iterable[Phase]) -> Phase:
    """How far all of them are together: proved when every one is."""
    found = set(phases)
    return next((phase for phase in (Phase.NOT_STOPPED, Phase.ORDERED) if phase in found), Phase.PROVED)
