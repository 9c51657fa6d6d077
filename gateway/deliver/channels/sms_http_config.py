"""What the installer writes for any SMS service that takes one HTTP request for each message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from drivers.secret import Secret
from gateway.deliver.channels.address import leads_home, shown, usable
from gateway.deliver.channels.contract import ChannelConfig

if TYPE_CHECKING:
    from gateway.deliver.channels.contract import ChannelWiring
    from gateway.deliver.channels.sms_http import SmsHttp


class Success(BaseModel):
    """How the service says yes inside an HTTP 200: a key of its JSON answer, and what stands there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str = Field(pattern=r"^[\w.-]{1,100}$", description="The key, `result.code` for one inside another.")
    equals: str | int | bool = Field(description="What stands there when the message was taken.")


class SmsHttpConfig(ChannelConfig):
    """Short messages by a service of your choice. `{to}`, `{text}` and `{secret}` are filled in everywhere."""

    kind: Literal["sms_http"] = Field(description="Always `sms_http`.")
    url: str = Field(description="The address; what is filled in there is percent-encoded.")
    method: Literal["POST", "GET"] = Field(default="POST", description="How it is asked.")
    headers: dict[str, str] = Field(default={}, description="More headers, such as `Authorization: Bearer {secret}`.")
    body: dict[str, Any] = Field(default={}, description="What is sent; strings in it are filled in, at any depth.")
    form: bool = Field(default=False, description="Send `body` as a form instead of JSON.")
    secret: Secret | None = Field(default=None, description="Where the service's key is to be found.")
    success: Success | None = Field(
        default=None, description="How it says yes; left out where every answer with HTTP 200 to 299 means that."
    )
    per_minute: float = Field(default=60, gt=0, le=6000, description="How many messages a minute it takes.")
    longest_bytes: int = Field(default=600, ge=60, le=10_000, description="The longest text, in bytes of UTF-8.")

    @field_validator("url")
    @classmethod
    def _usable(cls, url: str) -> str:
        return usable(url, "https", "http")

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        written = f"{self.url} {self.headers} {self.body}"
        for field in ("{to}", "{text}"):
            if field not in written:
                raise ValueError(f"{field} stands neither in url nor in body: the service would not get it")
        if ("{secret}" in written) != (self.secret is not None):
            raise ValueError("`secret` and a place where {secret} is filled in go together")
        if self.method == "GET" and self.body:
            raise ValueError("a GET has no body: write everything into url")
        if self.form and not all(isinstance(value, str) for value in self.body.values()):
            raise ValueError("a form has strings alone: nothing in `body` can be deeper")
        if self.secret is not None and self.url.startswith("http:") and not self.local:
            raise ValueError("http:// to another machine: the secret would travel in clear; write https://")
        return self

    @property
    def target(self) -> str:
        """Where it leads, for people."""
        return shown(self.url)

    @property
    def local(self) -> bool:
        """Whether it leads nowhere but to this box."""
        return leads_home(self.url)

    def build(self, wiring: ChannelWiring) -> SmsHttp:
        """Make the channel."""
        from gateway.deliver.channels.sms_http import SmsHttp

        return SmsHttp(self, wiring)
