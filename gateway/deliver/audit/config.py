"""What the installer writes about the audit leaving the box. Encrypted unless it stays on this machine or is told not to be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.addresses import is_loopback

if TYPE_CHECKING:
    import ssl

PORTS: Final = {"tls": 6514, "tcp": 514, "udp": 514}
"""IANA's syslog-tls (RFC 5425) and syslog; plain TCP has no port of its own (RFC 6587)."""

SYSLOG: Final = "syslog"
"""The name under which it says how it stands."""


class SyslogConfig(BaseModel):
    """A syslog server that gets every row of the audit (RFC 5424)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(min_length=1, description="Name or IP address of the server.")
    port: int | None = Field(default=None, ge=1, le=65535, description="Without it 6514 for `tls`, else 514.")
    transport: Literal["tls", "tcp", "udp"] = Field(
        default="tls",
        description="`tls` (RFC 5425); `tcp` and `udp` only on loopback or with `plain_allowed`. What UDP loses is lost.",
    )
    plain_allowed: bool = Field(
        default=False, description="Allow `tcp` or `udp` to another machine: anyone on the way can read who did what."
    )
    ca_file: Path | None = Field(
        default=None, description="The authority (PEM) that the server's certificate comes from; else the system's."
    )
    cert_file: Path | None = Field(
        default=None, description="Our own certificate (PEM), where the server asks for one."
    )
    key_file: Path | None = Field(default=None, description="The key of `cert_file` (PEM, without a pass phrase).")
    facility: int = Field(default=13, ge=0, le=23, description="The facility of RFC 5424, table 1; 13 is log audit.")
    allow_simulated: bool = Field(
        default=False, description="A simulated compound reaches a server that is not on loopback only with this."
    )

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.transport != "tls" and not (self.plain_allowed or self.loopback):
            raise ValueError(f"{self.transport} to another machine needs plain_allowed: true; use tls if you can")
        if self.transport != "tls" and (self.ca_file or self.cert_file or self.key_file):
            raise ValueError("ca_file, cert_file and key_file belong to tls")
        if (self.cert_file is None) != (self.key_file is None):
            raise ValueError("cert_file and key_file go together")
        return self

    @property
    def used_port(self) -> int:
        """The port as it is used."""
        return self.port or PORTS[self.transport]

    @property
    def target(self) -> str:
        """Where it leads, for people."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"syslog+{self.transport}://{host}:{self.used_port}"

    @property
    def loopback(self) -> bool:
        """Whether the server runs on this box."""
        return is_loopback(self.host)

    def tls(self) -> ssl.SSLContext | None:
        """How it is encrypted, None for plain. Reads files: raises OSError or ssl.SSLError where they are not right."""
        if self.transport != "tls":
            return None
        import ssl

        context = ssl.create_default_context(cafile=self.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if self.cert_file is not None and self.key_file is not None:
            context.load_cert_chain(self.cert_file, self.key_file)
        return context


class HeadConfig(BaseModel):
    """The audit's head, told once a day to somebody off the box."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to: tuple[str, ...] = Field(
        min_length=1, description="Ids of `people`, or of `channels` that are no person's, such as an MQTT topic."
    )
    at: str = Field(default="08:00", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="When, by local time.")


class AuditConfig(BaseModel):
    """How the audit leaves the box, so that nobody who has the box can rewrite it unseen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    head: HeadConfig | None = Field(default=None, description="The chain's head, once a day.")
    syslog: SyslogConfig | None = Field(default=None, description="Every row, as it happens.")
