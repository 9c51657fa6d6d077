"""What the installer writes for the county's platform. Imports no HTTP library."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.addresses import is_loopback
from drivers.secret import Secret

COUNTY = "county"
"""What the rule `outlet_failing` calls the platform."""

SECRET_LENGTH = 16
"""A shorter secret could be guessed by whoever has seen a signed message."""


class CountyConfig(BaseModel):
    """A county platform 区县平台 that is handed every change of an incident, and says what becomes of it there."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: str = Field(description="Where incidents are posted to: http or https, with its whole path.")
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")] = Field(
        description="What the platform calls this compound."
    )
    secret: Secret = Field(description="Where the shared secret is to be found: at least 16 characters.")
    ca_file: Path | None = Field(
        default=None, description="https: certificates to trust instead of the system's (PEM)."
    )
    timeout_seconds: float = Field(
        default=10.0, ge=1, le=120, description="The longest wait for the whole of an answer."
    )
    allow_simulated: bool = Field(
        default=False, description="A simulated compound reaches a platform that is not on loopback only with this."
    )

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        try:
            parts = urlsplit(self.url)
            _ = parts.port
        except ValueError as error:
            raise ValueError(f"`url` cannot be read: {error}") from error
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("`url` begins with http:// or https:// and names a host")
        if parts.username is not None or parts.password is not None or parts.fragment:
            raise ValueError("`url` has no user, password or fragment in it")
        return self

    @property
    def loopback(self) -> bool:
        """Whether it leads nowhere but to this box."""
        return is_loopback(urlsplit(self.url).hostname or "")

    @property
    def target(self) -> str:
        """Where it leads, for people; what stands behind ? may be a key."""
        return self.url.partition("?")[0]
