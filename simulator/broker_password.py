"""Who may come to the demo's broker: whoever knows the password of this run, or everybody where there is none.

amqtt's own check of passwords is argon2 on the broker's loop; 64 devices that come at once would wait for minutes. The
password of the demo is random, lives as long as one run and is never written to a disk, so comparing it is enough. And a
client that amqtt takes for anonymous would lose what waits for it.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING

from amqtt.plugins.base import BaseAuthPlugin

if TYPE_CHECKING:
    from amqtt.session import Session


class SharedPassword(BaseAuthPlugin):  # type: ignore[misc]
    """One user, one password."""

    @dataclass
    class Config:
        """The user and the password; "" lets everybody in."""

        username: str
        password: str

    async def authenticate(self, *, session: Session) -> bool:
        """Whether the client may come in."""
        if not self.config.password:
            return True
        expected = f"{self.config.username}:{self.config.password}"
        return hmac.compare_digest(f"{session.username}:{session.password}".encode(), expected.encode())
