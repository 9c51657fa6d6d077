"""What the installer writes for an MQTT broker with its devices. Imports no protocol library; `build` touches no network."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from drivers.addresses import is_loopback
from drivers.entry import HexKey
from drivers.secret import Secret

if TYPE_CHECKING:
    from drivers.mqtt.driver import MqttLine

PLAIN_PORT, TLS_PORT = 1883, 8883
"""The ports that IANA gave to mqtt and secure-mqtt."""

TOPIC_LIMIT_BYTES = 500
"""Far under the 65,535 bytes of the protocol: what a product adds must fit too, and each message carries it."""

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Version = Annotated[Literal["5", "3.1.1"], BeforeValidator(lambda x: str(x) if isinstance(x, int) else x)]


class MqttDevice(BaseModel):
    """One device behind the broker."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id = Field(description="The device's name, unique in the compound: lower case, digits, - and _.")
    product: str = Field(
        min_length=1, description="The product's profile: the name of a file in drivers/profiles or your own folder."
    )
    topic: str = Field(
        min_length=1,
        description="What the device's topics begin with; it stands where the product's profile says `{topic}`.",
    )
    serial: int | str | None = Field(
        default=None, description="The serial number, for people; nothing is checked by it."
    )

    @field_validator("topic")
    @classmethod
    def _a_topic(cls, topic: str) -> str:
        if topic.startswith("$") or topic.endswith("/") or any(wrong in topic for wrong in "+#{}\0"):
            raise ValueError("is not a topic: no +, #, { or }, no $ at the beginning, no / at the end")
        if len(topic.encode()) > TOPIC_LIMIT_BYTES:
            raise ValueError(f"is longer than {TOPIC_LIMIT_BYTES} bytes")
        return topic


class MqttTls(BaseModel):
    """How the connection is encrypted, and by what both sides prove who they are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ca: Path | None = Field(
        default=None, description="The authority (PEM) that the broker's certificate comes from; else the system's."
    )
    certificate: Path | None = Field(
        default=None, description="Our own certificate (PEM), where the broker asks for one."
    )
    key: Path | None = Field(default=None, description="The key of `certificate` (PEM, without a pass phrase).")

    @model_validator(mode="after")
    def _both(self) -> Self:
        if (self.certificate is None) != (self.key is None):
            raise ValueError("certificate and key go together")
        return self


class MqttLineConfig(BaseModel):
    """A broker, and the devices that speak through it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id = Field(description="The line's name, unique in the compound.")
    driver: Literal["mqtt"] = Field(description="Always `mqtt`.")
    host: str = Field(min_length=1, description="Name or IP address of the broker.")
    port: int | None = Field(default=None, ge=1, le=65535, description="TCP port; without it 1883, or 8883 with `tls`.")
    version: Version = Field(
        default="5",
        description="`3.1.1` for a broker that does not speak MQTT 5: commands then cannot expire in the broker.",
    )
    client_id: str = Field(
        default="",
        max_length=256,
        description="Under which name the broker keeps what we missed: unique on the broker, and never changed; without it "
        "`gridpost-<id>`.",
    )
    username: str = Field(default="", description="The user name, where the broker asks for one.")
    password: Secret | None = Field(default=None, description="Where the password is to be found.")
    plain_allowed: bool = Field(
        default=False,
        description="A password crosses the network in clear only where this is true; without it a password needs `tls`, or a "
        "broker on this box.",
    )
    tls: MqttTls | None = Field(
        default=None, description="Encrypt, and believe only a broker whose certificate fits its `host`; `{}` will do."
    )
    session_hours: float = Field(
        default=24.0,
        ge=1,
        le=720,
        description="For so long a broker that speaks MQTT 5 keeps what came while we were away.",
    )
    keepalive_seconds: int = Field(
        default=30, ge=2, le=3600, description="After how long without a word the broker is asked whether it is there."
    )
    profile_folders: tuple[Path, ...] = Field(default=(), description="More folders with product profiles.")
    credential_key: HexKey | None = Field(
        default=None,
        description="The site key in hex digits, under which codes and tags are hashed; filled in by the gateway.",
    )
    devices: tuple[MqttDevice, ...] = Field(min_length=1, description="The devices that speak through this broker.")

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        ids = Counter(device.id for device in self.devices)
        topics: dict[str, list[str]] = {}
        for device in self.devices:
            topics.setdefault(device.topic, []).append(device.id)
        wrong = [f"device id {name!r} is there twice" for name, times in ids.items() if times > 1]
        wrong += [f"topic {topic} belongs to both {' and '.join(of)}" for topic, of in topics.items() if len(of) > 1]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    @model_validator(mode="after")
    def _kept_secret(self) -> Self:
        if self.password is None:
            return self
        if not self.username:
            raise ValueError("a password needs a username")
        if self.tls is None and not self.plain_allowed and not is_loopback(self.host):
            raise ValueError(
                f"the password would go to {self.host} in clear: write `tls:`, or `plain_allowed: true` where nobody else "
                "can listen"
            )
        return self

    @property
    def tcp_port(self) -> int:
        """The port as it is used."""
        return self.port or (PLAIN_PORT if self.tls is None else TLS_PORT)

    @property
    def session_name(self) -> str:
        """The client id as it is used."""
        return self.client_id or f"gridpost-{self.id}"

    @property
    def address(self) -> str:
        """Where the line leads: "mqtt://10.0.0.7:1883"."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtt' if self.tls is None else 'mqtts'}://{host}:{self.tcp_port}"

    def build(self) -> MqttLine:
        """Make the driver. Raises `Misconfigured` when a product has no usable profile."""
        from drivers.mqtt.driver import MqttLine

        return MqttLine(self)
