"""What the installer writes for e-mail. Encrypted by default; a password never travels in clear off this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, Self

from pydantic import Field, model_validator

from drivers.addresses import is_loopback
from drivers.secret import Secret
from gateway.deliver.channels.contract import ChannelConfig

if TYPE_CHECKING:
    from gateway.deliver.channels.contract import ChannelWiring
    from gateway.deliver.channels.mail import Mail

PORTS: Final = {"tls": 465, "starttls": 587, "none": 25}
"""RFC 8314, 3.2 and 3.3; RFC 5321 for what is not encrypted."""


class MailConfig(ChannelConfig):
    """E-mail by a server of yours. Each person gets a mail of their own, so nobody reads the others' addresses."""

    kind: Literal["mail"] = Field(description="Always `mail`.")
    host: str = Field(min_length=1, description="Name or IP address of the SMTP server.")
    port: int | None = Field(default=None, ge=1, le=65535, description="TCP port; without it 465, 587 or 25 by `tls`.")
    tls: Literal["tls", "starttls", "none"] = Field(
        default="tls",
        description="`tls`: encrypted from the first byte; `starttls`: before anything is said; `none`: only on "
        "loopback, or without a password.",
    )
    ca_file: str = Field(default="", description="A certificate authority (PEM) to believe instead of the system's.")
    sender: str = Field(pattern=r"^[^@\s<>]+@[^@\s<>]+$", description="The address that mails come from.")
    username: str = Field(default="", description="The name to sign in with, if the server asks for one.")
    password: Secret | None = Field(default=None, description="Where the password of `username` is to be found.")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if bool(self.username) != (self.password is not None):
            raise ValueError("username and password belong together")
        if self.tls == "none" and self.password is not None and not self.local:
            raise ValueError("without TLS the password would travel in clear: write tls: starttls, or tls: tls")
        if self.tls == "none" and self.ca_file:
            raise ValueError("ca_file needs tls: tls or tls: starttls")
        return self

    @property
    def tcp_port(self) -> int:
        """The port as it is used."""
        return self.port or PORTS[self.tls]

    @property
    def target(self) -> str:
        """Where it leads, for people."""
        return f"{self.host}:{self.tcp_port} as {self.sender}"

    @property
    def local(self) -> bool:
        """Whether the server runs on this box."""
        return is_loopback(self.host)

    def build(self, wiring: ChannelWiring) -> Mail:
        """Make the channel."""
        from gateway.deliver.channels.mail import Mail

        return Mail(self, wiring)
