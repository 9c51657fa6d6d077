"""How the broker is reached: the secret, the certificates and the greeting, looked up anew for each try."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

from drivers.secret import SecretMissing
from gateway.deliver.mqtt.connection import Connection, Refused, Way, connect
from gateway.deliver.outlet import BackOff

if TYPE_CHECKING:
    from gateway.deliver.mqtt.config import MqttConfig

FIRST_SECONDS, SHORT_SECONDS, SHORT_FOR_SECONDS = 0.1, 0.5, 300.0
"""The first wait, the longest one for five minutes after a loss: a broker that was started anew is found at once."""

LONG_SECONDS = 30.0
"""The longest wait after that, and where only a person can help."""

REFUSED_SECONDS = 5.0
"""The first wait where only a person can help: a lock-out for wrong passwords is not to be provoked."""


class Reaching:
    """A way to a broker. A password or certificate that was put right is taken with the next try."""

    def __init__(self, config: MqttConfig, client_id: str, will_topic: str, will: bytes) -> None:
        self._config = config
        self._client_id = client_id
        self._will_topic = will_topic
        self._will = will
        self._tls: ssl.SSLContext | None = None

    async def connect(self) -> Connection:
        """Reach the broker and be welcomed. Raises `Lost`, or `Refused` for what only a person can cure."""
        config = self._config
        try:
            password = "" if config.password is None else await asyncio.to_thread(config.password.read)
        except SecretMissing as missing:
            raise Refused(f"its password is not to be had: {missing}") from None
        if config.tls and self._tls is None:
            self._tls = await asyncio.to_thread(self._certificates)
        way = Way(
            config.host,
            config.tcp_port,
            self._tls,
            v5=config.protocol == "5",
            answer_seconds=config.answer_seconds,
            max_in_flight=config.max_in_flight,
            keepalive_seconds=config.keepalive_seconds,
            client_id=self._client_id,
            will_topic=self._will_topic,
            will=self._will,
            username=config.username,
            password=password,
        )
        try:
            return await connect(way)
        except Refused:
            self._tls = None  # its files may be put right before the next try
            raise

    def _certificates(self) -> ssl.SSLContext:
        config = self._config
        try:
            context = ssl.create_default_context(cafile=config.ca_file)
            if config.cert_file is not None:
                context.load_cert_chain(config.cert_file, config.key_file)
        except (OSError, ValueError) as wrong:  # an SSLError is an OSError
            files = ", ".join(str(file) for file in (config.ca_file, config.cert_file, config.key_file) if file)
            raise Refused(f"the certificates cannot be read ({files}): {wrong}") from None
        return context


class Patience:
    """How long to wait before the next try."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._up()

    def _up(self) -> None:
        self._lost_at: float | None = None
        self._short = BackOff(FIRST_SECONDS, SHORT_SECONDS)
        self._long = BackOff(SHORT_SECONDS, LONG_SECONDS)
        self._refused = BackOff(REFUSED_SECONDS, LONG_SECONDS)

    def reached(self) -> None:
        """The broker welcomed us: begin again from the first wait."""
        self._up()

    def seconds(self, *, refused: bool) -> float:
        """The next wait."""
        if refused:
            return self._refused.seconds()
        now = self._loop.time()
        if self._lost_at is None:
            self._lost_at = now
        return (self._short if now - self._lost_at < SHORT_FOR_SECONDS else self._long).seconds()
