"""What a message means for the device that sent it, and what follows from it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from drivers.contract import DeviceEvent, Link, Question
from drivers.mqtt.bookmark import COUNTED_HERE, Heard, digest_of
from drivers.mqtt.hearing_time import judge
from drivers.mqtt.peer import FROM_BEFORE
from drivers.mqtt.ticking import NANOSECONDS, boottime_ns

if TYPE_CHECKING:
    from typing import TypeAlias

    from drivers.contract import Answer, Fault, Post, Value
    from drivers.mqtt.handover import Beside, Handover, Receipt
    from drivers.mqtt.hearing_time import Moment
    from drivers.mqtt.memory import Memory
    from drivers.mqtt.message import Message
    from drivers.mqtt.peer import Peer
    from drivers.mqtt.product import AskSaid, Said
    from drivers.mqtt.session import Session

    Reading: TypeAlias = tuple[int, int, Value | Fault]

ANSWER_SECONDS: Final = 10.0
"""Nobody stands before a locker any longer: a later answer would open a door for somebody else."""


class Listening:
    """One connection's worth of hearing."""

    def __init__(self, memory: Memory, session: Session, post: Post, handover: Handover, beside: Beside) -> None:
        self._memory = memory
        self._session = session
        self._post = post
        self._handover = handover
        self._beside = beside
        self._tally = memory.tally
        self._orders = memory.orders
        self._wanting = memory.wanting
        self.connected_ns = boottime_ns()

    def take(self, message: Message) -> None:
        """Hear one message. It is acknowledged when all that it brought is on disk."""
        self._tally.messages += 1
        receipt = self._handover.receive(message.mid) if message.qos else None
        peers = self._memory.routes.find(message.topic)
        if not peers:
            self._unread(message)
        for peer in peers:
            said = peer.product.read(message.topic, peer.config.topic, message.payload, peer.hasher)
            if said.rejected:
                peer.rejected += 1
                self._tally.rejected += 1
                self._memory.rejects.add(message.topic, said.rejected, message.payload, time.time())
            else:
                self._hear(peer, message, said, receipt)
        if receipt is not None:
            self._handover.settle(receipt)

    def _unread(self, message: Message) -> None:
        """No device speaks on this topic; but orders may lie there, which would be carried out when a device returns."""
        peer = self._memory.routes.ordered(message.topic)
        if peer is None:
            self._tally.unknown_topics += 1
        elif message.retained and message.payload and message.topic not in self._memory.retained_orders:
            self._memory.retained_orders.add(message.topic)
            self._tally.retained_orders += 1
            body = {"topic": message.topic}
            now_utc = time.time()
            event = DeviceEvent(
                peer.id,
                f"retained {message.topic}",
                int(now_utc),
                "command_retained",
                body,
                message.received_ns,
                now_utc,
            )
            self._handover.keep(peer.id, event, peer.mark, None)

    def _hear(self, peer: Peer, message: Message, said: Said, receipt: Receipt | None) -> None:
        self._link(peer, message, said)
        heard = self._place(peer, message, said)
        if heard is Heard.AGAIN:
            self._tally.again += 1
            if receipt is not None:  # the first copy may still be on its way to the disk
                self._handover.keep(peer.id, None, peer.mark, receipt)
            return
        moment = judge(said, peer, (message.received_ns - self.connected_ns) / NANOSECONDS, time.time())
        if not message.retained:
            for ack in said.acks:
                self._orders.acked(peer, ack)
                self._wanting.acked(peer, ack)
            self._events(peer, message, said, moment, receipt)
        if heard is not Heard.OLD:
            self._readings(peer, message, said, moment, late=heard is Heard.LATE)
        if said.asks and not message.retained:
            self._asked(peer, message, said, moment, heard, receipt)

    def _link(self, peer: Peer, message: Message, said: Said) -> None:
        """A last will says that the device is gone, anything else that it is there, and what lay at the broker nothing."""
        if said.alive is False:
            link, why = Link.LOST, "the broker lost it (last will)"
        elif said.alive or not message.retained:
            link, why = Link.UP, ""
        else:
            return
        changed = peer.changed(link, why, message.received_ns)
        if changed is None:
            return
        self._post.report(changed)
        if changed.link is Link.UP:
            self._wanting.back(peer, self._session)

    def _place(self, peer: Peer, message: Message, said: Said) -> Heard:
        """Where a message stands among the others of its device."""
        mark = peer.mark
        if said.seq is not None:
            if message.retained:  # a copy, which does not count
                return Heard.NEW
            restarted = mark.now is not None and mark.now.boot != said.boot
            peer.mark, heard = mark.take(said.boot, said.seq)
            peer.moved = True
            self._tally.late += heard in (Heard.LATE, Heard.OLD)
            if restarted and heard is Heard.NEW:
                peer.restarted()
                self._wanting.back(peer, self._session)
            return heard
        if not message.qos or message.retained or not said.events:
            return Heard.NEW
        digest = digest_of(message.topic, message.payload)
        if mark.knows(digest) and (message.again or said.at_utc is not None):
            return Heard.AGAIN
        peer.mark = mark.took(digest, len(said.events))
        return Heard.NEW

    def _events(self, peer: Peer, message: Message, said: Said, moment: Moment, receipt: Receipt | None) -> None:
        for number, happened in enumerate(said.events):
            if said.seq is None:
                epoch, sequence = COUNTED_HERE, peer.mark.ours - len(said.events) + 1 + number
            else:
                epoch, sequence = (f"{said.boot}.{number}" if number else said.boot), said.seq
            at_utc = moment.of(happened.at_utc)
            event = DeviceEvent(peer.id, epoch, sequence, happened.kind, happened.body, message.received_ns, at_utc)
            self._tally.events += 1
            self._handover.keep(peer.id, event, peer.mark, receipt)

    def _readings(self, peer: Peer, message: Message, said: Said, moment: Moment, *, late: bool) -> None:
        readings = said.readings
        if message.retained:
            readings = self._missed(peer, said)
        elif late:  # what was overtaken on its way may be the first that speaks of these points
            readings = tuple(reading for reading in readings if peer.newest_of(reading[:2]) < (said.seq or 0))
        clock = peer.product.clock_place
        if clock is not None and moment.clock_wrong is not None and not message.retained:
            told = peer.value(clock) is not moment.clock_wrong or any(group == clock[0] for group, _, _ in readings)
            if told:  # what else stands in its group was not heard with it
                readings = (*readings, (*clock, moment.clock_wrong))
        if not readings:
            return
        doubt = FROM_BEFORE if message.retained or moment.from_before else None
        for sample in peer.merge(readings, message.received_ns, moment.at_utc, doubt, said.seq):
            self._handover.report(sample)
        self._orders.read(peer)

    def _missed(self, peer: Peer, said: Said) -> tuple[Reading, ...]:
        """What a message that lay at the broker says beyond what was heard: of now, or before by a later message."""
        news = said.seq is None or peer.mark.news(said.boot, said.seq)
        fresh_ns = peer.fresh_ns
        return tuple(
            reading
            for reading in said.readings
            if (heard_ns := fresh_ns.get(reading[:2])) is None or (news and heard_ns < self.connected_ns)
        )

    def _asked(
        self, peer: Peer, message: Message, said: Said, moment: Moment, heard: Heard, receipt: Receipt | None
    ) -> None:
        for ask in said.asks:
            self._tally.asks += 1
            if heard is Heard.OLD or message.again or moment.from_before:
                self._tally.late_asks += 1
                self._handover.keep(peer.id, None, peer.mark, receipt)
                continue
            if receipt is not None:
                receipt.waits += 1
            self._beside(self._answer(peer, ask, message.received_ns, receipt), f"ask of {peer.id}")

    async def _answer(self, peer: Peer, ask: AskSaid, received_ns: int, receipt: Receipt | None) -> None:
        try:
            await self._handover.behind(peer.id)  # what happened before the question is judged before it
            answer = await self._post.ask(Question(peer.id, ask.kind, ask.body, received_ns))
            self._say(peer, ask, answer, received_ns)
            self._handover.keep(peer.id, None, peer.mark, receipt)
        finally:
            if receipt is not None:
                self._handover.settle(receipt)

    def _say(self, peer: Peer, ask: AskSaid, answer: Answer, received_ns: int) -> None:
        waited_seconds = (boottime_ns() - received_ns) / NANOSECONDS
        if waited_seconds > ANSWER_SECONDS:
            self._tally.late_asks += 1
            return
        message = peer.product.answer(ask, answer)
        self._tally.sent += 1
        self._session.publish(message.topic, message.payload, message.qos, message.expiry_seconds, message.correlation)
