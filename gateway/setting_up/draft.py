"""What was entered so far, in the data folder: secrets in files of their own, everything else in one file."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any, Final

from gateway.keep.backup_manifest import SECRETS_FOLDER
from gateway.keep.folder import FolderError

if TYPE_CHECKING:
    from pathlib import Path

    Entered = dict[str, Any]
    """One step as it was sent, without its secrets."""

STEPS: Final = ("clock", "compound", "buildings", "grids", "people", "channel", "backup")
"""In the order in which they are asked."""

DRAFT_FOLDER: Final = "set-up"


class Draft:
    """The draft of a data folder. Every change is on disk when it returns."""

    def __init__(self, data: Path) -> None:
        self._folder = data.absolute() / DRAFT_FOLDER
        self._secrets = data.absolute() / SECRETS_FOLDER
        self._steps: dict[str, Entered] = {}
        self._skipped: set[str] = set()
        self.proved: dict[str, str] = {}
        """By channel, which configuration of it was proved: another one is to be proved anew."""
        self.backup_utc: float | None = None
        """When the backup was made by which its place was tried."""

    @classmethod
    def open(cls, data: Path) -> Draft:
        """The draft of a data folder, begun now if there is none. Raises FolderError where nothing can be written."""
        draft = cls(data)
        try:
            for folder in (data, draft._folder, draft._secrets):
                folder.mkdir(mode=0o700, exist_ok=True)
            draft._read()
        except OSError as error:
            raise FolderError(f"Nothing can be set up in {data}: {error.strerror}.") from error
        return draft

    @property
    def data(self) -> Path:
        """The data folder."""
        return self._folder.parent

    @property
    def provisional(self) -> Path:
        """The configuration of the gateway that serves the wizard: it knows of nothing yet."""
        return self._folder / "compound.yaml"

    @property
    def trial(self) -> Path:
        """Where the configuration is written to be looked at."""
        return self._folder / "trial.yaml"

    def entered(self, step: str) -> Entered | None:
        """What was entered at a step; None for nothing."""
        return self._steps.get(step)

    def is_skipped(self, step: str) -> bool:
        """Whether nobody wanted to answer it."""
        return step in self._skipped

    def enter(self, step: str, entered: Entered) -> None:
        """Keep what was entered at a step. Raises OSError."""
        self._steps[step] = entered
        self._skipped.discard(step)
        self.save()

    def skip(self, step: str) -> None:
        """Leave a step out; what was entered there before is forgotten. Raises OSError."""
        self._steps.pop(step, None)
        self._skipped.add(step)
        self.save()

    def secret(self, name: str) -> Path:
        """The file of a secret, there or not."""
        return self._secrets / name

    def keep_secret(self, name: str, value: str) -> Path:
        """Write a secret into a file that nobody else can read. Raises OSError."""
        path = self.secret(name)
        written(path, value + "\n")
        return path

    def save(self) -> None:
        """Keep `proved` and `backup_utc` too. Raises OSError."""
        whole = {
            "steps": self._steps,
            "skipped": sorted(self._skipped),
            "proved": self.proved,
            "backup_utc": self.backup_utc,
        }
        written(self._folder / "draft.json", json.dumps(whole, ensure_ascii=False, indent=1))

    def clear(self) -> None:
        """Take the draft away; its secrets stay, for the configuration names them."""
        for path in self._folder.iterdir():
            path.unlink()
        self._folder.rmdir()

    def _read(self) -> None:
        """A draft that cannot be understood is begun anew."""
        try:
            kept = json.loads((self._folder / "draft.json").read_bytes())
            self._steps = {step: kept["steps"][step] for step in STEPS if step in kept["steps"]}
            self._skipped = {step for step in STEPS if step in kept["skipped"]}
            self.proved, self.backup_utc = dict(kept["proved"]), kept["backup_utc"]
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return


def written(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable for this user alone. Raises OSError."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
