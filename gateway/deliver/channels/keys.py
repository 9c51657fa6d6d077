"""Secrets as channels read them: anew for each message, so that one that was put right is taken with the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.secret import SecretMissing
from gateway.deliver.channels.contract import ChannelRefused

if TYPE_CHECKING:
    from drivers.secret import Secret


def read(secret: Secret | None) -> str:
    """The secret, "" for none. Raises `ChannelRefused` with where it was looked for, never what it is."""
    if secret is None:
        return ""
    try:
        return secret.read()
    except SecretMissing as missing:
        raise ChannelRefused(str(missing)) from None
