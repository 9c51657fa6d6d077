"""An MQTT broker that gets single messages: a notice, a heartbeat. What the installer writes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from drivers.addresses import is_loopback
from drivers.secret import Secret

PLAIN_PORT, TLS_PORT = 1883, 8883
"""The ports that IANA gave to mqtt and secure-mqtt."""


def _a_topic(topic: str) -> str:
    if any(wrong in topic for wrong in "+#\0") or topic.startswith(("$", "/")) or topic.endswith("/"):
        raise ValueError("is not a topic: no +, #, or $ and / at the beginning, or / at the end")
    return topic


class Broker(BaseModel):
    """Where the broker is, and who we are to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(min_length=1, description="Name or IP address of the broker.")
    port: int | None = Field(default=None, ge=1, le=65535, description="TCP port; without it 1883, or 8883 with `tls`.")
    topic: Annotated[str, AfterValidator(_a_topic)] = Field(
        min_length=1, max_length=200, description="The topic that is published to, at QoS 1 and not retained."
    )
    username: str = Field(default="", description="The user name, where the broker asks for one.")
    password: Secret | None = Field(default=None, description="Where the password is to be found.")
    tls: bool = Field(
        default=False, description="Encrypt, and believe only a broker whose certificate fits its `host`."
    )
    ca_file: Path | None = Field(
        default=None, description="The authority (PEM) that the broker's certificate comes from; else the system's."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.ca_file is not None and not self.tls:
            raise ValueError("ca_file needs tls: true")
        if self.password is not None and not self.username:
            raise ValueError("a password needs a username")
        if self.password is not None and not self.tls and not self.local:
            raise ValueError("without TLS the password would travel in clear: write tls: true")
        return self

    @property
    def tcp_port(self) -> int:
        """The port as it is used."""
        return self.port or (TLS_PORT if self.tls else PLAIN_PORT)

    @property
    def target(self) -> str:
        """Where it leads, for people."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.tcp_port}/{self.topic}"

    @property
    def local(self) -> bool:
        """Whether the broker runs on this box."""
        return is_loopback(self.host)
