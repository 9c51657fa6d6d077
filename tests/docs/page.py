"""A page of `docs/` as what a reader does with it: save this file, type this command, see these lines."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 30.0

_BLOCK = re.compile(
    r"^(?P<how>Save this as|Add this at the end of) `(?P<file>[^`]+)`:\n\n```\w*\n(?P<text>.*?)^```$"
    r"|^```console\n(?P<console>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Saved:
    """A file that the reader saves, or one that is there already and gets more at its end."""

    name: str
    text: str
    added: bool = False


@dataclass(frozen=True)
class Typed:
    """A command that the reader types, and lines that the page shows of its output, in order."""

    command: str
    shown: tuple[str, ...]


Step: TypeAlias = Saved | Typed


def steps(page: Path) -> Iterator[Step]:
    """What the page tells its reader to do, in order."""
    for block in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        if block["file"]:
            yield Saved(block["file"], block["text"], added=block["how"].startswith("Add"))
        else:
            for typed in re.split(r"^\$ ", block["console"], flags=re.MULTILINE)[1:]:
                command, *shown = typed.rstrip("\n").split("\n")
                yield Typed(command, tuple(shown))


@dataclass
class Reader:
    """Someone who does what a page says, in a folder of their own.

    `instead` replaces what differs on every desk: addresses, ports, a token. Commands that go on for ever are started
    and ended with the reader.
    """

    folder: Path
    environment: Mapping[str, str]
    instead: dict[str, str]
    for_ever: tuple[str, ...] = ()
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.running:
            process.terminate()
        for process in self.running:
            process.wait(PATIENCE_SECONDS)

    def save(self, saved: Saved) -> None:
        path = self.folder / saved.name
        path.parent.mkdir(parents=True, exist_ok=True)
        before = path.read_text(encoding="utf-8") if saved.added else ""
        path.write_text(before + saved.text, encoding="utf-8")

    def type(self, typed: Typed) -> str:
        """Type a command and return its output, once it shows what the page shows; fails with both when it never does."""
        command = self._here(typed.command)
        if typed.command.startswith(self.for_ever):
            with self.log.open("ab") as log:
                self.running.append(self._start(command, stdout=log.fileno(), stderr=log.fileno()))
            return ""
        shown = [self._here(line) for line in typed.shown]
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            process = self._start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            out, err = (stream.decode() for stream in process.communicate(timeout=PATIENCE_SECONDS))
            missing = _missing(shown, out)
            # what was started a moment ago may need another: only a question that changes nothing is asked again
            again = self.running and time.monotonic() < until and all(one.poll() is None for one in self.running)
            if process.returncode == 0 and missing is None:
                return out
            if not again:
                raise AssertionError(
                    f"$ {command}\nexit {process.returncode}; not shown: {missing}\n{out}\n{err}\n{self._said()}"
                )

    @property
    def log(self) -> Path:
        """What the commands say that go on for ever."""
        return self.folder / "for-ever.log"

    def _said(self) -> str:
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    def _here(self, text: str) -> str:
        for there, here in self.instead.items():
            text = text.replace(there, here)
        return text

    def _start(self, command: str, stdout: int, stderr: int) -> subprocess.Popen[bytes]:
        words = shlex.split(command)
        if words[0] == "gridpost":
            words[:1] = [sys.executable, "-m", "gateway"]
        return subprocess.Popen(words, cwd=self.folder, env=self.environment, stdout=stdout, stderr=stderr)


def _missing(shown: list[str], out: str) -> str | None:
    """The first line of `shown` that does not stand in the output after the ones before it; spaces do not count."""
    lines = iter(" ".join(line.split()) for line in out.splitlines())
    for line in shown:
        if not any(" ".join(line.split()) in found for found in lines):
            return line
    return None
