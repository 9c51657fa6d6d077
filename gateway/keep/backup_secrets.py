"""What is secret in a data folder and belongs to the box: its authority and certificate, and the secrets of its configuration.

A backup may hold them because it is never anything but sealed (`sealed.py`), with a key that is not at its place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from gateway.keep.backup_manifest import SECRET_NAME, SECRETS_FOLDER, TLS_PAIRS

if TYPE_CHECKING:
    import threading
    from collections.abc import Iterable, Iterator
    from pathlib import Path

LOOKS: Final = 5
AGAIN_SECONDS: Final = 0.2
"""Between two looks: a renewal puts key and certificate in their places within milliseconds of each other."""


def secrets_of_the_box(data: Path, stop: threading.Event, left_out: list[str]) -> Iterator[tuple[str, bytes]]:
    """Each file's path below the data folder, and what is in it; `left_out` gets a sentence for what cannot be taken.

    Blocks, for a second at most where a certificate does not belong to its key: it may be renewed at this moment.
    """
    for pair in TLS_PAIRS:
        yield from _certificate(data, pair, stop, left_out)
    for path in _files(data / SECRETS_FOLDER, left_out):
        try:
            yield f"{SECRETS_FOLDER}/{path.name}", path.read_bytes()
        except OSError as error:
            left_out.append(f"{path} cannot be read: {error.strerror}.")


def names_of(folder: Path) -> tuple[str, ...]:
    """What a folder is called: as it was named, and as it is without links (systemd's state directory is one)."""
    return tuple(dict.fromkeys((str(folder.absolute()), str(folder.resolve()))))


def _certificate(
    data: Path, pair: tuple[str, str], stop: threading.Event, left_out: list[str]
) -> Iterable[tuple[str, bytes]]:
    """A certificate and its key as they belong together; nothing where none was made."""
    for look in range(LOOKS):
        if look and stop.wait(AGAIN_SECONDS):
            break
        try:
            found = [(name, (data / name).read_bytes()) for name in pair if (data / name).exists()]
        except OSError as error:
            left_out.append(f"{error.filename} cannot be read: {error.strerror}.")
            return ()
        if not found or (len(found) == len(pair) and _belong_together(*(contents for _, contents in found))):
            return found
    left_out.append(f"{' and '.join(pair)} do not belong together: `gridpost tls` makes anew what is wrong.")
    return ()


def _files(folder: Path, left_out: list[str]) -> Iterator[Path]:
    try:
        found = sorted(
            path for path in folder.iterdir() if not path.name.startswith(".")
        )  # such a one is being written
    except FileNotFoundError:
        return
    except OSError as error:
        left_out.append(f"{folder} cannot be read: {error.strerror}.")
        return
    for path in found:
        if not path.is_file():
            left_out.append(f"{path} is no file: secrets are kept one to a file.")
        elif SECRET_NAME.fullmatch(path.name) is None:
            left_out.append(f"{path} has no name for a secret: letters, digits, dots, - and _ are taken, 100 at most.")
        else:
            yield path


def _belong_together(certificate: bytes, key: bytes) -> bool:
    from cryptography import x509  # as late as the sealing itself needs it
    from cryptography.hazmat.primitives import serialization

    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    try:
        told = x509.load_pem_x509_certificate(certificate).public_key().public_bytes(*form)
        private = serialization.load_pem_private_key(key, None)
    except (ValueError, TypeError):
        return False
    return private.public_key().public_bytes(*form) == told
