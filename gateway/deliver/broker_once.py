"""One message to a broker: connect, publish at QoS 1, be confirmed, part. For what is said rarely and must prove the way."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Final

import aiomqtt
from aiomqtt.exceptions import MqttConnectError

from drivers.mqtt.refusals import CURED_BY_A_PERSON, REFUSALS, reason

if TYPE_CHECKING:
    from gateway.deliver.broker import Broker

ANSWER_SECONDS: Final = 5.0
"""How long the broker may owe each answer."""


class BrokerAway(Exception):
    """It does not answer, or will not have us now; time may cure it."""


class BrokerRefused(Exception):
    """Wrong password, unknown client, unreadable certificates: only a person can cure it."""


async def publish_once(broker: Broker, password: str, client_id: str, payload: bytes) -> None:
    """Publish; returns when the broker has it. Raises `BrokerAway` or `BrokerRefused`."""
    tls = await asyncio.to_thread(_certificates, broker) if broker.tls else None
    client = aiomqtt.Client(
        broker.host,
        broker.tcp_port,
        username=broker.username or None,
        password=password or None,
        identifier=client_id,
        timeout=ANSWER_SECONDS,
        tls_context=tls,
    )
    client._disconnected.add_done_callback(_known)  # noqa: SLF001 - else a loss that nobody awaits is logged
    try:
        async with asyncio.timeout(2 * ANSWER_SECONDS), client:
            await client.publish(broker.topic, payload, qos=1)
    except MqttConnectError as refused:
        raise _refusal(refused) from None
    except (aiomqtt.MqttError, TimeoutError) as failed:
        raise BrokerAway(f"no answer, or the connection broke: {failed or type(failed).__name__}") from None
    finally:
        client._client._sock_close()  # noqa: SLF001 - aiomqtt leaves it open where the broker never welcomed us


def _known(ended: asyncio.Future[None]) -> None:
    """Whoever publishes was told already."""
    if not ended.cancelled():
        ended.exception()


def _refusal(refused: MqttConnectError) -> BrokerAway | BrokerRefused:
    code = int(getattr(refused.rc, "value", REFUSALS))
    kind = BrokerRefused if code in CURED_BY_A_PERSON else BrokerAway
    return kind(f"the broker refused the connection: {reason(code)}")


def _certificates(broker: Broker) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=broker.ca_file)
    except OSError as wrong:
        raise BrokerRefused(f"the certificates in {broker.ca_file} cannot be read: {wrong}") from None
