"""A secret as the configuration names it: never the secret itself, always where it is to be found."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

CREDENTIALS = "CREDENTIALS_DIRECTORY"
"""Where systemd puts the credentials of a unit (systemd.exec(5), LoadCredential=)."""


class SecretMissing(Exception):
    """The secret cannot be read, as a sentence that names where it was looked for and never what it is."""


class Secret(BaseModel):
    """Where a secret is: in one place of three."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    env: str = Field(default="", description="The name of an environment variable.")
    file: str = Field(default="", description="A file that holds it, without anything else.")
    credential: str = Field(default="", description="The name of a systemd credential (LoadCredential=).")

    @model_validator(mode="after")
    def _in_one_place(self) -> Self:
        if sum(map(bool, (self.env, self.file, self.credential))) != 1:
            raise ValueError("name exactly one of env, file and credential")
        return self

    def read(self) -> str:
        """The secret, without white space around it. Raises `SecretMissing`."""
        if self.env:
            found = os.environ.get(self.env, "")
            if not found:
                raise SecretMissing(f"the environment variable {self.env} is not set")
            return found.strip()
        path = Path(self.file) if self.file else Path(os.environ.get(CREDENTIALS, "")) / self.credential
        if self.credential and CREDENTIALS not in os.environ:
            raise SecretMissing(f"the credential {self.credential} is not there: systemd gave none (LoadCredential=)")
        try:
            found = path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            why = getattr(error, "strerror", None) or "it is not UTF-8"
            raise SecretMissing(f"the file {path} cannot be read: {why}") from error
        if not found:
            raise SecretMissing(f"the file {path} is empty")
        return found
