"""Draws the icons of the installed page from `dashboards/status/src/icon.svg`: `python packaging/icons.py`, after it changed.

The small pictures are kept beside the source, so that a build of the page needs no browser. A maskable icon fills its
square and keeps its sign within the inner 80 %, where no shape of a phone's launcher cuts it (W3C Web Application Manifest,
"purpose").
"""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import sync_playwright

SOURCE = Path(__file__).resolve().parent.parent / "dashboards" / "status" / "src"
ICON = SOURCE / "icon.svg"
CHROMIUM = "/usr/bin/chromium"

SIZES = {"icon-192": 192, "icon-512": 512, "icon-maskable-512": 512, "icon-touch-180": 180}
"""By the file's name: pixels. Apple's own icon has no corners: iOS rounds it."""

SQUARE = ("icon-maskable-512", "icon-touch-180")


def drawn(name: str, pixels: int) -> str:
    """The page that shows an icon and nothing else."""
    icon = ICON.read_text("utf-8")
    if name in SQUARE:
        icon = re.sub(r'rx="\d+"', 'rx="0"', icon)
    if name == "icon-maskable-512":
        icon = re.sub(r"(<path.*?/>)", r'<g transform="translate(3.2 3.2) scale(0.8)">\1</g>', icon, flags=re.DOTALL)
    return (
        f'<body style="margin:0">{icon.replace("<svg", f"<svg width={pixels} height={pixels} style=display:block", 1)}'
    )


def main() -> None:
    """Draw all of them."""
    target = SOURCE / "icons"
    target.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, pixels in SIZES.items():
            page = browser.new_page(viewport={"width": pixels, "height": pixels})
            page.set_content(drawn(name, pixels))
            path = target / f"{name}.png"
            page.screenshot(path=path, omit_background=True)
            print(f"{path.name}: {path.stat().st_size} bytes")  # noqa: T201 - it is a command
        browser.close()


if __name__ == "__main__":
    main()
