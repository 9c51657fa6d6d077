"""A siren behind a device of ours: on when it is told of something, off when all that it sounds for was answered.

It goes the one road as every command does, so the gate judges it, the journal has it, and only what the device confirmed is
believed.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from drivers.contract import Outcome as Came
from gateway.actor import Actor, Role
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused, Kind, Limits, Receipt
from gateway.logs import log_of
from gateway.model import AskCommand, Ended, Refused

if TYPE_CHECKING:
    from gateway.deliver.channels.contract import ChannelWiring, Inbound, Message
    from gateway.deliver.channels.siren_config import SirenConfig, Switching

AGAIN_SECONDS: Final = 2.5
"""The command gate lets the same part be asked once in 2 s."""

_PASSES: Final = frozenset({"too_soon", "repeated"})
"""What the gate says that time cures."""

log = log_of("channels")


class Siren:
    """The channel. It sounds for several things at once, and falls silent with the last of them."""

    kind = Kind.RING
    group = True
    limits = Limits(600, 300, longest_bytes=200)

    def __init__(self, config: SirenConfig, wiring: ChannelWiring) -> None:
        self.id = config.id
        self._config = config
        self._road = wiring.road
        self._actor = Actor(f"channel:{config.id}", config.id, Role.MANAGER, way="channel")
        self._for: set[str] = set()
        """What it sounds for."""
        self._may_sound = True
        """It was switched on and not off since; also after a start, when nobody knows what went before."""
        self._silence_wanted = asyncio.Event()
        self._switching = asyncio.Lock()
        self._until: asyncio.TimerHandle | None = None

    async def send(self, message: Message) -> Receipt:
        """Sound, until `hush`. What sounds already is not switched again."""
        async with self._switching:
            self._may_sound = True
            if not self._for:
                await self._switch(self._config.sound, message.subject)
            self._for.add(message.subject)
            self._silence_wanted.clear()
            if self._until is None:
                loop = asyncio.get_running_loop()
                self._until = loop.call_later(self._config.most_minutes * 60, self._enough)
        return Receipt(delivered=True)

    async def hush(self, subject: str) -> None:
        """That was answered. After a restart anything answered is reason enough: it may sound from before."""
        known = subject in self._for
        self._for.discard(subject)
        if not self._for and (known or self._may_sound):
            self._silence_wanted.set()

    async def run(self, inbound: Inbound) -> None:  # noqa: ARG002 - a siren answers nothing
        """Switch it off when that is wanted, and try until the device confirms it."""
        try:
            while True:
                await self._silence_wanted.wait()
                await self._fall_silent()
        finally:
            self._forget_limit()

    async def _fall_silent(self) -> None:
        said = ""
        while self._silence_wanted.is_set():
            async with self._switching:
                if not self._silence_wanted.is_set():  # something new came meanwhile
                    return
                try:
                    await self._switch(self._config.silence, "answered")
                except (ChannelDown, ChannelRefused) as wrong:
                    if str(wrong) != said:
                        said = str(wrong)
                        log.warning("it cannot be switched off", channel=self.id, why=said)
                else:
                    self._may_sound = False
                    self._silence_wanted.clear()
                    self._forget_limit()
                    return
            await asyncio.sleep(AGAIN_SECONDS)

    def _enough(self) -> None:
        self._until = None
        self._for.clear()
        self._silence_wanted.set()

    def _forget_limit(self) -> None:
        if self._until is not None:
            self._until.cancel()
            self._until = None

    async def _switch(self, switching: Switching, reason: str) -> None:
        act = AskCommand(self._actor, self._config.device, switching.command, dict(switching.arguments), reason)
        try:
            outcomes = await self._road.act(act)
        except TimeoutError:
            raise ChannelDown("the journal's disk does not answer") from None
        for outcome in outcomes:
            if isinstance(outcome, Refused):
                if outcome.code in _PASSES:
                    raise ChannelDown(outcome.why, AGAIN_SECONDS)
                raise ChannelRefused(outcome.why)
            if isinstance(outcome, Ended) and outcome.result.outcome is not Came.DONE:
                raise ChannelDown(f"{self._config.device}: {outcome.result.why or outcome.result.outcome.value}")
