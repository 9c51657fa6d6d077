"""What the installer writes for a NUT server. Imports no protocol library; `build` touches no network."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.addresses import is_loopback
from drivers.secret import Secret

if TYPE_CHECKING:
    from drivers.nut.driver import NutLine

PORT = 3493
"""What IANA gave to nut."""

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]


class NutDevice(BaseModel):
    """One power supply that the server knows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id = Field(description="The device's name, unique in the compound: lower case, digits, - and _.")
    product: str = Field(default="nut-ups", min_length=1, description="Always `nut-ups`.")
    ups: str = Field(
        pattern=r"^[A-Za-z0-9_.-]{1,64}$", description="What the server calls it: the section of its ups.conf."
    )
    serial: int | str | None = Field(
        default=None, description="The serial number, for people; nothing is checked by it."
    )


class NutConfig(BaseModel):
    """A server of Network UPS Tools (upsd), and the power supplies behind it. They are only listened to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id = Field(description="The line's name, unique in the compound.")
    driver: Literal["nut"] = Field(description="Always `nut`.")
    host: str = Field(min_length=1, description="Name or IP address of the server; 127.0.0.1 for one on this box.")
    port: int = Field(default=PORT, ge=1, le=65535, description="TCP port.")
    every_seconds: float = Field(
        default=5.0, ge=0.01, le=60, description="How often each power supply is asked; upsd itself asks every 2 s."
    )
    timeout_seconds: float = Field(default=5.0, ge=0.1, le=60, description="How long one answer may take.")
    username: str = Field(
        default="",
        pattern=r"^[!-~]{0,64}$",
        description="The user name, where the server wants one before it tells anything.",
    )
    password: Secret | None = Field(default=None, description="Where the password is to be found.")
    plain_allowed: bool = Field(
        default=False,
        description="The protocol sends a password in clear: it leaves this box only where this is true.",
    )
    devices: tuple[NutDevice, ...] = Field(min_length=1, description="The power supplies.")

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        ids = Counter(device.id for device in self.devices)
        names = Counter(device.ups for device in self.devices)
        wrong = [f"device id {name!r} is there twice" for name, times in ids.items() if times > 1]
        wrong += [f"ups {name!r} is there twice" for name, times in names.items() if times > 1]
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    @model_validator(mode="after")
    def _kept_secret(self) -> Self:
        if self.password is None:
            return self
        if not self.username:
            raise ValueError("a password needs a username")
        if not self.plain_allowed and not is_loopback(self.host):
            raise ValueError(
                f"the password would go to {self.host} in clear: write `plain_allowed: true` where nobody else can listen, or "
                "leave it out: most servers tell how a power supply is without one"
            )
        return self

    @property
    def address(self) -> str:
        """Where the line leads: "10.0.0.7:3493"."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def build(self) -> NutLine:
        """Make the driver. Raises `Misconfigured` for a product that there is not."""
        from drivers.nut.driver import NutLine

        return NutLine(self)
