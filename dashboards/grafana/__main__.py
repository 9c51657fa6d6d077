"""`python -m dashboards.grafana`: writes the JSON that Grafana reads, one file a dashboard, into the folder beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from dashboards.grafana.pages import PAGES

if TYPE_CHECKING:
    from dashboards.grafana.page import Page

FOLDER = Path(__file__).with_name("json")
"""What provisioning/dashboards/gridpost.yaml makes Grafana read."""


def written(page: Page) -> str:
    """A page as the text of its file."""
    return json.dumps(page.made(), ensure_ascii=False, indent=2) + "\n"


def path_of(page: Page) -> Path:
    """The file of a page."""
    return FOLDER / f"{page.uid}.json"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for page in PAGES:
        path_of(page).write_text(written(page), "utf-8")
