"""The weekly list: alarms that call nobody are told once a week, by grid."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from gateway.decide.escalation.telling import DIGEST
from gateway.model import Place, Priority, Remember
from gateway.notice import Tell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from drivers.contract import Json
    from gateway.decide.escalation.policy import Policy, Weekly
    from gateway.model import Alarm, Now, Outcome

_LISTED = "escalation_listed"
"""Under which the time of the last list is remembered."""


class WeeklyList:
    """When the next list is due, and what it says. A list that fell into a time of no power is told after it."""

    def __init__(self, remembered: Mapping[str, Json], now: Now) -> None:
        self._last_utc: float = remembered.get(_LISTED, now.utc)
        self._policies: tuple[Policy, ...] = ()
        self._due_utc: float | None = None

    def adopt(self, policies: Iterable[Policy], timezone: str, now: Now) -> list[Outcome]:
        """Take the policies in force; the one that lists first says when."""
        self._policies = tuple(policies)
        self._zone = ZoneInfo(timezone)
        return self._plan(now, self._last_utc)

    def due(self, now: Now) -> bool:
        """Whether it is time. Not by a clock that nobody believes."""
        return self._due_utc is not None and now.trusted and now.utc >= self._due_utc

    def told(self, alarms: Iterable[Alarm], now: Now) -> tuple[list[Outcome], list[Tell]]:
        """The lists: for each grid how many alarms of each rule stand that nobody was called for."""
        counts: dict[tuple[Policy, str], Counter[str]] = {}
        for alarm in alarms:
            policy = next((policy for policy in self._policies if policy.fits(alarm)), None)
            if policy is not None and policy.weekly is not None:
                counts.setdefault((policy, alarm.place.grid), Counter())[alarm.rule] += 1
        lists = [
            Tell(
                DIGEST, Priority.P4, f"weekly:{grid}", _weekly(policy).to, Place(grid=grid),
                facts={"count": count.total(), "rules": dict(count.most_common())},
            )
            for (policy, grid), count in counts.items()
        ]  # fmt: skip
        return self._plan(now, now.utc), lists

    def _plan(self, now: Now, last_utc: float) -> list[Outcome]:
        self._last_utc = min(last_utc, now.utc)
        weekly = next((policy.weekly for policy in self._policies if policy.weekly is not None), None)
        self._due_utc = None if weekly is None else _after(self._last_utc, weekly, self._zone)
        return [Remember(_LISTED, self._last_utc)]


def _weekly(policy: Policy) -> Weekly:
    assert policy.weekly is not None  # noqa: S101 - only those are counted
    return policy.weekly


def _after(utc: float, weekly: Weekly, zone: ZoneInfo) -> float:
    """The first moment of the list after a time."""
    local = datetime.fromtimestamp(utc, UTC).astimezone(zone)
    begin = local.replace(hour=weekly.minute // 60, minute=weekly.minute % 60, second=0, microsecond=0)
    begin += timedelta(days=(weekly.day - local.weekday()) % 7)
    return (begin if begin > local else begin + timedelta(days=7)).timestamp()
