"""What is asked about accounts: signing in, one's own account, users and duty screens; see `asks.py`."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Path
from pydantic import Field

from gateway.actor import Role  # noqa: TC001 - pydantic reads annotations at run time
from gateway.keep.accounts.names import NAME_LONGEST
from gateway.keep.accounts.passwords import LONGEST
from gateway.keep.accounts.tokens import LONGEST_DAYS
from gateway.serve.asks import Asked

_SHOWN = r"^[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]*$"
"""No control characters, none without a width, and none that turn a line around: a name stands in lists and logs."""

UserId = Annotated[str, Path(description="The user's id, such as u-1f2e3d4c.", max_length=40)]
ScreenId = Annotated[str, Path(description="The duty screen's id.", max_length=40)]
SessionId = Annotated[str, Path(description="The session's id, as the list has it.", max_length=40)]
TokenId = Annotated[str, Path(description="The token's id, as the list has it.", max_length=40)]

Name = Annotated[
    str, Field(description="The name to sign in with.", min_length=1, max_length=NAME_LONGEST, pattern=_SHOWN)
]
Grids = Annotated[tuple[str, ...], Field(description="The grids that he is bound to; empty: all.", max_length=200)]
Why = Annotated[str, Field(description="Why; it is journalled.", min_length=1, max_length=500)]
Secret = Annotated[str, Field(max_length=LONGEST)]
Scope = Literal["read", "answer", "operate", "people", "configure", "audit"]


class SignIn(Asked):
    """A one-time code, or a name with its password."""

    code: Annotated[str, Field(description="The code of a one-time link.", max_length=512)] = ""
    name: Annotated[str, Field(description="The user's name.", max_length=NAME_LONGEST)] = ""
    password: Annotated[str, Field(description="His password.", max_length=LONGEST)] = ""


class PasswordBody(Asked):
    """A new password."""

    old: Annotated[Secret, Field(description="The one until now; left out where there is none yet.")] = ""
    new: Annotated[Secret, Field(description="The new one: 10 characters at least, a Chinese one counts two.")]


class PinBody(Asked):
    """A new PIN, and what proves whose it is."""

    pin: Annotated[str, Field(description="4 to 8 digits.", max_length=16)]
    password: Annotated[Secret, Field(description="Your password.")] = ""
    old_pin: Annotated[str, Field(description="Or the PIN until now.", max_length=16)] = ""


class TokenBody(Asked):
    """An access token that is to be made."""

    name: Annotated[str, Field(description="What uses it.", min_length=1, max_length=80, pattern=_SHOWN)]
    scopes: Annotated[list[Scope], Field(description="What it is limited to.", min_length=1, max_length=6)]
    days: Annotated[int, Field(description="How long it is good.", ge=1, le=LONGEST_DAYS)] = 90


class NewUser(Asked):
    """Somebody who is to come in."""

    name: Name
    role: Annotated[Role, Field(description="What he may do.")]
    grids: Grids = ()
    person: Annotated[str, Field(description="The id of the one of the staff whose account it is.", max_length=40)] = ""


class UserChange(Asked):
    """What a user may from now on."""

    role: Annotated[Role, Field(description="What he may do.")]
    grids: Grids = ()
    closed: Annotated[bool, Field(description="Whether nobody comes in by this account.")] = False


class LostPhoneBody(Asked):
    """A phone that is not where it should be."""

    reason: Why


class NewScreen(Asked):
    """A duty screen that is to be hung up."""

    name: Name
    grids: Grids = ()
