"""A table of commas as an office keeps it: its columns, its rows by number, and a sentence for each row that has no form.

Pure functions. No sentence says what stands in a cell. Row 1 is the header.
"""

from __future__ import annotations

import csv
import io
from itertools import islice, zip_longest
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence


class NoTable(Exception):
    """The data is no table that can be read, as a sentence."""


def read_table(data: bytes, at_most: int | None = None) -> tuple[list[str], list[list[str]]]:
    """The names of the columns in small letters, and the rows under them: `at_most` so many, None for any number.

    Text is UTF-8 (with or without a mark in front) or GB18030, as Excel in China writes it. Raises `NoTable`.
    """
    reader = csv.reader(io.StringIO(_decoded(data), newline=""), strict=True)
    try:
        rows = list(islice(reader, None if at_most is None else at_most + 2))
    except csv.Error as wrong:
        raise NoTable(f"the file is no table of commas: {wrong}") from None
    if at_most is not None and len(rows) > at_most + 1:
        raise NoTable(f"the file has more than {at_most} rows: part it")
    return [cell.strip().lower() for cell in rows[0]] if rows else [], rows[1:]


def wrong_columns(header: Sequence[str], known: Collection[str], named: Iterable[str]) -> list[str]:
    """What is wrong with the names of columns: those that are not `known`, and those that stand twice. `named` are offered."""
    strange = [number for number, name in enumerate(header, start=1) if name not in known]
    offered = ", ".join(named)
    findings = [f"row 1: column {number} has none of the names {offered}" for number in strange]
    return findings + [f"row 1: the column {name!r} stands twice" for name in known if header.count(name) > 1]


def rows_of(
    header: Sequence[str], rows: Iterable[Sequence[str]], bare: Callable[[str], str], findings: list[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row that is not empty, by its number: cells by column, made `bare`. One that is too long goes to `findings`."""
    for number, row in enumerate(rows, start=2):
        cells = [bare(cell) for cell in row]
        if not any(cells):
            continue
        if any(cells[len(header) :]):
            findings.append(f"row {number}: {len(row)} cells under {len(header)} columns")
            continue
        yield number, dict(zip_longest(header, cells[: len(header)], fillvalue=""))


def _decoded(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NoTable("the file is text in neither UTF-8 nor GB18030")
