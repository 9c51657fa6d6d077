from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from tests.serve.compound import Town, open_town, served

if TYPE_CHECKING:
    from pathlib import Path

INDEX = "<!doctype html><title>幸福里</title>" + "x" * 500


def _built(folder: Path) -> Path:
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(INDEX, encoding="utf-8")
    (folder / "assets" / "app-1a2b.js").write_text("export {}", encoding="utf-8")
    (folder / "assets" / "icon.png").write_bytes(b"\x89PNG")
    (folder.parent / "secret.txt").write_text("secret", encoding="utf-8")
    return folder


async def test_the_page_is_sent_compressed_and_asked_again_only_when_it_changed(tmp_path: Path) -> None:
    page = _built(tmp_path / "dist")
    async with open_town(tmp_path, page=page) as town, served(town), town.client(None) as client:
        first = await client.get("/")
        again = await client.get("/", headers={"If-None-Match": first.headers["etag"]})
        plain = await client.get("/", headers={"Accept-Encoding": "identity"})

    assert first.text == plain.text == INDEX
    assert first.headers["content-encoding"] == "gzip"
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert int(first.headers["content-length"]) < len(gzip.compress(INDEX.encode())) + 50
    assert (again.status_code, again.content) == (304, b"")
    assert "content-encoding" not in plain.headers


async def test_assets_are_kept_for_ever(tmp_path: Path) -> None:
    page = _built(tmp_path / "dist")
    async with open_town(tmp_path, page=page) as town, served(town), town.client(None) as client:
        script = await client.get("/assets/app-1a2b.js")
        icon = await client.get("/assets/icon.png")

    assert "immutable" in script.headers["cache-control"]
    assert script.headers["content-type"].startswith("text/javascript")
    assert "content-encoding" not in icon.headers


@pytest.mark.parametrize(
    "path",
    ["/assets/none.js", "/assets/..%2f..%2fsecret.txt", "/assets/%2e%2e", "/assets/../index.html", "/assets/%00"],
)
async def test_only_the_pages_own_files_are_there(tmp_path: Path, path: str) -> None:
    page = _built(tmp_path / "dist")
    async with open_town(tmp_path, page=page) as town, served(town), town.client(None) as client:
        answer = await client.get(path)

    assert answer.status_code == 404
    assert "secret" not in answer.text


async def test_a_page_that_was_not_built_says_how_to_build_it(town: Town) -> None:
    async with town.client(None) as client:
        answer = await client.get("/")

    assert (answer.status_code, answer.json()["code"]) == (404, "page_missing")


async def test_what_browsers_ask_for_by_name_is_asked_for_again_each_time(tmp_path: Path) -> None:
    page = _built(tmp_path / "dist")
    (page / "manifest.webmanifest").write_text('{"name": "Gridpost"}', encoding="utf-8")
    (page / "service-worker.js").write_text("self.addEventListener('fetch', () => {})", encoding="utf-8")
    async with open_town(tmp_path, page=page) as town, served(town), town.client(None) as client:
        manifest, worker = await client.get("/manifest.webmanifest"), await client.get("/service-worker.js")
        elsewhere = await client.get("/assets/service-worker.js")

    assert manifest.headers["content-type"] == "application/manifest+json"
    assert worker.headers["content-type"].startswith("text/javascript")
    assert {manifest.headers["cache-control"], worker.headers["cache-control"]} == {"no-cache"}
    assert elsewhere.status_code == 404


async def test_the_page_is_the_one_of_the_start_until_the_next_start(tmp_path: Path) -> None:
    page = _built(tmp_path / "dist")
    async with open_town(tmp_path, page=page) as town, served(town), town.client(None) as client:
        (page / "assets" / "app-1a2b.js").unlink()
        (page / "assets" / "app-3c4d.js").write_text("export {}", encoding="utf-8")
        (page / "index.html").write_text("<!doctype html><title>newer</title>", encoding="utf-8")

        index, old = await client.get("/"), await client.get("/assets/app-1a2b.js")
        new = await client.get("/assets/app-3c4d.js")

    assert index.text == INDEX
    assert (old.status_code, old.text, new.status_code) == (200, "export {}", 404)


async def test_an_open_page_learns_the_name_of_the_page_that_the_gateway_has(tmp_path: Path) -> None:
    page = _built(tmp_path / "dist")
    (page / "index.html").write_text('<!doctype html><meta name="build" content="5e7f" />', encoding="utf-8")
    async with open_town(tmp_path, page=page) as town, served(town), town.client() as client:
        overview = await client.get("/api/v1/overview")

    assert overview.json()["page"] == "5e7f"
