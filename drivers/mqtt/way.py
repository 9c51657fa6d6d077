"""How a broker is reached, and what it means when it cannot be."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from typing import Final

import aiomqtt
from paho.mqtt.client import MQTT_CLEAN_START_FIRST_ONLY
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from drivers.contract import LineLost, Misconfigured
from drivers.mqtt.refusals import CURED_BY_A_PERSON, REFUSALS, clean, reason

ANSWER_SECONDS: Final = 5.0
"""How long the broker may owe an answer to a connection or subscription."""

RECEIVE_MAXIMUM: Final = 2_000
"""MQTT 5: so many messages may wait for our acknowledgement. With a commit of 20 ms that lets 10,000 a second pass."""

PACKET_LIMIT_BYTES: Final = 1 << 20
"""MQTT 5: what is longer the broker keeps to itself. What is too long for us but not for this is counted and can be seen."""

IN_FLIGHT: Final = 1_000
"""Of our own messages that wait for the broker: an order must never wait behind others."""

_CURES: Final = {0x84: "; set `version`"}
"""What to write otherwise, by reason code."""


@dataclass(frozen=True, slots=True)
class Way:
    """How a broker is reached, and who we are to it."""

    host: str
    port: int
    tls: ssl.SSLContext | None
    v5: bool
    client_id: str
    session_seconds: int
    keepalive_seconds: int
    username: str = ""
    password: str = ""


def client_for(way: Way) -> aiomqtt.Client:
    """A client that keeps one session at the broker for ever."""
    return aiomqtt.Client(
        way.host,
        way.port,
        username=way.username or None,
        password=way.password or None,
        identifier=way.client_id,
        protocol=aiomqtt.ProtocolVersion.V5 if way.v5 else aiomqtt.ProtocolVersion.V311,
        clean_session=None if way.v5 else False,
        clean_start=False if way.v5 else MQTT_CLEAN_START_FIRST_ONLY,  # which is what 3.1.1 needs to hear
        properties=_greeting(way.session_seconds) if way.v5 else None,
        timeout=ANSWER_SECONDS,
        keepalive=way.keepalive_seconds,
        max_inflight_messages=IN_FLIGHT,
        tls_context=way.tls,
        socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],  # an order waits for no other packet
    )


def _greeting(session_seconds: int) -> Properties:
    greeting = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    greeting.SessionExpiryInterval = session_seconds
    greeting.ReceiveMaximum = RECEIVE_MAXIMUM
    greeting.MaximumPacketSize = PACKET_LIMIT_BYTES
    return greeting


def encrypted(way: Way, plain: socket.socket) -> ssl.SSLSocket:
    """Shake hands, in place of paho, which leaves the connection open where the other side is not to be believed."""
    if way.tls is None:
        raise ValueError(f"{way.host} is reached without encryption")
    wire = way.tls.wrap_socket(plain, server_hostname=way.host, do_handshake_on_connect=False)
    try:
        wire.settimeout(ANSWER_SECONDS)
        wire.do_handshake()
    except BaseException:
        wire.close()
        raise
    return wire


def refusal(said: object, own_words: str) -> LineLost | Misconfigured:
    """What it means that the broker answered the greeting with this reason code."""
    code = int(getattr(said, "value", REFUSALS))
    kind = Misconfigured if code in CURED_BY_A_PERSON else LineLost
    return kind(f"the broker refused the connection: {reason(code, clean(own_words))}{_CURES.get(code, '')}")


def failure(failed: aiomqtt.MqttError, way: Way) -> LineLost | Misconfigured:
    """What it means that the broker could not be reached."""
    cause = failed.__context__
    where = f"{way.host}:{way.port}"
    if isinstance(cause, ssl.SSLCertVerificationError):
        believed = cause.verify_message or cause
        return Misconfigured(f"the certificate of {where} is not believed: {believed}; check `tls: ca` and `host`")
    if isinstance(cause, TimeoutError):
        return LineLost(f"the broker at {where} gave no answer within {ANSWER_SECONDS:g} s")
    words = (isinstance(cause, OSError) and cause.strerror) or clean(str(failed)) or type(failed).__name__
    return LineLost(f"the broker at {where} cannot be reached ({words})")
