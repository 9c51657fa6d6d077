"""What everything in the configuration has in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]


class Written(BaseModel):
    """Anything in the configuration."""

    model_config = ConfigDict(frozen=True, extra="forbid")
