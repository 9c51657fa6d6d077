"""How the broker is reached: the secret and the certificates, looked up anew for each try."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING, Final

from drivers.contract import LineLost, Misconfigured
from drivers.mqtt.way import Way
from drivers.secret import SecretMissing

if TYPE_CHECKING:
    from drivers.mqtt.config import MqttLineConfig, MqttTls

SOON_SECONDS: Final = 10.0
SOON_TIMES: Final = 3
"""A broker that closes so many connections in a row so soon may have another client with our name: not all say so."""


class Connecting:
    """The way to one broker, and what its losses in a row mean."""

    def __init__(self, config: MqttLineConfig) -> None:
        self._config = config
        self._closed_soon = 0

    async def way(self) -> Way:
        """How to connect now. Raises `Misconfigured` for a secret or certificate that is not to be had."""
        config = self._config
        try:
            password = "" if config.password is None else await asyncio.to_thread(config.password.read)
        except SecretMissing as missing:
            raise Misconfigured(f"the password of {config.address} is not to be had: {missing}") from None
        return Way(
            config.host,
            config.tcp_port,
            None if config.tls is None else await asyncio.to_thread(_certificates, config.tls, config.address),
            v5=config.version == "5",
            client_id=config.session_name,
            session_seconds=round(config.session_hours * 3600),
            keepalive_seconds=config.keepalive_seconds,
            username=config.username,
            password=password,
        )

    def judged(self, why: LineLost | Misconfigured, lived_seconds: float, *, dropped: bool) -> LineLost | Misconfigured:
        """What the loss of a connection that lived so long means; `dropped`: the broker closed it without a word."""
        if lived_seconds > SOON_SECONDS or not dropped:
            self._closed_soon = 0
            return why
        self._closed_soon += 1
        if self._closed_soon < SOON_TIMES:
            return why
        self._closed_soon = 0
        return Misconfigured(
            f"{self._config.address} closed {SOON_TIMES} connections in a row within {SOON_SECONDS:g} s: does another client "
            f"use our client id {self._config.session_name}? Give one of them another `client_id`"
        )


def _certificates(tls: MqttTls, address: str) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=tls.ca)
        if tls.certificate is not None:
            context.load_cert_chain(tls.certificate, tls.key)
    except (OSError, ValueError) as wrong:  # an SSLError is an OSError
        files = ", ".join(str(file) for file in (tls.ca, tls.certificate, tls.key) if file)
        raise Misconfigured(f"the certificates of {address} cannot be read ({files}): {wrong}") from None
    return context
