"""The board: what people must know, one line each, on the terminal and so in the system's log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboards.texts import catalogue, text
from gateway.logs import log_of
from gateway.model import AlarmChanged, Priority

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.model import Alarm, Outcome, Place

log = log_of("board")


class Board:
    """An `Audience` that writes announcements. `where` says a place in words."""

    def __init__(self, language: str, where: Callable[[Place], str]) -> None:
        self._language = language
        self._where = where

    def values(self, device: str, group: int, changed: tuple[int, ...] | None) -> None:
        """Values are not news."""

    def tell(self, outcome: Outcome, seq: int | None) -> None:
        """Write an announced alarm; P1 and P2 as warnings."""
        if not isinstance(outcome, AlarmChanged) or not outcome.announce:
            return
        alarm = outcome.alarm
        say = log.warning if alarm.priority <= Priority.P2 else log.info
        say(self._sentence(alarm), alarm=alarm.number, recorded=seq is not None)

    def _sentence(self, alarm: Alarm) -> str:
        key = f"alarm.{alarm.rule}"
        known = key in catalogue(self._language)
        parts = (
            f"【{text(self._language, 'alarm.simulated')}】" if alarm.simulated else "",
            f"【{text(self._language, 'alarm.test')}】" if alarm.test else "",
            text(self._language, f"priority.{int(alarm.priority)}"),
            self._where(alarm.place) or alarm.source,
            text(self._language, key) if known else alarm.rule,
            alarm.why,
        )
        return " ".join(filter(None, parts))
