"""What a backup says of itself: its last part, by which all the others are checked."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import PurePosixPath

from gateway.keep.audit.signing import AUDIT_KEY
from gateway.keep.erasing.ledger import LEDGER
from gateway.keep.photo_content import KINDS
from gateway.keep.photos import FOLDER as PHOTOS
from gateway.keep.schema import JOURNAL_NAME
from gateway.keep.site_key import SITE_KEY

MANIFEST = "manifest.json"
DATA, CONFIG = "data", "config"
JOURNAL_PART = f"{DATA}/{JOURNAL_NAME}"
FORMAT = 1

TLS_FOLDER = "tls"
TLS_PAIRS = (
    (f"{TLS_FOLDER}/ca.pem", f"{TLS_FOLDER}/ca.key"),
    (f"{TLS_FOLDER}/server.pem", f"{TLS_FOLDER}/server.key"),
)
"""The box's own authority and its certificate, each with its key, as `OwnCa` writes them."""

SECRETS_FOLDER = "secrets"
"""Where in the data folder secrets lie that the configuration names, each in a file of its own."""

SECRET_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}")
"""What such a file is called: none that is being written, and none that leads elsewhere."""

PRIVATE, READ_BY_OTHERS = 0o600, 0o044
"""The mode of what is restored, and what the configuration may have beyond: a service under a user of its own reads it."""

_FILES = "|".join(map(re.escape, (JOURNAL_NAME, SITE_KEY, AUDIT_KEY, LEDGER)))
_PHOTO = rf"{PHOTOS}/[0-9a-f]{{64}}\.({'|'.join(KINDS)})"
_TLS = "|".join(re.escape(name) for pair in TLS_PAIRS for name in pair)
_SECRET = rf"{SECRETS_FOLDER}/{SECRET_NAME.pattern}"
_DATA_PART = re.compile(rf"{DATA}/({_FILES}|history-\d{{8}}\.db|{_PHOTO}|{_TLS}|{_SECRET})")


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a backup: `data/journal.db`, `data/history-20261121.db`, `config/compound.yaml`."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is in a backup, and of when it is."""

    gridpost: str
    """The version that made it."""
    compound: str
    utc: float
    trusted: bool
    """Whether the clock of the box was believed then."""
    journal_version: int
    journal_seq: int
    """The last row of the journal's log that is in it."""
    main: str
    """The part that is the first file of the configuration, "" when none is in it."""
    parts: tuple[Part, ...]
    left_out: tuple[str, ...] = ()
    """What should be in it and could not be read, as sentences."""
    audit_head: str = ""
    """The audit's head in it, HEX@ROW, as `gridpost audit verify --head` takes it; "" in one of an older Gridpost."""
    data_folders: tuple[str, ...] = ()
    """What the data folder was called, by every name that the configuration may use for it."""
    config_folder: str = ""
    """The folder that `config/` was."""
    elsewhere: tuple[str, ...] = ()
    """Secrets and keys that the configuration names and that lie outside the data folder, as words. None is in it."""

    @property
    def secrets(self) -> int:
        """How many secrets are in it."""
        return sum(part.path.startswith(f"{DATA}/{SECRETS_FOLDER}/") for part in self.parts)

    @property
    def days(self) -> int:
        """How many days of history are in it."""
        return sum(part.path.startswith(f"{DATA}/history-") for part in self.parts)

    def to_json(self) -> bytes:
        """As it stands in the backup."""
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False, indent=1).encode()

    @classmethod
    def from_json(cls, text: bytes) -> Manifest:
        """What `to_json` wrote. Raises ValueError with a few words otherwise."""
        try:
            told = json.loads(text)
            if told.pop("format") != FORMAT:
                raise ValueError("its manifest is of another form")
            parts = tuple(Part(**part) for part in told.pop("parts"))
            lists = {name: tuple(map(str, told.get(name, ()))) for name in ("left_out", "data_folders", "elsewhere")}
            return cls(**told | lists, parts=parts)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError("its manifest is not understood") from error


def is_part(path: str) -> bool:
    """Whether a backup may hold a file of that name: one that we know of the data folder, or a file below `config/`.

    No absolute path, no `..`, nothing that means another place on another system.
    """
    if _DATA_PART.fullmatch(path):
        return True
    steps = path.split("/")
    sound = all(step not in ("", ".", "..") and "\\" not in step and "\0" not in step for step in steps)
    return sound and len(steps) > 1 and steps[0] == CONFIG and str(PurePosixPath(path)) == path
