"""amqtt 0.12 with three of its faults cured, without which sixty devices that come at once do not all come in.

A client that connects is given what is retained for *anybody's* subscription. While that is sent, the next client subscribes,
the walk over the subscriptions breaks, and the first client is left with a connection on which nothing answers. And each
message is compared with every filter of everybody, which costs more than all the rest. Its inside is reached into here
alone; the version is pinned for it, and tests/simulator/test_broker.py holds what is relied upon.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from amqtt.broker import Broker

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Iterator

    from amqtt.session import Session


class _Subscriptions(dict[str, "list[tuple[Session, int]]"]):
    """By filter. May change while somebody walks over it, who then sees it as it was."""

    def __init__(self) -> None:
        super().__init__()
        self.wild: set[str] = set()
        """The filters that fit more than one topic."""

    def __iter__(self) -> Iterator[str]:
        return iter(list(super().__iter__()))

    def __setitem__(self, filter_: str, subscribers: list[tuple[Session, int]]) -> None:
        super().__setitem__(filter_, subscribers)
        if "+" in filter_ or "#" in filter_:
            self.wild.add(filter_)

    def __delitem__(self, filter_: str) -> None:
        super().__delitem__(filter_)
        self.wild.discard(filter_)


class CuredBroker(Broker):  # type: ignore[misc]
    """A broker whose clients get what they subscribed to, and nothing else."""

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self._subscriptions = _Subscriptions()

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        subscribers = self._subscriptions.get(subscription[0], ())
        if any(subscriber.client_id == session.client_id for subscriber, _ in subscribers):
            await super()._publish_retained_messages_for_subscription(subscription, session)

    async def _run_broadcast(self, running_tasks: deque[asyncio.Task[Any]]) -> None:
        """Hand one message on: now to who is there, later to who keeps a session."""
        message = await self._broadcast_queue.get()
        topic = message["topic"]
        fitting = [filter_ for filter_ in self._subscriptions.wild if self._matches(topic, filter_)]
        for session, granted in [
            entry for filter_ in (topic, *fitting) for entry in self._subscriptions.get(filter_, ())
        ]:
            qos = message.get("qos", granted)
            if session.transitions.state != "connected":
                if qos and not session.clean_session:
                    await self._retain_broadcast_message(message, qos, session)
            elif (handler := self._get_handler(session)) is not None:
                sending = handler.mqtt_publish(topic, message["data"], qos, retain=False)
                running_tasks.append(asyncio.ensure_future(sending))
