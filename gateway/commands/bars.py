"""How far a long command is, for whoever sits at the terminal; nothing where nobody does."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def bar(title: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on standard error that is moved on by bytes; `total` None: it only shows that something goes on.

    It leaves no trace when it ends, and is not there at all where standard error is no terminal.
    """
    console = Console(stderr=True)
    counted = () if total is None else (DownloadColumn(),)
    columns = (TextColumn("{task.description}"), BarColumn(), *counted, TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(title, total=total)
        yield lambda moved: progress.advance(task, moved)
