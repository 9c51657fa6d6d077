"""What a right is: who has it, and by what name a token can be limited to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from gateway.actor import Role


@dataclass(frozen=True, slots=True)
class Right:
    """Who may use a route. `roles` None: anyone, signed in or not. `loopback`: callers on this machine need no actor.

    `scope` names the right itself: a token that is limited must have it among its scopes, one of `SCOPES`. `OWN` is what only
    a person's own browser or phone may do. A route of roles without a scope is refused to everybody.
    `screens`: a duty screen may look at it too, which else sees no more than a viewer.
    """

    roles: frozenset[Role] | None
    loopback: bool = False
    why: str = ""
    scope: str = ""
    screens: bool = False


SCOPES: Final = ("read", "answer", "operate", "people", "configure", "audit")
"""What a token can be limited to."""

OWN: Final = "own"
"""One's own password, PIN, phones, sessions and tokens: no token can make another one."""

ALL = frozenset(Role)
WATCHES = ALL - {Role.VIEWER}
ANSWERS = frozenset({Role.STAFF, Role.MANAGER, Role.INSTALLER, Role.ADMINISTRATOR})
COMMANDS = frozenset({Role.MANAGER, Role.INSTALLER, Role.ADMINISTRATOR})
AUDITS = COMMANDS | {Role.AUDITOR}
KEEPS = AUDITS - {Role.MANAGER}
PEOPLE = frozenset({Role.STAFF, Role.MANAGER, Role.ADMINISTRATOR})
PERMITS = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
INSTALLS = frozenset({Role.INSTALLER, Role.ADMINISTRATOR})
ADMINISTERS = frozenset({Role.ADMINISTRATOR})
ACTS = ALL - {Role.AUDITOR}
