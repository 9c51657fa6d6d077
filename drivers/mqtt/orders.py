"""Orders that were published and wait for what their devices say: they are believed only when it is shown."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, Final

from drivers.contract import Outcome, Result
from drivers.mqtt.message import Nobody, RefusedMessage
from drivers.mqtt.ticking import NANOSECONDS, boottime_ns

if TYPE_CHECKING:
    from collections.abc import Mapping

    from drivers.contract import Command, Value
    from drivers.mqtt.peer import Peer
    from drivers.mqtt.product import AckSaid, Outgoing
    from drivers.mqtt.session import Session

ACK_SECONDS: Final = 5.0
"""The longest wait for a device's word, where its product names no other; a modem of 4G takes up to 3."""

BROKEN: Final = "the connection to the broker broke before the device had answered"


class _Order:
    """One order on its way."""

    __slots__ = ("acked", "after_ns", "command", "ended", "outgoing", "peer")

    def __init__(self, command: Command, peer: Peer, outgoing: Outgoing, now_ns: int) -> None:
        self.command = command
        self.peer = peer
        self.outgoing = outgoing
        self.after_ns = now_ns
        self.acked = not outgoing.await_ack
        self.ended: asyncio.Future[Result] = asyncio.get_running_loop().create_future()

    def end(self, result: Result) -> None:
        if not self.ended.done():
            self.ended.set_result(result)

    def look(self) -> None:
        """End it where the device shows that it was done, or said so and can show nothing."""
        confirm = self.outgoing.confirm
        if confirm:
            if self.peer.shows(confirm, self.after_ns):
                self.end(Result(Outcome.DONE, dict(confirm)))
        elif self.acked and self.outgoing.await_ack:
            self.end(Result(Outcome.DONE))

    def unproved(self, seconds: float) -> Result:
        """What is to be said when the time is over."""
        if self.outgoing.await_ack and not self.acked:
            return Result(Outcome.UNKNOWN, why=f"{self.peer.id} did not answer within {seconds:g} s")
        wanting = _in_words(self.outgoing.confirm)
        return Result(Outcome.UNKNOWN, why=f"{self.peer.id} took it, but did not show {wanting} within {seconds:g} s")


class Orders:
    """The orders that wait, by device, the oldest first."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[_Order]] = {}

    async def perform(self, command: Command, peer: Peer, session: Session) -> Result:
        """Publish it once, and wait for what the device says and shows."""
        now_ns = boottime_ns()
        left_seconds = (command.expires_ns - now_ns) / NANOSECONDS
        if left_seconds <= 0:
            return Result(Outcome.REFUSED, why=f"{command.name} expired before it was sent")
        try:
            outgoing = peer.product.order(command, command.id, time.time() + left_seconds, peer.config.topic)
        except ValueError as wrong:
            return Result(Outcome.REFUSED, why=str(wrong))
        order = _Order(command, peer, outgoing, now_ns)
        waiting = self._waiting.setdefault(peer.id, [])
        waiting.append(order)
        try:
            return await self._sent(order, session, left_seconds)
        finally:
            waiting.remove(order)

    async def _sent(self, order: _Order, session: Session, left_seconds: float) -> Result:
        outgoing = order.outgoing
        expiry = min(outgoing.expiry_seconds or 60, max(1, round(left_seconds)))
        taken = session.publish(outgoing.topic, outgoing.payload, outgoing.qos, expiry, outgoing.correlation)
        seconds = outgoing.within_seconds or min(ACK_SECONDS, left_seconds)
        loop = asyncio.get_running_loop()
        give_up_at = loop.time() + seconds
        either: list[asyncio.Future[Any]] = [taken, order.ended]
        await asyncio.wait(either, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if taken.cancelled():
            return Result(Outcome.UNKNOWN, why=BROKEN)
        if taken.done() and (error := taken.exception()) is not None:
            if isinstance(error, Nobody):
                return Result(Outcome.FAILED, why=f"{order.peer.id} is not connected to the broker")
            if isinstance(error, RefusedMessage):
                return Result(Outcome.FAILED, why=f"the broker did not take the order: {error}")
        await asyncio.wait([order.ended], timeout=max(0.0, give_up_at - loop.time()))
        return order.ended.result() if order.ended.done() else order.unproved(seconds)

    def acked(self, peer: Peer, ack: AckSaid) -> None:
        """A device took an order or refused it. What we do not wait for is passed over."""
        order = self._meant(peer, ack)
        if order is None:
            return
        if not ack.ok:
            order.end(Result(Outcome.FAILED, why=f"{peer.id} refused: {ack.why or 'it does not say why'}"))
            return
        order.acked = True
        order.look()

    def read(self, peer: Peer) -> None:
        """A device showed how it stands."""
        for order in self._waiting.get(peer.id, ()):
            order.look()

    def lost(self) -> None:
        """The connection is gone: nobody knows what became of these."""
        for waiting in self._waiting.values():
            for order in waiting:
                order.end(Result(Outcome.UNKNOWN, why=BROKEN))

    def _meant(self, peer: Peer, ack: AckSaid) -> _Order | None:
        waiting = (order for order in self._waiting.get(peer.id, ()) if order.outgoing.await_ack and not order.acked)
        if ack.id is not None:
            return next((order for order in waiting if order.command.id == ack.id), None)
        return next((order for order in waiting if not ack.part or _part(order) == ack.part), None)


def _part(order: _Order) -> str:
    specs = order.peer.device.commands
    return next((spec.place for spec in specs if spec.name == order.command.name), "")


def _in_words(confirm: Mapping[str, Value]) -> str:
    return ", ".join(f"{key} = {value}" for key, value in confirm.items())
