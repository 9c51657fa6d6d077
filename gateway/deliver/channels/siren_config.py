"""What the installer writes for a siren, a sounder or a lamp behind a relay: a device of the lines, and its commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from gateway.deliver.channels.contract import ChannelConfig, Id

if TYPE_CHECKING:
    from gateway.deliver.channels.contract import ChannelWiring
    from gateway.deliver.channels.siren import Siren


_YAML_MEANT = {True: "on", False: "off"}


def _named(arguments: Any) -> Any:
    """YAML 1.1 reads a key that is written on or off as a truth value."""
    if not isinstance(arguments, dict):
        return arguments
    return {_YAML_MEANT[key] if isinstance(key, bool) else key: value for key, value in arguments.items()}


class Switching(BaseModel):
    """A command of the device."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    command: str = Field(min_length=1, description="The command's name, such as relay3.switch.")
    arguments: Annotated[dict[str, bool | int | float | str], BeforeValidator(_named)] = Field(
        default={}, description="Its arguments, such as on: true."
    )


class SirenConfig(ChannelConfig):
    """A siren that is switched on when it is told of something, and off when that is answered."""

    kind: Literal["siren"] = Field(description="Always `siren`.")
    device: Id = Field(description="The device that switches it, one of those under `lines`.")
    sound: Switching = Field(description="What switches it on.")
    silence: Switching = Field(description="What switches it off.")
    most_minutes: float = Field(
        default=10,
        gt=0,
        le=240,
        description="It is switched off after so long, answered or not; people go on being told by other ways.",
    )

    @property
    def target(self) -> str:
        """Where it leads, for people."""
        return f"{self.device} {self.sound.command}"

    @property
    def local(self) -> bool:
        """A device of our own lines; whether these leave the box is checked where lines are known."""
        return True

    def build(self, wiring: ChannelWiring) -> Siren:
        """Make the channel."""
        from gateway.deliver.channels.siren import Siren

        return Siren(self, wiring)
