"""A zip archive that proves where it comes from: a manifest with the SHA-256 of every file, signed with the box's key.

Whoever receives it checks it without Gridpost (docs/privacy.md, with openssl), or with `check_archive`.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final

from gateway.keep.audit.signing import signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from drivers.contract import Json
    from gateway.keep.audit.signing import Signer

MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
PUBLIC_KEY: Final = "public_key.pem"
FORMAT: Final = 1

LARGEST_MANIFEST = 16 * 2**20
"""Bytes: a hundred thousand files."""


class ArchiveWrong(Exception):
    """An archive that is not what it was when it was signed, as a sentence."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A sound archive: its manifest, and the public key (hex) under which it was signed."""

    manifest: Mapping[str, Json]
    public: str


def write_archive(file: BinaryIO, files: Iterable[tuple[str, bytes]], about: Mapping[str, Json], signer: Signer) -> str:
    """Write these files and their manifest as a zip; returns the SHA-256 of the manifest. Blocks. Raises OSError."""
    parts: list[Json] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
            parts.append({"path": name, "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()})
        told = {"format": FORMAT, **about, "public_key": signer.public.hex(), "files": parts}
        manifest = json.dumps(told, ensure_ascii=False, indent=1).encode()
        archive.writestr(MANIFEST, manifest)
        archive.writestr(SIGNATURE, signer.sign(manifest))
        archive.writestr(PUBLIC_KEY, pem_of(signer.public))
    return hashlib.sha256(manifest).hexdigest()


def check_archive(path: Path, public: bytes | None = None) -> Checked:
    """Check every file and the signature; under this public key where it is given, else under the archive's own.

    An archive that only agrees with its own key proves that nothing was changed since it was signed, not by whom: compare the
    key with that of the box (`GET /api/v1/audit/head`). Raises `ArchiveWrong`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
                raise ArchiveWrong(f"{path}: its manifest is too large.")
            text, signature = archive.read(MANIFEST), archive.read(SIGNATURE)
            manifest = json.loads(text)
            own = bytes.fromhex(manifest["public_key"])
            if not signed(text, signature, public or own):
                raise ArchiveWrong(f"{path}: the manifest is not signed with that key, or was changed since.")
            named = {part["path"]: part["sha256"] for part in manifest["files"]}
            there = set(archive.namelist()) - {MANIFEST, SIGNATURE, PUBLIC_KEY}
            if there != named.keys():
                raise ArchiveWrong(
                    f"{path}: it holds other files than its manifest says: {sorted(there ^ named.keys())}."
                )
            for name, sha256 in named.items():
                with archive.open(name) as file:
                    if hashlib.file_digest(file, "sha256").hexdigest() != sha256:  # type: ignore[arg-type] # reads as a file
                        raise ArchiveWrong(f"{path}: {name} was changed.")
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise ArchiveWrong(f"{path} is no archive of Gridpost: {error}.") from error
    return Checked(manifest, own.hex())


def pem_of(public: bytes) -> bytes:
    """A public key as openssl reads it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = Ed25519PublicKey.from_public_bytes(public)
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
