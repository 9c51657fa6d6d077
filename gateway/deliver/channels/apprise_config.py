"""What the installer writes for one of the hundred services that Apprise knows. Needs the extra `gridpost[apprise]`."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal

from pydantic import Field, field_validator

from drivers.secret import Secret
from gateway.deliver.channels.contract import ChannelConfig

if TYPE_CHECKING:
    from gateway.deliver.channels.apprise import ByApprise
    from gateway.deliver.channels.contract import ChannelWiring


class AppriseConfig(ChannelConfig):
    """Any service by its Apprise address, which is a secret as a whole. It has neither receipts nor answers."""

    kind: Literal["apprise"] = Field(description="Always `apprise`.")
    address: Secret = Field(
        description="Where the Apprise address is to be found, such as tgram://TOKEN/{to}; `{to}` in it is what "
        "people's `reach` says."
    )
    per_minute: float = Field(default=20, gt=0, le=600, description="How many messages a minute the service takes.")
    longest_bytes: int = Field(default=1500, ge=100, le=20_000, description="The longest text, in bytes of UTF-8.")

    @field_validator("kind")
    @classmethod
    def _installed(cls, kind: str) -> str:
        if find_spec("apprise") is None:
            raise ValueError("Apprise is not installed: pip install 'gridpost[apprise]'")
        return kind

    @property
    def target(self) -> str:
        """Where it leads, for people: not even the service is told, for it stands in the secret."""
        return "Apprise"

    @property
    def local(self) -> bool:
        """Nobody knows where it leads."""
        return False

    def build(self, wiring: ChannelWiring) -> ByApprise:
        """Make the channel."""
        from gateway.deliver.channels.apprise import ByApprise

        return ByApprise(self, wiring)
