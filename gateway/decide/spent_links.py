"""One-time links are good once: which were used is remembered until they would be too old anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.linking import LinkAct, WrongLinks
from gateway.model import AckAlarm, Outcome, Recorded, Refused, Remember

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from drivers.contract import Json
    from gateway.model import Now

SPENT = "link:"
"""What the keys of its memory begin with."""

REFUSED = "link_refused"
"""The kind of the log rows of links that were refused."""


class SpentLinks:
    """The part of the judgement that knows links. `take` is the one that takes alarms."""

    def __init__(self, remembered: Mapping[str, Json], take: Callable[[AckAlarm, Now], Sequence[Outcome]]) -> None:
        self._take = take
        self._until_utc: dict[str, float] = {
            key.removeprefix(SPENT): float(until) for key, until in remembered.items() if key.startswith(SPENT)
        }

    def __contains__(self, mark: str) -> bool:
        return mark in self._until_utc

    def act(self, act: LinkAct, now: Now) -> list[Outcome]:
        """Take the alarm and use the link up, in one transaction; or refuse. A refused one is not used up by that."""
        if isinstance(act, WrongLinks):
            return [Recorded(REFUSED, "", {"why": act.why, "count": act.count})]
        taking = AckAlarm(act.actor, act.number)
        code = "link_spent" if act.mark in self else "link_expired" if now.utc > act.until_utc else ""
        if code:
            why = "this link was used already" if code == "link_spent" else "this link is too old"
            recorded = Recorded(REFUSED, str(act.number), {"why": why, "count": 1}, act.actor.id)
            return [Refused(taking, code, why), recorded]
        out = list(self._take(taking, now))
        if not any(isinstance(outcome, Refused) for outcome in out):
            self._until_utc[act.mark] = act.until_utc
            out.append(Remember(f"{SPENT}{act.mark}", act.until_utc))
        return out

    def checkpoint(self, now: Now) -> list[Outcome]:
        """Forget those that are too old to be accepted, once the clock is believed."""
        if not now.trusted:
            return []
        old = [mark for mark, until_utc in self._until_utc.items() if until_utc < now.utc]
        for mark in old:
            del self._until_utc[mark]
        return [Remember(f"{SPENT}{mark}", None) for mark in old]
