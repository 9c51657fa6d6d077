"""A secret of a data folder in a file of its own: made once, whole or not at all, whatever is killed meanwhile."""

from __future__ import annotations

import os
import secrets
import tempfile
from pathlib import Path
from typing import Final

KEY_BYTES: Final = 32


def make_key(path: Path) -> bytes:
    """Write a new random key, readable by its owner alone. Raises FileExistsError where there is one already, OSError."""
    key = secrets.token_bytes(KEY_BYTES)
    # a name of its own each time: what a killed process left must not stand in the way of one that has the same number
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    whole = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        os.link(whole, path)  # fails where there is one already
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    finally:
        whole.unlink()
    return key
