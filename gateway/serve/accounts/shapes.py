"""The shapes of answers about accounts. Times are seconds since 1970."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway.serve.shape import Shape

Utc = Annotated[float, Field(description="Seconds since 1970.")]


class Invitation(Shape):
    """A way in that is good once: as a link, and as a QR code."""

    url: Annotated[str, Field(description="The link; the code stands behind #, which no server and no log sees.")]
    svg: Annotated[str, Field(description="The same as a QR code, an SVG.")]
    until_utc: Utc


class NewAccount(Invitation):
    """A user or screen that was added, with its way in."""

    id: Annotated[str, Field(description="Its id.")]


class Session(Shape):
    """A session."""

    id: Annotated[str, Field(description="Its id.")]
    kind: Annotated[str, Field(description="browser, phone or screen.")]
    label: Annotated[str, Field(description="What the device says of itself.")]
    created_utc: Utc
    seen_utc: Annotated[float, Field(description="When it was last used, within ten minutes.")]
    until_utc: Annotated[float | None, Field(description="When it ends; null: not by itself.")]
    current: Annotated[bool, Field(description="Whether it is the one that asks.")]


class Sessions(Shape):
    """Sessions, the latest used first."""

    sessions: Annotated[list[Session], Field(description="Those that go on.")]


class Me(Shape):
    """Who asks."""

    id: Annotated[str, Field(description="The actor's id, as the journal has it.")]
    name: Annotated[str, Field(description="The actor's name.")]
    role: Annotated[str, Field(description="viewer, staff, manager, installer, administrator or auditor.")]
    grids: Annotated[list[str], Field(description="The grids that the actor is bound to; empty: all.")]
    way: Annotated[str, Field(description="By what: token, session, phone or screen.")]
    scopes: Annotated[list[str], Field(description="What a token is limited to; empty: all that the role may.")]
    session: Annotated[Session | None, Field(description="The session that asks; null with a token.")]
    password_set: Annotated[bool, Field(description="Whether there is a password.")]
    pin_set: Annotated[bool, Field(description="Whether there is a PIN.")]
    person: Annotated[str, Field(description="His id among the staff; empty: he is none of them.")]
    people: Annotated[list[str], Field(description="At a duty screen: the names of those who have a PIN to act here.")]
    simulated: Annotated[bool, Field(description="Whether the compound is a simulation.")]
    language: Annotated[str, Field(description="The compound's first language.")]
    timezone: Annotated[
        str, Field(description="The compound's time zone (IANA name): what people read and type is in it.")
    ]
    version: Annotated[str, Field(description="Gridpost's version.")]


class Token(Shape):
    """An access token; itself it is never shown again."""

    id: Annotated[str, Field(description="Its id.")]
    name: Annotated[str, Field(description="What uses it.")]
    scopes: Annotated[list[str], Field(description="What it is limited to; empty: all that the role may.")]
    created_utc: Utc
    until_utc: Annotated[float, Field(description="When it ends.")]
    seen_utc: Annotated[float | None, Field(description="When it was last used, within ten minutes; null: never.")]


class Tokens(Shape):
    """Access tokens, the newest first."""

    tokens: Annotated[list[Token], Field(description="Those that are good.")]


class NewToken(Shape):
    """An access token that was made."""

    id: Annotated[str, Field(description="Its id.")]
    token: Annotated[str, Field(description="The token, this once.")]


class User(Shape):
    """A user."""

    id: Annotated[str, Field(description="His id.")]
    name: Annotated[str, Field(description="The name that he signs in with.")]
    role: Annotated[str, Field(description="What he may do.")]
    grids: Annotated[list[str], Field(description="The grids that he is bound to; empty: all.")]
    person: Annotated[str, Field(description="His id among the staff; empty: he is none of them.")]
    closed: Annotated[bool, Field(description="Whether nobody comes in by this account.")]
    created_utc: Utc
    password_set: Annotated[bool, Field(description="Whether he has a password.")]
    pin_set: Annotated[bool, Field(description="Whether he has a PIN.")]
    sessions: Annotated[int, Field(description="How many devices are signed in.")]
    tokens: Annotated[int, Field(description="How many access tokens he has.")]


class Users(Shape):
    """Users, by name."""

    users: Annotated[list[User], Field(description="Those whom the actor may see.")]


class LostPhone(Shape):
    """What ended."""

    sessions: Annotated[int, Field(description="Sessions.")]
    tokens: Annotated[int, Field(description="Access tokens.")]
    chats: Annotated[int, Field(description="Ways over chat tools.")]


class Ended(Shape):
    """How many sessions ended."""

    sessions: Annotated[int, Field(description="Sessions.")]


class Screen(Shape):
    """A duty screen."""

    id: Annotated[str, Field(description="Its id.")]
    name: Annotated[str, Field(description="What it is called.")]
    grids: Annotated[list[str], Field(description="The grids that it shows; empty: all.")]
    sessions: Annotated[int, Field(description="How many devices are this screen.")]
    seen_utc: Annotated[float | None, Field(description="When one was last seen; null: never.")]


class Screens(Shape):
    """Duty screens, by name."""

    screens: Annotated[list[Screen], Field(description="Those that the actor may see.")]
