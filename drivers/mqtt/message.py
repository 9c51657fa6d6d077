"""A message as it came, and what may become of one that we publish."""

from __future__ import annotations

from typing import NamedTuple


class Message(NamedTuple):
    """A message as it came. `retained`: it lay at the broker; `again`: the broker sent it before (DUP)."""

    topic: str
    payload: bytes
    qos: int
    retained: bool
    again: bool
    mid: int
    received_ns: int


class Nobody(Exception):
    """The broker took the message and knows nobody who listens."""


class RefusedMessage(Exception):
    """The broker did not take the message, and says why."""
