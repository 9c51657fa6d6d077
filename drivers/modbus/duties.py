"""What a product calls for beside its polls, for as long as a unit of it is in the rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import CLOCK, PERMITS
from drivers.modbus.clock import HostCareDuty
from drivers.modbus.drain import RingDuty
from drivers.modbus.mailbox import MailboxDuty
from drivers.modbus.table import TableDuty

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drivers.contract import WantedState
    from drivers.modbus.act import Duty
    from drivers.modbus.unit import Unit


def duties_of(unit: Unit) -> tuple[Duty, ...]:
    """The duties that the sections of the unit's profile ask for: events to drain, a table to keep, a host to play.

    Raises Misconfigured for a profile that lacks what a duty needs.
    """
    profile = unit.profile
    duties: list[Duty] = []
    if profile.ring is not None:
        duties.append(RingDuty(unit))
    if profile.mailbox is not None:
        duties.append(MailboxDuty(unit))
    if profile.permits is not None:
        duties.append(TableDuty(unit))
    if profile.host is not None:
        duties.append(HostCareDuty(unit))
    return tuple(duties)


def tell(duties: Iterable[Duty], state: WantedState) -> None:
    """Pass a wanted state to the duties that reach it."""
    for duty in duties:
        if (isinstance(duty, TableDuty) and state.name == PERMITS) or (
            isinstance(duty, HostCareDuty) and state.name == CLOCK
        ):
            duty.want(state.level)
