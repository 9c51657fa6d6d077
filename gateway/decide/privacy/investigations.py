"""Assistance to an investigation 协助调查: two persons, one document, one slice of the past, and no more than that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.actor import Role
from gateway.decide.doubt import surely_ahead
from gateway.model import Recorded, Refused, Remember
from gateway.privacy import (
    INVESTIGATION,
    LONGEST_SECONDS,
    AskInvestigation,
    ConfirmInvestigation,
    Investigation,
    InvestigationState,
    RefuseInvestigation,
    ReleaseInvestigation,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.actor import Actor
    from gateway.decide.known import Known
    from gateway.model import Now, Outcome
    from gateway.privacy import InvestigationAct

NUMBER = "investigation_number"
"""The number of the next one."""

MAY_ASSIST = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
"""Both of the two persons."""

_KIND = INVESTIGATION.removesuffix(":")
_ENDS = {
    RefuseInvestigation: (InvestigationState.ASKED, InvestigationState.REFUSED),
    ReleaseInvestigation: (InvestigationState.CONFIRMED, InvestigationState.RELEASED),
}


class Investigations:
    """All that were ever asked for, by id, the oldest first. `known` is shared with the rest of the judgement."""

    def __init__(self, remembered: Mapping[str, Json], known: Known) -> None:
        self._known = known
        several = [Investigation.from_json(body) for key, body in remembered.items() if key.startswith(INVESTIGATION)]
        self.all = {each.id: each for each in sorted(several, key=lambda each: _number(each.id))}
        # a rescued journal may have lost the next number
        last = max(map(_number, self.all), default=0)
        self._next = max(int(remembered.get(NUMBER) or 1), last + 1)

    def act(self, act: InvestigationAct, now: Now) -> list[Outcome]:
        """Allow or refuse."""
        if act.actor.role not in MAY_ASSIST:
            return [Refused(act, "role", f"{act.actor.role.value} may not do this")]
        if isinstance(act, AskInvestigation):
            return self._ask(act, now)
        known = self.all.get(act.investigation)
        if known is None:
            return [Refused(act, "investigation_unknown", f"there is no investigation {act.investigation}")]
        if not self._sees(act.actor, known.devices):
            return [Refused(act, "grid", "this is not in your grid")]
        if isinstance(act, ConfirmInvestigation):
            return self._confirm(act, known, now)
        before, after = _ENDS[type(act)]
        return self._end(act, known, before, after, now)

    def _ask(self, act: AskInvestigation, now: Now) -> list[Outcome]:
        wrong = _wrong_in(act, now)
        if unknown := [place for place in act.places if not self._devices_at(place)]:
            wrong.append(("places_wrong", f"there is no building and no device {', '.join(unknown)}"))
        if wrong:
            return [Refused(act, code, why) for code, why in wrong]
        devices = tuple(dict.fromkeys(device for place in act.places for device in self._devices_at(place)))
        if not self._sees(act.actor, devices):
            return [Refused(act, "grid", "this is not in your grid")]
        asked = Investigation(
            f"i{self._next}",
            InvestigationState.ASKED,
            act.body.strip(),
            act.document.strip(),
            tuple(dict.fromkeys(act.places)),
            devices,
            act.from_utc,
            act.to_utc,
            act.reason.strip(),
            act.actor.name,
            act.actor.id,
            now.utc,
        )
        self._next += 1
        return [Remember(NUMBER, self._next), *self._put(asked, act.actor, "asked", asked.reason)]

    def _confirm(self, act: ConfirmInvestigation, known: Investigation, now: Now) -> list[Outcome]:
        if refused := _not_in(act, known, InvestigationState.ASKED):
            return [refused]
        if act.actor.id == known.asked_by_id:
            return [Refused(act, "second_person", "a second person confirms it, not the one who asked")]
        confirmed = replace(
            known,
            state=InvestigationState.CONFIRMED,
            confirmed_by=act.actor.name,
            confirmed_by_id=act.actor.id,
            confirmed_utc=now.utc,
        )
        return self._put(confirmed, act.actor, "confirmed", known.reason)

    def _end(
        self,
        act: RefuseInvestigation | ReleaseInvestigation,
        known: Investigation,
        before: InvestigationState,
        after: InvestigationState,
        now: Now,
    ) -> list[Outcome]:
        if refused := _not_in(act, known, before):
            return [refused]
        if not act.reason.strip():
            return [Refused(act, "reason_needed", "this needs a reason")]
        reason = act.reason.strip()
        ended = replace(known, state=after, ended_by=act.actor.name, ended_utc=now.utc, why_ended=reason)
        return self._put(ended, act.actor, after.value, reason)

    def _put(self, investigation: Investigation, actor: Actor, what: str, reason: str) -> list[Outcome]:
        self.all[investigation.id] = investigation
        body: dict[str, Json] = {
            "what": what,
            "by": actor.id,
            "reason": reason,
            "body": investigation.body,
            "document": investigation.document,
            "places": list(investigation.places),
            "from_utc": investigation.from_utc,
            "to_utc": investigation.to_utc,
        }
        return [
            Remember(INVESTIGATION + investigation.id, investigation.to_json()),
            Recorded(_KIND, investigation.id, body, actor.name),
        ]

    def _devices_at(self, place: str) -> list[str]:
        """A device by its id, or all devices of a building."""
        devices = self._known.rules.devices
        if place in devices:
            return [place]
        return [device for device, rules in devices.items() if place and rules.place.building == place]

    def _sees(self, actor: Actor, devices: tuple[str, ...]) -> bool:
        known = self._known.rules.devices
        grids = {known[device].place.grid for device in devices if device in known}
        return not actor.grids or grids - {""} <= actor.grids


def _wrong_in(act: AskInvestigation, now: Now) -> list[tuple[str, str]]:
    """What is wrong with the wish by itself: a code and a sentence for each thing, of the window the first."""
    fields = (
        (act.body.strip(), "body_missing", "which body asks?"),
        (act.document.strip(), "document_missing", "by which document? Its number is needed"),
        (act.places, "places_missing", "for which places?"),
        (act.reason.strip(), "reason_needed", "this needs a reason"),
    )
    window = (
        (act.from_utc < act.to_utc, "window_empty", "the window ends before it begins"),
        (act.to_utc - act.from_utc <= LONGEST_SECONDS, "window_long", "the window is longer than 31 days"),
        (not surely_ahead(act.to_utc, now), "window_future", "the window ends in the future"),
    )
    wrong_window = [(code, why) for sound, code, why in window if not sound]
    return [*((code, why) for said, code, why in fields if not said), *wrong_window[:1]]


def _not_in(act: InvestigationAct, known: Investigation, state: InvestigationState) -> Refused | None:
    if known.state is state:
        return None
    return Refused(act, "investigation_over", f"investigation {known.id} is {known.state.value}")


def _number(investigation: str) -> int:
    return int(investigation[1:])
