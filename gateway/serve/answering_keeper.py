"""What the HTTP face needs of how alarms are answered: decide's memory, read on the event loop."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.decide.answering.outages import Outage, PendingOutage


@dataclass(frozen=True, slots=True)
class AnsweringKeeper:
    """The detectors that are out of service, and those that wait for a second person, by detector: live, not copies."""

    outages: Mapping[str, Outage] = field(default_factory=dict)
    pending: Mapping[str, PendingOutage] = field(default_factory=dict)
