"""What the installer writes for a heartbeat: where it goes, and how often. Imports no network library."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from drivers.secret import Secret
from gateway.deliver.broker import Broker
from gateway.deliver.channels.address import leads_home, shown, usable

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]


class _Heartbeat(BaseModel):
    """What both have in common."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: Id = Field(description="The heartbeat's name, unique in the compound: lower case, digits, - and _.")
    every_seconds: float = Field(
        default=60,
        ge=5,
        le=3600,
        description="How often. Whoever listens should raise the alarm after about two misses.",
    )
    allow_simulated: bool = Field(
        default=False, description="A simulated compound has a heartbeat off this machine only with this."
    )


class HttpHeartbeat(_Heartbeat):
    """A request to a monitoring service such as healthchecks.io, or to the county's centre."""

    kind: Literal["http"] = Field(description="Always `http`.")
    url: str = Field(description="The address; any answer with HTTP 200 to 299 counts.")
    method: Literal["POST", "GET"] = Field(
        default="POST", description="A POST has a JSON body that says which compound it is and when."
    )
    token: Secret | None = Field(default=None, description="Where a bearer token is to be found, if one is asked for.")

    @field_validator("url")
    @classmethod
    def _usable(cls, url: str) -> str:
        return usable(url, "https", "http")

    @model_validator(mode="after")
    def _encrypted(self) -> Self:
        if self.token is not None and self.url.startswith("http:") and not self.local:
            raise ValueError("http:// to another machine: the token would travel in clear; write https://")
        return self

    @property
    def target(self) -> str:
        """Where it leads, for people; the path may be a secret."""
        return shown(self.url)

    @property
    def local(self) -> bool:
        """Whether it leads nowhere but to this box: then it proves nothing."""
        return leads_home(self.url)


class MqttHeartbeat(_Heartbeat, Broker):
    """A message to a broker off the box; the broker's confirmation is the answer."""

    kind: Literal["mqtt"] = Field(description="Always `mqtt`.")


HeartbeatConfig = Annotated[HttpHeartbeat | MqttHeartbeat, Field(discriminator="kind")]
