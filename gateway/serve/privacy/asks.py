"""What is asked about persons' data and investigations. Names come in bodies alone: a URL is logged on its way."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field

from gateway.serve.asks import Asked, Why

Pseudonym = Annotated[str, Field(description="The person's pseudonym, as `find` told it.", min_length=1, max_length=80)]
InvestigationId = Annotated[str, Path(description="The investigation's id, such as i3.", max_length=40)]
_SHOWN = r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$"
"""No control characters, and none that turn a line around."""
Utc = Annotated[float, Field(description="Seconds since 1970.", ge=0, le=2**32)]


class FindBody(Asked):
    """Whom to look for: by household, by name, or by both."""

    name: Annotated[str, Field(description="A part of the name.", max_length=80)] = ""
    household: Annotated[str, Field(description="The whole household, such as b3-2-501.", max_length=80)] = ""


class PersonBody(Asked):
    """One person, and why."""

    person: Pseudonym
    reason: Why


class InvestigationBody(Asked):
    """What a body that may ask wants to know. All of it is needed; decide says what is wrong with it."""

    body: Annotated[str, Field(description="Which body asks, such as a police station.", max_length=200)]
    document: Annotated[str, Field(description="The number of its document.", max_length=100, pattern=_SHOWN)]
    places: Annotated[
        list[Annotated[str, Field(max_length=80)]],
        Field(description="Ids of buildings and devices.", max_length=200),
    ]
    from_utc: Utc
    to_utc: Annotated[float, Field(description="Seconds since 1970; at most 31 days later.", ge=0, le=2**32)]
    reason: Annotated[str, Field(description="Why; it is journalled.", max_length=500)]


class EndBody(Asked):
    """Why it is refused or released."""

    reason: Annotated[Why, Field(pattern=r"\S")]
