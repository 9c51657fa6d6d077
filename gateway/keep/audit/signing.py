"""The signing key of a data folder (Ed25519): what leaves the box under it was written here.

Derived from the site key (HKDF-SHA256), so that it needs no care of its own: it is in every backup and comes back with it. A
folder without a site key, as that of a simulated compound, has a key file of its own. Who has the box has the key: a signature
proves where something comes from to those who trust the box, and the head that left it in time proves the rest (docs/audit.md).

Cryptography is loaded by the first signature: it takes 16 MB, and most boxes sign once a night.
"""

from __future__ import annotations

import secrets
from functools import cached_property
from typing import TYPE_CHECKING, Final

from gateway.keep.folder import FolderError
from gateway.keep.secret_file import KEY_BYTES, make_key
from gateway.keep.site_key import SITE_KEY

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

AUDIT_KEY: Final = "audit.key"
"""The name of a key file of its own in the data folder."""

_PURPOSE = b"gridpost audit signature 1"


class Signer:
    """Signs with one key: its own secret, or one derived from the site key."""

    def __init__(self, secret: bytes, *, of_the_site: bool = False) -> None:
        self._secret = secret
        self._of_the_site = of_the_site

    @cached_property
    def public(self) -> bytes:
        """The public key, 32 bytes: what others verify with."""
        return self._key.public_key().public_bytes_raw()

    @cached_property
    def _key(self) -> Ed25519PrivateKey:
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.hashes import SHA256
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF

        secret = self._secret
        if self._of_the_site:
            secret = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=_PURPOSE).derive(secret)
        return Ed25519PrivateKey.from_private_bytes(secret)

    def sign(self, content: bytes) -> bytes:
        """The signature of some bytes, 64 bytes long."""
        return self._key.sign(content)


def signed(content: bytes, signature: bytes, public: bytes) -> bool:
    """Whether somebody who has the secret to that public key signed exactly these bytes."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def signer_of(data: Path) -> Signer:
    """The signer of a data folder; its key file is made now where it has no site key either.

    A folder that cannot be written gets a key that lasts as long as the process. Raises FolderError for a damaged key.
    """
    found = found_signer(data)
    if found is not None:
        return found
    try:
        return Signer(make_key(data / AUDIT_KEY))
    except FileExistsError:
        return signer_of(data)  # another process was quicker
    except OSError:
        return Signer(secrets.token_bytes(KEY_BYTES))


def found_signer(data: Path) -> Signer | None:
    """The signer of a data folder as it stands; None where it has no key yet. Writes nothing.

    A key file of its own goes before a site key that came later: what it signed must stay verifiable. Raises FolderError for a
    damaged key.
    """
    own, site = data / AUDIT_KEY, data / SITE_KEY
    if own.exists():
        return Signer(_read(own))
    if site.exists():
        return Signer(_read(site), of_the_site=True)
    return None


def _read(path: Path) -> bytes:
    try:
        key = path.read_bytes()
    except OSError as error:
        raise FolderError(f"{path} cannot be read: {error.strerror}.") from error
    if len(key) != KEY_BYTES:
        raise FolderError(f"{path} is damaged. Put it back from a backup: nothing can be signed without it.")
    return key
