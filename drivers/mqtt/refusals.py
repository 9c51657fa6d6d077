"""Why a broker said no, in words (OASIS MQTT Version 5.0, 2.4). What a broker of 3.1.1 says is put likewise by paho."""

from __future__ import annotations

from typing import Final

NOBODY: Final = 0x10
"""The broker took the message, and nobody is subscribed to it."""

REFUSALS: Final = 0x80
"""Reason codes from here on are refusals."""

TAKEN_OVER: Final = 0x8E
"""Another connection came with our client id."""

CURED_BY_A_PERSON: Final = frozenset({0x84, 0x85, 0x86, 0x87, 0x8A, 0x8C, 0x9A, 0x9B, 0x9C, 0x9D})
"""Reasons to refuse a connection that do not pass with time."""

_WORDS: Final = {
    NOBODY: "nobody is subscribed to it",
    0x80: "unspecified error",
    0x81: "malformed packet",
    0x82: "protocol error",
    0x83: "implementation specific error",
    0x84: "it does not speak this version of MQTT",
    0x85: "it does not take this client id",
    0x86: "wrong user name or password",
    0x87: "not authorized",
    0x88: "it is not available",
    0x89: "it is busy",
    0x8A: "this client is banned",
    0x8B: "it is shutting down",
    0x8C: "bad authentication method",
    0x8D: "one side heard nothing from the other for too long",
    TAKEN_OVER: "another client came with our client id",
    0x8F: "it does not take this topic filter",
    0x90: "topic name invalid",
    0x91: "packet identifier in use",
    0x93: "more messages in flight than it takes",
    0x95: "packet too large",
    0x96: "too many messages in too short a time",
    0x97: "quota exceeded",
    0x98: "an administrator ended the connection",
    0x99: "payload format invalid",
    0x9A: "it keeps no retained messages",
    0x9B: "it does not take QoS 1",
    0x9C: "another server is to be used",
    0x9D: "the server has moved",
    0x9F: "too many connections in too short a time",
}
_OWN_WORDS_LIMIT: Final = 200


def reason(code: int, own_words: str = "") -> str:
    """A reason code in words; `own_words` are the broker's, cleaned."""
    words = _WORDS.get(code, f"reason code 0x{code:02x}")
    return f"{words} ({own_words})" if own_words else words


def clean(said: str) -> str:
    """A stranger's words, fit for a log line and a page."""
    return "".join(c if c.isprintable() else " " for c in said[:_OWN_WORDS_LIMIT]).strip()
