"""One line for each change, on stderr: when, how grave, what, and the facts about it as key=value.

The standard library's logging, because it is loaded anyway; a library for this costs 6 MB and 70 ms at every start
(docs/decisions/0006-logs-by-the-standard-library.md).
"""

from __future__ import annotations

import contextlib
import io
import logging
import sys
from typing import TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_COLOURS = {logging.WARNING: "\x1b[33m", logging.ERROR: "\x1b[31m"}
_PLAIN = "\x1b[0m"
_OF_LOGGING = frozenset({"exc_info", "stack_info", "stacklevel", "extra"})


class Log(logging.LoggerAdapter[logging.Logger]):
    """A logger whose keyword arguments are the facts of the line: `log.warning("line lost", line="b3u1")`."""

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """Put the facts where the formatter finds them."""
        facts = {key: kwargs.pop(key) for key in list(kwargs) if key not in _OF_LOGGING}
        return msg, {**kwargs, "extra": {"facts": facts}}


class _Line(logging.Formatter):
    def __init__(self, *, for_a_terminal: bool) -> None:
        super().__init__(datefmt="%H:%M:%S" if for_a_terminal else "%Y-%m-%dT%H:%M:%S%z")
        self._for_a_terminal = for_a_terminal

    def format(self, record: logging.LogRecord) -> str:
        """The line, and a traceback below it where there is one."""
        facts = "".join(f" {key}={_said(value)}" for key, value in getattr(record, "facts", {}).items())
        level = f"{record.levelname.lower():<8}"
        if self._for_a_terminal and record.levelno in _COLOURS:
            level = f"{_COLOURS[record.levelno]}{level}{_PLAIN}"
        line = f"{self.formatTime(record, self.datefmt)} {level}{record.getMessage()}{facts}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class _Stderr(io.TextIOBase):
    """Where logs go. A full disk or a closed terminal behind it costs a line, never the gateway."""

    def write(self, text: str) -> int:
        """Write what can be written."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        """Push it out."""
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.flush()


def log_of(name: str) -> Log:
    """The log of one floor of the house."""
    return Log(logging.getLogger(f"gridpost.{name}"))


def log_to_stderr() -> None:
    """Say what happens from now on."""
    handler = logging.StreamHandler(cast("TextIO", _Stderr()))
    handler.setFormatter(_Line(for_a_terminal=sys.stderr.isatty()))
    house = logging.getLogger("gridpost")
    house.handlers[:] = [handler]
    house.setLevel(logging.INFO)
    house.propagate = False


def _said(value: object) -> str:
    """A value; quoted where it would not end at the next space, or would do something to the line it stands in."""
    text = str(value)
    return text if text and " " not in text and text.isprintable() else repr(text)
