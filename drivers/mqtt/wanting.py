"""Levels that devices are to reach and hold: said at once, and again until they show it and whenever they return."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Final

from drivers.contract import Link
from drivers.mqtt.ticking import boottime_ns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Json, WantedState
    from drivers.mqtt.peer import Peer
    from drivers.mqtt.product import AckSaid
    from drivers.mqtt.session import Session

FAR_SECONDS: Final = 30.0
"""How often a device is told that is not there: what waits for it at the broker is not to pile up."""

JUST_NOW_SECONDS: Final = 0.5
"""What was said so lately is not said again because the device was heard."""

LIFTED_TIMES: Final = 3
"""So often it is said that a level is lifted, where the device does not say that it heard."""


class _Level:
    """A level of one device."""

    __slots__ = ("after_ns", "due", "level", "name", "number", "reached", "said_at", "times")

    def __init__(self, name: str, level: Json) -> None:
        self.name = name
        self.level = level
        self.after_ns = 0
        """When it was first said on this connection; 0 before."""
        self.due = 0.0
        self.number = 0
        self.said_at = float("-inf")
        self.times = 0
        self.reached = False
        """Of a lifted level: the device heard it."""


class Wanting:
    """All levels, by device. They outlive a connection."""

    def __init__(self) -> None:
        self.said = 0
        """How often a level was said."""
        self.refused = 0
        """How often a level could not be said to the product that the device is."""
        self._levels: dict[str, dict[str, _Level]] = {}
        self._number = int(time.time() * 1000)
        """Of what was said last: a device that refuses a repeated number has not seen those of this run."""

    def want(self, peer: Peer, state: WantedState, session: Session | None) -> None:
        """Take a level, and say it at once where there is a connection."""
        of_device = self._levels.setdefault(peer.id, {})
        before = of_device.get(state.name)
        if before is None and state.level is None:
            return
        if before is not None and before.level == state.level:
            return
        level = of_device[state.name] = _Level(state.name, state.level)
        if session is not None:
            self._say(peer, level, session)

    def back(self, peer: Peer, session: Session) -> None:
        """The device, or the connection, returned: nothing that was shown before counts any more."""
        just_now = asyncio.get_running_loop().time() - JUST_NOW_SECONDS
        for level in self._levels.get(peer.id, {}).values():
            if not level.reached and level.said_at < just_now:
                level.after_ns = 0
                self._say(peer, level, session)

    def look(self, peers: Mapping[str, Peer], session: Session) -> None:
        """Say again what is not shown. Called about twice a second."""
        now = asyncio.get_running_loop().time()
        for device, levels in self._levels.items():
            peer = peers.get(device)
            if peer is None:
                continue
            for level in levels.values():
                if now >= level.due and not self._stands(peer, level):
                    self._say(peer, level, session)

    def acked(self, peer: Peer, ack: AckSaid) -> None:
        """The device took what it was told last."""
        for level in self._levels.get(peer.id, {}).values():
            if level.level is None and ack.ok and ack.id == level.number:
                level.reached = True

    def forget(self, device: str) -> None:
        """Nobody knows the device any more."""
        self._levels.pop(device, None)

    def _stands(self, peer: Peer, level: _Level) -> bool:
        if level.level is None:
            level.reached = level.reached or level.times >= LIFTED_TIMES
            return level.reached
        try:
            expected = peer.product.shown(level.name, level.level)
        except ValueError:
            return False
        return level.after_ns > 0 and peer.shows(expected, level.after_ns)

    def _say(self, peer: Peer, level: _Level, session: Session) -> None:
        loop = asyncio.get_running_loop()
        self._number += 1
        try:
            messages = peer.product.want(level.name, level.level, peer.config.topic, self._number)
            again_seconds = peer.product.again_seconds(level.name)
        except ValueError:
            self.refused += 1
            level.due = loop.time() + FAR_SECONDS
            return
        if level.after_ns == 0:
            level.after_ns = boottime_ns()
        for message in messages:
            session.publish(message.topic, message.payload, message.qos, message.expiry_seconds, message.correlation)
        self.said += 1
        near = peer.link is Link.UP
        level.times += near
        level.number, level.said_at = self._number, loop.time()
        level.due = loop.time() + (again_seconds if near else FAR_SECONDS)
