"""`Privacy`: whose data it is. Assistance to investigations, and persons who are forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.actor import Role
from gateway.decide.privacy.investigations import Investigations
from gateway.model import Recorded, Refused
from gateway.permit import Standing
from gateway.privacy import ErasePerson

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json
    from gateway.decide.incidents.incidents import Incidents
    from gateway.decide.known import Known
    from gateway.decide.permits.permits import Permits
    from gateway.model import Now, Said
    from gateway.privacy import Investigation, PrivacyAct

ERASURE = "erasure"
"""The kind of the log row that says that a person was forgotten: by whom, why and how much; its subject is his mark."""

MAY_ERASE = frozenset({Role.ADMINISTRATOR})


class Privacy:
    """See the module. `permits` and `incidents` are the parts in which persons are named; they change by their own hand."""

    def __init__(self, remembered: Mapping[str, Json], known: Known, permits: Permits, incidents: Incidents) -> None:
        self._permits = permits
        self._incidents = incidents
        self._investigations = Investigations(remembered, known)

    @property
    def investigations(self) -> Mapping[str, Investigation]:
        """All that were ever asked for, by id, the oldest first."""
        return self._investigations.all

    def act(self, act: PrivacyAct, now: Now) -> list[Said]:
        """Allow or refuse."""
        return self._erase(act, now) if isinstance(act, ErasePerson) else [*self._investigations.act(act, now)]

    def _erase(self, act: ErasePerson, now: Now) -> list[Said]:
        if refused := self._wrong(act):
            return [refused]
        several = [self._permits.permits[one] for one in act.permits]
        names = {permit.name for permit in several} - {""}
        incidents = self._incidents.forget(names, act.actor, now)
        told: dict[str, Json] = {"what": "erased", "by": act.actor.id, "permits": len(several)}
        told |= {"incidents": sum(isinstance(each, Recorded) for each in incidents), "reason": act.reason.strip()}
        said = Recorded(ERASURE, act.person, told, act.actor.name)
        return [*self._permits.erase(several), *incidents, said]

    def _wrong(self, act: ErasePerson) -> Refused | None:
        known = self._permits.permits
        if act.actor.role not in MAY_ERASE:
            return Refused(act, "role", f"{act.actor.role.value} may not do this")
        if not act.reason.strip():
            return Refused(act, "reason_needed", "this needs a reason")
        if not act.permits or any(one not in known for one in act.permits):
            return Refused(act, "person_unknown", "there is no such person")
        if not all(self._permits.in_grid(act.actor, known[one]) for one in act.permits):
            return Refused(act, "grid", "this is not in your grid")
        if any(known[one].standing is Standing.VALID for one in act.permits):
            return Refused(act, "still_valid", "a card of this person still opens doors: it is revoked first")
        return None
