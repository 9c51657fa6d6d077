"""Which detectors somebody goes to: those that are named, or those of a building, an entrance, some floors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model import Outcome, Recorded
from gateway.serve.detector_asks import DETECTORS, DetectorsBody
from gateway.serve.detector_search import Wanted
from gateway.serve.problems import Problem, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gateway.serve.asks import Ask
    from gateway.serve.layout import DetectorPlace
    from gateway.serve.views import Body


def chosen(ask: Ask, body: DetectorsBody) -> tuple[str, ...]:
    """The detectors that are meant, in the order of the walk. Raises Problem for none, and for one that may not be seen."""
    if bool(body.detectors) is bool(body.building):
        raise Problem(409, "which_detectors", "give either detectors or a building")
    listed = ask.house.detectors
    for detector in body.detectors:
        if listed.place(ask.scope, detector) is None:
            raise unknown("detector", detector)
    found = body.detectors or tuple(
        place.device
        for place in listed.search.among(ask.scope, Wanted(body.building, body.entrance))
        if _fits(place, body)
    )
    if not found:
        raise Problem(409, "no_detectors", "there is no such detector in this building that you may see")
    if len(found) > DETECTORS:
        raise Problem(409, "too_many_detectors", f"these are {len(found)} detectors: at most {DETECTORS} at a time")
    return found


def begun(outcomes: Iterable[Outcome], kind: str) -> str:
    """The id of what has just begun, as its record has it."""
    return next(outcome.subject for outcome in outcomes if isinstance(outcome, Recorded) and outcome.kind == kind)


def sees_all(ask: Ask, detectors: Iterable[str]) -> bool:
    """Whether all of these are in the actor's grids."""
    grid_of = ask.house.hub.views.layout.grid_of
    return not ask.scope or all(grid_of(detector) in ask.scope for detector in detectors)


def where(ask: Ask, detector: str) -> Body:
    """Where a detector is; one that has left the configuration is known by its id alone."""
    place = ask.house.hub.views.layout.detectors.get(detector)
    return ask.house.detectors.where(place) if place is not None else _nowhere(detector)


def _fits(place: DetectorPlace, body: DetectorsBody) -> bool:
    return (
        (not body.kinds or place.kind in body.kinds)
        and (body.floor_from is None or place.floor >= body.floor_from)
        and (body.floor_to is None or place.floor <= body.floor_to)
    )


def _nowhere(detector: str) -> Body:
    nothing = dict.fromkeys(("building", "building_name", "entrance", "flat"), "")
    return {"id": detector, "kind": None, **nothing, "floor": 0, "name": detector}
