"""What the installer writes for an InfluxDB. Imports no HTTP library; `build` does, and touches no network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from drivers.addresses import is_loopback
from drivers.secret import Secret

if TYPE_CHECKING:
    from gateway.deliver.influx.outlet import InfluxOutlet
    from gateway.deliver.outlet import Wiring

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Name = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class InfluxConfig(BaseModel):
    """An InfluxDB that takes telemetry as line protocol, and alarms, commands and events beside it as annotations."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: Id = Field(description="The outlet's name, unique in the compound: lower case, digits, - and _.")
    kind: Literal["influxdb"] = Field(description="Always `influxdb`.")
    url: str = Field(
        description="Where it answers: `http://127.0.0.1:8086`, or https with a name that its certificate has."
    )
    dialect: Literal["v1", "v2", "v3"] = Field(
        description="Which InfluxDB it is: `v1` (1.x), `v2` (2.x and all that speak its write API) or `v3` (3 Core and "
        "Enterprise)."
    )
    database: Name = Field(default="", description="The database of a v1 or v3.")
    retention_policy: Name = Field(
        default="", description="v1: the retention policy to write to; else the default one."
    )
    bucket: Name = Field(default="", description="The bucket of a v2.")
    org: Name = Field(default="", description="v2: the organisation that the bucket belongs to.")
    username: Name = Field(default="", description="v1: who writes, where it asks for a sign-in.")
    password: Secret | None = Field(default=None, description="v1: the password of that user.")
    token: Secret | None = Field(default=None, description="v2 and v3: a token that may write there, and nothing else.")
    ca_file: Path | None = Field(
        default=None, description="https: certificates to trust instead of the system's (PEM)."
    )
    verify_tls: bool = Field(default=True, description="https: `false` believes any certificate. For tests alone.")
    gzip: bool = Field(default=False, description="Compress what is sent; worth it on a metered or slow link.")
    timeout_seconds: float = Field(
        default=10.0, ge=1, le=120, description="The longest wait for the whole of an answer."
    )
    allow_simulated: bool = Field(
        default=False,
        description="A simulated compound reaches a destination that is not on loopback only with this.",
    )

    @model_validator(mode="after")
    def _one_way_in(self) -> Self:
        wrong = [*_wrong_with_url(self.url)]
        for field, dialects in _DIALECTS_OF.items():
            if self.dialect not in dialects and getattr(self, field):
                wrong.append(f"`{field}` belongs to {' and '.join(dialects)}, not to {self.dialect}")
        place = "bucket" if self.dialect == "v2" else "database"
        if not getattr(self, place):
            wrong.append(f"`{place}` is missing: where a {self.dialect} shall write")
        if self.dialect == "v2" and not self.org:
            wrong.append("`org` is missing: a v2 does not know its buckets without")
        if bool(self.username) != (self.password is not None):
            wrong.append("`username` and `password` belong together")
        if wrong:
            raise ValueError("; ".join(wrong))
        return self

    @property
    def loopback(self) -> bool:
        """Whether it leads nowhere but to this box."""
        return is_loopback(urlsplit(self.url).hostname or "")

    @property
    def target(self) -> str:
        """Where it leads, for people: the address and the database or bucket."""
        return f"{self.url.rstrip('/')} {self.bucket or self.database}"

    def build(self, wiring: Wiring) -> InfluxOutlet:
        """Make the outlet."""
        from gateway.deliver.influx.outlet import InfluxOutlet

        return InfluxOutlet(self, wiring)


_DIALECTS_OF = {
    "database": ("v1", "v3"),
    "retention_policy": ("v1",),
    "bucket": ("v2",),
    "org": ("v2",),
    "username": ("v1",),
    "password": ("v1",),
    "token": ("v2", "v3"),
}


def _wrong_with_url(url: str) -> list[str]:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        return [f"`url` cannot be read: {error}"]
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ["`url` begins with http:// or https:// and names a host"]
    if parts.username is not None or parts.password is not None:
        return ["`url` holds a user or a password: these have keys of their own, and secrets are named, not written"]
    if parts.query or parts.fragment:
        return ["`url` ends before ? and #: what is written to has keys of its own"]
    return []
