"""How a receiver is kept listening, whatever it is made of: begun again after each failure, its silence noticed."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from drivers.contract import LineLost, Misconfigured

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from drivers.ble.source import Advert, Ears

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Times:
    """How long a receiver may be silent, and how long to wait before the next attempt."""

    silence_seconds: float = 30.0
    """Nothing from anybody for so long: it is deaf. A radio among flats hears something each second."""
    first_pause_seconds: float = 1.0
    longest_pause_seconds: float = 30.0
    wrong_pause_seconds: float = 60.0
    """Before the next attempt at what only a person can cure."""
    begin_seconds: float = 10.0
    """The most that one beginning may take: connecting, logging in, starting a scan."""
    end_seconds: float = 3.0
    """The most that a clean end may take. A dead bus or proxy answers nothing."""


class Hearing:
    """What came to one receiver, and what its ears were told of it: found, lost and wrong, each when it changes.

    Lost is told `silence_seconds` after the last advert, whatever is being tried meanwhile; what fails before anything was
    heard is told at once. `deaf_why` says for people that it works and hears nothing.
    """

    def __init__(self, receiver: str, deaf_why: str, times: Times) -> None:
        self.times = times
        self._restarts = 0
        self._adverts = 0
        self._others = 0
        self._receiver = receiver
        self._deaf_why = deaf_why
        self._ears: Ears | None = None
        self._heard_at = 0.0
        self._why = ""
        self._failed_at = 0.0
        self._told = ("", "")
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def total(self) -> int:
        """Adverts heard so far, of anybody."""
        return self._adverts + self._others

    def statistics(self) -> dict[str, float]:
        """Adverts of BTHome devices, of others, and how often it was begun again; each only rises."""
        return {"adverts": self._adverts, "others": self._others, "restarts": self._restarts}

    def heard(self, adverts: list[Advert], others: int) -> None:
        """Pass on adverts that came together, `others` more that were nobody's of ours, and be found by them."""
        if self._ears is None:
            return  # a library's last callback, after we were cancelled
        self._adverts += len(adverts)
        self._others += others
        self._heard_at = asyncio.get_running_loop().time()
        if self._told[0] != "found":
            self._tell("found", "")
        self._ears.heard(self._receiver, adverts, others)

    async def until_silent(self, ended: asyncio.Event | None = None) -> bool:
        """Wait until nothing was heard for `silence_seconds`, counted from now at the earliest; True if `ended` came first."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        ended = ended or asyncio.Event()
        while (
            not ended.is_set() and (left := max(began, self._heard_at) + self.times.silence_seconds - loop.time()) > 0
        ):
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await ended.wait()
        return ended.is_set()

    def deaf(self) -> LineLost:
        """What to raise once it was silent."""
        return LineLost(self._deaf_why)

    async def keep(self, ears: Ears, listen: Callable[[], Awaitable[NoReturn]]) -> NoReturn:
        """Listen until cancelled. `listen` raises LineLost or Misconfigured; it is begun again after a pause that doubles."""
        self._ears = ears
        self._heard_at = asyncio.get_running_loop().time()
        self._watch(self._heard_at + self.times.silence_seconds)
        pause = self.times.first_pause_seconds
        try:
            while True:
                heard_before = self.total
                wrong = await self._listen_once(listen)
                self._restarts += 1
                if self.total > heard_before:
                    pause = self.times.first_pause_seconds
                await asyncio.sleep(self.times.wrong_pause_seconds if wrong else pause)
                pause = min(pause * 2, self.times.longest_pause_seconds)
        finally:
            self._ears = None
            self._told = ("", "")
            if self._alarm is not None:
                self._alarm.cancel()

    async def _listen_once(self, listen: Callable[[], Awaitable[NoReturn]]) -> bool:
        """Listen until it fails; whether only a person can cure it."""
        try:
            await listen()
        except LineLost as lost:
            self._failed(str(lost))
        except Misconfigured as wrong:
            self._tell("wrong", str(wrong))
            return True
        except Exception as error:  # noqa: BLE001 - one receiver with an unforeseen failure must not deafen all the others
            if self._failed(f"it stopped unexpectedly: {type(error).__name__}"):
                _log.exception("%s: stopped unexpectedly", self._receiver)
        return False

    def _failed(self, why: str) -> bool:
        """Remember why; whether it is another reason than before."""
        if self._told[0] != "found":
            self._tell("lost", why)
        self._failed_at = asyncio.get_running_loop().time()
        was, self._why = self._why, why
        return was != why

    def _check_silence(self) -> None:
        due = self._heard_at + self.times.silence_seconds
        if asyncio.get_running_loop().time() < due:
            self._watch(due)
        elif self._told[0] in {"", "found"}:
            self._tell("lost", self._why if self._failed_at > self._heard_at else self._deaf_why)

    def _tell(self, what: str, why: str) -> None:
        if self._ears is None or self._told == (what, why):
            return
        self._told = (what, why)
        match what:
            case "found":
                self._watch(self._heard_at + self.times.silence_seconds)
                self._ears.found(self._receiver)
            case "lost":
                self._ears.lost(self._receiver, why)
            case _:
                self._ears.wrong(self._receiver, why)

    def _watch(self, until: float) -> None:
        """Look at `until` whether anything came meanwhile: once in a silence's time, not with each advert."""
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = asyncio.get_running_loop().call_at(until, self._check_silence)
