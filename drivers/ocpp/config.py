"""What the installer writes for chargers that dial in. Imports no protocol library; `build` does, and touches no network."""

from __future__ import annotations

from collections import Counter
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.entry import HexKey
from drivers.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Iterable

    from drivers.ocpp.driver import OcppLine

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Security = Literal["none", "basic", "tls", "mutual"]
Action = Annotated[str, Field(pattern=r"^[A-Z][A-Za-z]{2,39}$")]


class Charger(BaseModel):
    """One charge point."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id = Field(description="The charger's name, unique in the compound: lower case, digits, - and _.")
    identity: str = Field(
        pattern=r"^[A-Za-z0-9*_=:+|@.()-]{1,48}$",
        description="What it calls itself: the end of the address that it dials, ws://HOST:PORT/ocpp/IDENTITY.",
    )
    connectors: int = Field(default=1, ge=1, le=16, description="How many connectors it has; they are numbered from 1.")
    password: Secret | None = Field(
        default=None,
        description="Its password (security `basic` and `tls`), as text or as 32 to 40 hex digits. Its user name is its "
        "identity.",
    )
    amperes: float = Field(default=32.0, gt=0, le=1000, description="What each connector is made for, in A.")
    lenient: tuple[Action, ...] = Field(
        default=(),
        description="Messages whose fields are not held against the standard, for a charger that is known to be sloppy, such "
        "as `[StatusNotification, MeterValues]`.",
    )
    serial: str | None = Field(
        default=None,
        description="The serial number that it must have; a charger that says another one when it starts is reported.",
    )


class TlsFiles(BaseModel):
    """The files of an encrypted line, all PEM."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    certificate: Path = Field(description="Our certificate, with those that sign it up to the one that chargers know.")
    key: Path = Field(description="Its private key, without a pass phrase.")
    client_ca: Path | None = Field(
        default=None, description="Security `mutual`: the authority that signed the chargers' certificates."
    )


class OcppConfig(BaseModel):
    """A port at which chargers dial in, and the chargers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Id = Field(description="The line's name, unique in the compound.")
    driver: Literal["ocpp"] = Field(description="Always `ocpp`.")
    listen: str = Field(
        default="127.0.0.1:9000",
        pattern=r"^(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:]+\]):\d{1,5}$",
        description="IP address and port at which chargers dial in: 0.0.0.0:9000 for every network of this box.",
    )
    path: str = Field(
        default="/ocpp",
        pattern=r"^(/[A-Za-z0-9._~-]+)*$",
        description="What stands before the identity in the address.",
    )
    security: Security = Field(
        default="basic",
        description="`none`; `basic` (a password, in clear); `tls` (a password, encrypted); `mutual` (encrypted, and each "
        "charger has a certificate whose common name is its identity).",
    )
    tls: TlsFiles | None = Field(default=None, description="Security `tls` and `mutual`: the certificates.")
    plain_allowed: bool = Field(
        default=False,
        description="Let chargers of a network speak in clear (security `none` and `basic`): only where nobody else is on it.",
    )
    heartbeat_seconds: int = Field(
        default=300, ge=10, le=3600, description="How often a silent charger says that it lives."
    )
    sample_seconds: int = Field(default=15, ge=5, le=300, description="How often it measures while it charges.")
    ping_seconds: float = Field(
        default=30.0,
        ge=0.05,
        le=300,
        description="How often its connection is tried; after two silent tries it is lost.",
    )
    credential_key: HexKey | None = Field(
        default=None,
        description="The site key in hex, under which tags are hashed; without it a random one per start.",
    )
    conformance: bool = Field(
        default=False,
        description="Not written here: set by the test flag under which an outside conformance suite works the central "
        "system. The driver then sends nothing of its own accord.",
    )
    devices: tuple[Charger, ...] = Field(min_length=1, description="The chargers.")

    @model_validator(mode="after")
    def _safe_to_listen(self) -> Self:
        encrypted = self.security in ("tls", "mutual")
        if encrypted and self.tls is None:
            raise ValueError(f"security {self.security} needs tls: {{certificate, key}}")
        if not encrypted and self.tls is not None:
            raise ValueError("tls belongs to security tls or mutual")
        if self.security == "mutual" and self.tls is not None and self.tls.client_ca is None:
            raise ValueError("security mutual needs tls: {client_ca}: who signed the chargers' certificates")
        if not (encrypted or self.plain_allowed or ip_address(self.host).is_loopback):
            raise ValueError(
                f"{self.listen} would take chargers in clear: use security tls or mutual, or write plain_allowed: true where "
                "nobody else is on that network"
            )
        return self

    @model_validator(mode="after")
    def _told_apart(self) -> Self:
        wrong = [f"device id {name!r} is there twice" for name in _repeated(device.id for device in self.devices)]
        wrong += [
            f"identity {name!r} belongs to both "
            + " and ".join(device.id for device in self.devices if device.identity.casefold() == name)
            for name in _repeated(device.identity.casefold() for device in self.devices)
        ]
        with_password = self.security in ("basic", "tls")
        odd = [device.id for device in self.devices if (device.password is not None) is not with_password]
        if odd:
            what = "need a password" if with_password else "cannot have a password"
            wrong.append(f"with security {self.security} {', '.join(odd)} {what}")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    @property
    def host(self) -> str:
        """The IP address at which it listens."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The TCP port at which it listens."""
        return int(self.listen.rpartition(":")[2])

    @property
    def address(self) -> str:
        """Where chargers dial: "ws://127.0.0.1:9000/ocpp"."""
        return f"{'ws' if self.tls is None else 'wss'}://{self.listen}{self.path}"

    def build(self) -> OcppLine:
        """Make the driver. Raises Misconfigured for a password that cannot be read."""
        from drivers.ocpp.driver import OcppLine

        return OcppLine(self)


def _repeated(items: Iterable[str]) -> list[str]:
    return [item for item, times in Counter(items).items() if times > 1]
