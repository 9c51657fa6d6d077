"""The lines of a run as a table for the README: `python -m bench road | tee road.jsonl | python -m bench.table`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def table(lines: Iterable[str]) -> str:
    """One row per figure, one column per size, missed goals in bold."""
    figures: list[dict[str, Any]] = [json.loads(line) for line in lines]
    sizes = sorted({figure["size"] for figure in figures})
    rows: dict[str, dict[int, dict[str, Any]]] = {}
    for figure in figures:
        rows.setdefault(figure["name"], {})[figure["size"]] = figure
    head = ["figure", "unit", "goal", *map(str, sizes)]
    body = []
    for name, by_size in rows.items():
        known = next(iter(by_size.values()))
        body.append([name, known["unit"], known["goal"] or "", *(_cell(by_size.get(size)) for size in sizes)])
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, ["---"] * len(head), *body))


def _cell(figure: dict[str, Any] | None) -> str:
    if figure is None:
        return ""
    value = "none" if figure["value"] is None else f"{figure['value']:g}"
    return f"**{value}**" if figure["met"] is False else value


if __name__ == "__main__":
    print(table(sys.stdin))
