"""Who may come to the demo's broker: whoever knows the password of this run.

amqtt's own check of passwords is argon2 on the broker's loop; 64 devices that come at once would wait for minutes. The
password of the demo is new in every run, random and never written to a disk, so comparing it is enough.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amqtt.plugins.base import BaseAuthPlugin  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from amqtt.session import Session  # type: ignore[import-untyped]


class SharedPassword(BaseAuthPlugin):  # type: ignore[misc]
    """One user, one password. A client that names nobody is refused."""

    @dataclass
    class Config:
        """The user and the password."""

        username: str
        password: str

    async def authenticate(self, *, session: Session) -> bool:
        """Whether the client knows both."""
        expected = f"{self.config.username}:{self.config.password}"
        return hmac.compare_digest(f"{session.username}:{session.password}".encode(), expected.encode())
