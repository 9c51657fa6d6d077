"""Refusals that many acts share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.model import Refused

if TYPE_CHECKING:
    from gateway.decide.incidents.incident import Incident
    from gateway.incident import IncidentAct


def wrong_state(act: IncidentAct, incident: Incident) -> Refused:
    """It is not the time for this."""
    return Refused(act, "incident_state", f"incident {incident.number} is {incident.state.value}")
