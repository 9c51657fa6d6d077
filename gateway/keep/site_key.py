"""The site key: the secret under which cards and codes are hashed (docs/acp1.md, "The hash").

A file of the data folder, made once. Whoever has it and a list of card numbers can tell whose card is whose; without it the
hashes of the journal say nothing. It is part of a backup, or a restored journal would know no card any more.
"""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from gateway.keep.folder import FolderError
from gateway.keep.secret_file import KEY_BYTES, make_key

if TYPE_CHECKING:
    from pathlib import Path

SITE_KEY: Final = "site.key"
"""Its name in the data folder."""

SIMULATED_KEY: Final = sha256(b"gridpost simulated compound").digest()
"""The key of every simulated compound: its controllers are no secret, and nobody real is in them."""


def site_key(data: Path, *, make: bool = True) -> bytes:
    """The key of a data folder, made now if there is none. Where nothing can be written it lasts as long as the process.

    Without `make` nothing is written: it is for who only looks. Raises FolderError for a file that holds no key: a new one in
    its place would make every card unknown.
    """
    path = data / SITE_KEY
    if make:
        try:
            data.mkdir(mode=0o700, exist_ok=True)
            return make_key(path)
        except FileExistsError:
            pass
        except OSError:
            if not path.exists():
                return secrets.token_bytes(KEY_BYTES)
    elif not path.exists():
        return secrets.token_bytes(KEY_BYTES)
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise FolderError(
            f"{path} is damaged. Put it back from a backup: without it no enrolled card is known any more."
        )
    return key
