"""What the installer writes for a 4G modem with a SIM at the box: short messages that need no Internet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from drivers.secret import Secret
from gateway.deliver.channels.contract import ChannelConfig

if TYPE_CHECKING:
    from gateway.deliver.channels.contract import ChannelWiring
    from gateway.deliver.channels.modem import Modem


class ModemConfig(ChannelConfig):
    """Short messages by a modem on a serial port, in PDU mode. Numbers are written as +86138... or 138..."""

    kind: Literal["sms_modem"] = Field(description="Always `sms_modem`.")
    path: str = Field(
        min_length=1,
        description="Its AT port: for a USB modem best the lasting name under /dev/serial/by-id; many have several ports.",
    )
    baud: int = Field(default=115200, ge=1200, le=1_000_000, description="Bits per second; USB modems do not care.")
    pin: Secret | None = Field(default=None, description="Where the SIM's PIN is to be found, where it asks for one.")
    receipts: bool = Field(default=True, description="Ask the network to tell when a phone has the message.")
    per_minute: float = Field(default=15, gt=0, le=60, description="How many messages a minute; one takes about 3 s.")

    @property
    def target(self) -> str:
        """Where it leads, for people."""
        return self.path

    @property
    def local(self) -> bool:
        """It leads into the mobile network; only a pseudo-terminal of a test stays here."""
        return self.path.startswith("/dev/pts/")

    def build(self, wiring: ChannelWiring) -> Modem:
        """Make the channel."""
        from gateway.deliver.channels.modem import Modem

        return Modem(self, wiring)
