"""Heartbeats: each at its own pace, told apart from the gateway's health, and missed aloud.

It beats only while the gateway can do what it is for. One that beats on while nothing is recorded would say "all is well" to
the only one who could still raise the alarm.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from gateway.decide.rules import HEARTBEAT_UNANSWERED
from gateway.deliver.broker_once import BrokerAway, BrokerRefused, publish_once
from gateway.deliver.channels import keys
from gateway.deliver.channels.contract import ChannelDown, ChannelRefused
from gateway.deliver.channels.web import Web
from gateway.deliver.heartbeat.beating import MISSES, Beating
from gateway.deliver.heartbeat.config import HttpHeartbeat
from gateway.logs import log_of
from gateway.model import HouseSaid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gateway.deliver.heartbeat.config import MqttHeartbeat
    from gateway.model import Now

AFTER_A_MISS_SECONDS: Final = 60.0
"""The longest wait after a beat that was not answered."""

log = log_of("heartbeat")


@dataclass(frozen=True, slots=True)
class HeartbeatWiring:
    """What the house gives: `unwell` is "" or why the gateway cannot do what it is for."""

    compound: str
    simulated: bool
    say: Callable[[HouseSaid], None]
    clock: Callable[[], Now]
    unwell: Callable[[], str]


class Hearts:
    """All heartbeats of the configuration."""

    def __init__(self, configs: Sequence[HttpHeartbeat | MqttHeartbeat], wiring: HeartbeatWiring) -> None:
        self._hearts = [
            _Heart(config, wiring)
            for config in configs
            if not wiring.simulated or config.local or config.allow_simulated
        ]

    def __iter__(self) -> Iterator[Beating]:
        return (heart.standing for heart in self._hearts)

    async def run(self) -> None:
        """Beat until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            for heart in self._hearts:
                tasks.create_task(heart.run(), name=f"heartbeat {heart.standing.id}")
            await asyncio.Event().wait()  # without hearts there is nothing to do either


class _Heart:
    def __init__(self, config: HttpHeartbeat | MqttHeartbeat, wiring: HeartbeatWiring) -> None:
        self.standing = Beating(config.id, config.target, config.every_seconds)
        self._config = config
        self._wiring = wiring
        self._web = Web()

    async def run(self) -> None:
        try:
            while True:
                if unwell := self._wiring.unwell():
                    self.standing.why = f"not sent: {unwell}"
                else:
                    await self._beat()
                await asyncio.sleep(self._wait())
        finally:
            await self._web.close()

    def _wait(self) -> float:
        every = self._config.every_seconds
        return min(every, AFTER_A_MISS_SECONDS) if self.standing.why else every

    async def _beat(self) -> None:
        try:
            await self._ask()
        except (ChannelDown, ChannelRefused, BrokerAway, BrokerRefused) as wrong:
            self._missed(str(wrong))
        else:
            self._answered()

    def _missed(self, why: str) -> None:
        standing = self.standing
        standing.missed += 1
        standing.why = why
        if standing.missed == MISSES:
            log.warning("nobody answers the heartbeat", heartbeat=standing.id, why=why)
            self._wiring.say(HouseSaid(HEARTBEAT_UNANSWERED, standing.id, abnormal=True, why=why))

    def _answered(self) -> None:
        standing, now = self.standing, self._wiring.clock()
        first, missed = not standing.answered_utc, standing.missed
        standing.answered_utc, standing.missed, standing.why = now.utc, 0, ""
        if missed >= MISSES:
            log.info("the heartbeat is answered again", heartbeat=standing.id)
        if first or missed >= MISSES:  # the first also ends an alarm from before a restart
            self._wiring.say(HouseSaid(HEARTBEAT_UNANSWERED, standing.id, abnormal=False))

    async def _ask(self) -> None:
        config = self._config
        at = datetime.fromtimestamp(self._wiring.clock().utc, UTC).isoformat(timespec="seconds")
        body = {"compound": self._wiring.compound, "at": at, "simulated": self._wiring.simulated}
        if not isinstance(config, HttpHeartbeat):
            name = f"gridpost-{self._wiring.compound}-{config.id}"
            await publish_once(config, keys.read(config.password), name, json.dumps(body).encode())
            return
        token = keys.read(config.token)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if config.method == "GET":
            await self._web.request("GET", config.url, headers=headers)
        else:
            await self._web.post(config.url, body, headers)
