"""Who is let in: what a charger shows before the first message (OCPP-J 1.6, 3.1 and 6; OCPP 1.6 Security, profiles 0 to 3)."""

from __future__ import annotations

import base64
import binascii
import hmac
import ssl
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from drivers.contract import Misconfigured

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request

    from drivers.ocpp.config import Charger, OcppConfig

IDENTITY_LIMIT: Final = 48
_HEX_LENGTHS: Final = range(32, 41, 2)
"""AuthorizationKey: 16 to 20 bytes, told to people in hex (OCPP 1.6 Security, 2.2.1)."""


def identity_of(request: Request, path: str) -> str | None:
    """By which name a charger dials in: what stands behind `path`. None for an address that is not ours."""
    before, slash, last = request.path.partition("?")[0].rpartition("/")
    identity = unquote(last)
    if not slash or before.rstrip("/") != path or not 0 < len(identity) <= IDENTITY_LIMIT or not identity.isprintable():
        return None
    return identity


class Credentials:
    """What one charger must show. Keeps no password, only what tells it from others."""

    def __init__(self, charger: Charger) -> None:
        """Raises SecretMissing for a password that cannot be read."""
        self._hashes: frozenset[bytes] = frozenset()
        if charger.password is not None:
            self._hashes = frozenset(sha256(word).digest() for word in _words(charger.password.read()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Credentials) and self._hashes == other._hashes

    __hash__ = None  # type: ignore[assignment]  # compared, never a key

    def fit(self, request: Request, identity: str) -> bool:
        """Whether the request has this charger's password (HTTP Basic; the user is the identity)."""
        scheme, _, said = request.headers.get("Authorization", "").partition(" ")
        try:
            shown = base64.b64decode(said.strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        # an identity may have a colon in it, and a password may be any bytes
        user, password = shown[: len(identity) + 1], shown[len(identity) + 1 :]
        digest = sha256(password).digest()
        right = [hmac.compare_digest(digest, known) for known in self._hashes]
        return scheme.casefold() == "basic" and any(right) and user == f"{identity}:".encode()


def _words(password: str) -> set[bytes]:
    words = {password.encode()}
    if len(password) in _HEX_LENGTHS:
        with suppress(ValueError):  # not hex, but a password of that length
            words.add(bytes.fromhex(password))
    return words


def certified(connection: ServerConnection, identity: str) -> bool:
    """Whether the certificate that the charger showed has its identity as common name."""
    certificate: dict[str, Any] = connection.transport.get_extra_info("peercert") or {}
    names = [value for part in certificate.get("subject", ()) for key, value in part if key == "commonName"]
    return names == [identity]


def encryption(config: OcppConfig) -> ssl.SSLContext | None:
    """How the line is encrypted; None where it is not. Raises Misconfigured for files that cannot be used."""
    if config.tls is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # OCPP 1.6 Security, 2.3.1
    try:
        context.load_cert_chain(config.tls.certificate, config.tls.key)
        if config.security == "mutual":
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(config.tls.client_ca)
    except (OSError, ssl.SSLError) as error:
        why = getattr(error, "reason", None) or error.strerror or str(error)
        raise Misconfigured(f"{config.id}: the files of tls cannot be used: {why}") from error
    return context
