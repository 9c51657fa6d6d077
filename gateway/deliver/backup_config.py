"""What an installer writes about backups: the key, when they are made, and the places off the box that they go to."""

from __future__ import annotations

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from drivers.addresses import is_loopback
from drivers.secret import Secret


class BackupPlace(BaseModel):
    """Where copies go: a folder (a mounted share, a stick) or an address that takes HTTP PUT, such as a WebDAV folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: str = Field(default="", description="A folder on another disk than the data folder. Either this or `url`.")
    same_disk_allowed: bool = Field(
        default=False,
        description="Allow a `folder` on the disk of the data folder. It does not outlive that disk, so something else must "
        "carry it off. Without this a stick that is not plugged in is noticed.",
    )
    url: str = Field(default="", description="A WebDAV folder or another address below which files can be PUT.")
    username: str = Field(default="", description="The name to sign in with at `url`, if it asks for one.")
    password: Secret | None = Field(default=None, description="The password to `username`.")
    ca_file: str = Field(
        default="", description="A certificate authority of your own (PEM) that `url` is checked with."
    )
    plain_http_allowed: bool = Field(
        default=False,
        description="Allow http:// to another machine. The copy is encrypted; the password is not, and anyone on the way can "
        "read it.",
    )

    @field_validator("url")
    @classmethod
    def _an_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
            raise ValueError("is not an address such as https://nas.lan/dav/gridpost/")
        if parts.username is not None or parts.password is not None:
            raise ValueError("has a name or password in it: write them under username and password")
        return url

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if bool(self.folder) == bool(self.url):
            raise ValueError("name either a folder or a url")
        if self.folder and (self.username or self.password or self.ca_file):
            raise ValueError("username, password and ca_file belong to a url")
        if bool(self.username) != (self.password is not None):
            raise ValueError("username and password belong together")
        if self.url.startswith("http:") and not (self.plain_http_allowed or self.loopback):
            raise ValueError("http:// to another machine needs plain_http_allowed: true; use https:// if you can")
        return self

    def wrong_beside(self, data: Path) -> str:
        """What is wrong with the folder for a gateway with that data folder; "" for nothing, and for an address."""
        if not self.folder:
            return ""
        try:
            folder, kept = Path(self.folder).resolve(), data.resolve()
        except (OSError, ValueError, RuntimeError):  # a letter that no file has, links in a circle
            return f"is no folder: {self.folder!r}"
        if folder.is_relative_to(kept) or kept.is_relative_to(folder):
            return f"is in or above the data folder {data}, which it is to outlive: name a folder elsewhere"
        return ""

    @property
    def target(self) -> str:
        """Where it is, for people."""
        return self.folder or self.url

    @property
    def loopback(self) -> bool:
        """Whether the address is on this machine. A folder is not an address."""
        return is_loopback(urlsplit(self.url).hostname or "")


class BackupConfig(BaseModel):
    """Encrypted copies of journal, history and configuration, made by the running gateway and taken off the box."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: Secret = Field(
        description="The key that `gridpost backup key` made, or a passphrase of at least 12 characters. Without it no backup "
        "can be read, so keep a copy of it off the box."
    )
    every_hours: float = Field(default=24.0, ge=1, le=24 * 31, description="How often.")
    at: str = Field(
        default="",
        pattern=r"^$|^([01]\d|2[0-3]):[0-5]\d$",
        description='Once a day at this local time, such as "03:30", instead of `every_hours`.',
    )
    keep: int = Field(
        default=14, ge=1, le=1000, description="How many stay at each place; older ones are deleted there."
    )
    history: bool = Field(default=True, description="Copy the history of telemetry too, by far the largest part.")
    to: tuple[BackupPlace, ...] = Field(min_length=1, description="The places; each gets every backup.")

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.at and "every_hours" in self.model_fields_set:
            raise ValueError("write either every_hours or at, not both")
        if len({place.target for place in self.to}) != len(self.to):
            raise ValueError("a place is there twice")
        return self
