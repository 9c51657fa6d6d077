"""What the installer writes for an MQTT broker. Imports no network code; `build` does, and touches no network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from drivers.addresses import is_loopback
from drivers.secret import Secret

if TYPE_CHECKING:
    from gateway.deliver.mqtt.outlet import MqttOutlet
    from gateway.deliver.outlet import Wiring

PLAIN_PORT, TLS_PORT = 1883, 8883
"""The ports that IANA gave to mqtt and secure-mqtt."""


class MqttConfig(BaseModel):
    """A broker that gets every told reading, alarm, ended command and device event, at QoS 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")] = Field(
        description="The destination's name, unique in the compound: lower case, digits, - and _."
    )
    kind: Literal["mqtt"] = Field(default="mqtt", description="Always `mqtt`.")
    host: str = Field(min_length=1, description="Name or IP address of the broker.")
    port: int | None = Field(
        default=None, ge=1, le=65535, description="TCP port; without it 1883, or 8883 where `tls` is true."
    )
    root: str = Field(
        default="gridpost",
        min_length=1,
        max_length=200,
        description="What every topic begins with; levels are parted by `/`.",
    )
    username: str = Field(default="", description="The user name, where the broker asks for one.")
    password: Secret | None = Field(default=None, description="Where the password is to be found.")
    tls: bool = Field(
        default=False, description="Encrypt, and believe only a broker whose certificate fits its `host`."
    )
    ca_file: Path | None = Field(
        default=None, description="The authority (PEM) that the broker's certificate comes from; else the system's."
    )
    cert_file: Path | None = Field(
        default=None, description="Our own certificate (PEM), where the broker asks for one."
    )
    key_file: Path | None = Field(default=None, description="The key of `cert_file` (PEM, without a pass phrase).")
    protocol: Annotated[Literal["5", "3.1.1"], BeforeValidator(lambda x: str(x) if isinstance(x, int) else x)] = Field(
        default="5",
        description="`3.1.1` for a broker that does not speak MQTT 5. Such a broker cannot say that it refused a message.",
    )
    client_id: str = Field(
        default="",
        max_length=256,
        description="Under which name the broker knows us, unique on the broker; without it `gridpost-<compound>-<id>`.",
    )
    keepalive_seconds: int = Field(
        default=10, ge=2, le=3600, description="After how long without a word the broker is asked whether it is there."
    )
    answer_seconds: float = Field(
        default=5.0, ge=1, le=60, description="How long the broker may owe an answer before the connection is given up."
    )
    max_in_flight: int = Field(
        default=500, ge=1, le=65535, description="The most messages that wait for the broker's confirmation at a time."
    )
    tick_seconds: float = Field(
        default=0.05,
        ge=0,
        le=5,
        description="Readings of a device that come within this time go out in one message.",
    )
    allow_simulated: bool = Field(
        default=False,
        description="A simulated compound reaches a broker that is not on loopback only where this is true.",
    )

    @field_validator("root")
    @classmethod
    def _a_topic(cls, root: str) -> str:
        if any(wrong in root for wrong in "+#\0") or root.startswith(("$", "/")) or root.endswith("/"):
            raise ValueError("is not a topic: no +, #, or $ and / at the beginning, or / at the end")
        return root

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if not self.tls and (self.ca_file or self.cert_file or self.key_file):
            raise ValueError("ca_file, cert_file and key_file need tls: true")
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file go together")
        if self.password is not None and not self.username:
            raise ValueError("a password needs a username")
        return self

    @property
    def tcp_port(self) -> int:
        """The port as it is used."""
        return self.port or (TLS_PORT if self.tls else PLAIN_PORT)

    @property
    def target(self) -> str:
        """Where it leads, for people."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.tcp_port}/{self.root}"

    @property
    def loopback(self) -> bool:
        """Whether the broker runs on this box."""
        return is_loopback(self.host)

    def build(self, wiring: Wiring) -> MqttOutlet:
        """Make the outlet."""
        from gateway.deliver.mqtt.outlet import MqttOutlet

        return MqttOutlet(self, wiring)
