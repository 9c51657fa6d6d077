from __future__ import annotations

import shutil
from hashlib import sha256
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.keep import photos as keeping
from gateway.keep.photo_content import NoPhoto, bare
from gateway.keep.photos import NoRoom, Photos
from tests.keep.pictures import SECRET, chunk, exif, jpeg, png, riff, segment, webp

if TYPE_CHECKING:
    from pathlib import Path

TOLD = {
    "exif": jpeg(exif()),
    "xmp": jpeg(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SECRET)),
    "maker": jpeg(segment(0xE5, SECRET)),
    "iptc": jpeg(segment(0xED, b"Photoshop 3.0\0" + SECRET)),
    "comment": jpeg(segment(0xFE, SECRET)),
    "a second picture behind it": jpeg(segment(0xE2, b"MPF\0" + SECRET), tail=jpeg(exif())),
    "jfif extension": jpeg(segment(0xE0, b"JFXX\0" + SECRET)),
    "png text": png(chunk(b"tEXt", b"Location\0" + SECRET)),
    "png exif": png(chunk(b"eXIf", SECRET)),
    "png chunk of somebody": png(chunk(b"prVW", SECRET)),
    "behind a png": png(tail=SECRET),
    "webp exif": webp(riff(b"EXIF", SECRET)),
    "webp xmp": webp(riff(b"XMP ", SECRET)),
    "behind a webp": webp(tail=SECRET),
}


@pytest.mark.parametrize("name", TOLD)
def test_what_a_photo_tells_beside_its_picture_is_not_kept(name: str) -> None:
    told = TOLD[name]
    assert SECRET in told

    kind, photo = bare(told)

    assert SECRET not in photo
    assert bare(photo) == (kind, photo)


@pytest.mark.parametrize("content", [jpeg(), png(), webp(flags=0)], ids=["jpg", "png", "webp"])
def test_a_photo_that_tells_nothing_stays_as_it_is(content: bytes) -> None:
    assert bare(content)[1] == content


def test_the_colours_stay() -> None:
    profiled = segment(0xE2, b"ICC_PROFILE\0\x01\x01 P3"), segment(0xEE, b"Adobe\0d\0\0\0\0\x01")
    coloured = chunk(b"gAMA", bytes(4)), chunk(b"iCCP", b"p\0\0x")

    assert bare(jpeg(*profiled, exif()))[1] == jpeg(*profiled)
    assert bare(png(*coloured, chunk(b"tIME", bytes(7))))[1] == png(*coloured)


def test_fill_bytes_before_a_marker_are_no_fault() -> None:
    assert bare(jpeg().replace(b"\xff\xdb", b"\xff\xff\xff\xdb"))[1] == jpeg()


@pytest.mark.parametrize("order", ["II", "MM"])
@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_photo_that_was_taken_on_its_side_still_says_so(orientation: int, order: str) -> None:
    _, photo = bare(jpeg(exif(orientation, order)))

    assert SECRET not in photo
    assert bare(photo)[1] == photo
    assert photo.count(b"Exif\0\0") == 1
    assert photo.index(b"\x01\x12\x00\x03\x00\x00\x00\x01" + bytes((0, orientation)))


@pytest.mark.parametrize("orientation", [None, 0, 1, 9, 300])
def test_one_that_was_not_says_nothing(orientation: int | None) -> None:
    assert bare(jpeg(exif(orientation)))[1] == jpeg()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"GIF89a",
        b"<svg/>",
        b"\xff\xd8\xff",
        jpeg()[:-2],
        jpeg()[:40],
        jpeg().replace(b"\xff\xc0", b"\xff\xfe"),
        png()[:-6],
        png().replace(b"IDAT", b"IDAX"),
        b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""),
        webp()[:30],
        webp(flags=0x02),
        b"RIFF\x04\0\0\0WEBP",
        b"RIFF\xff\xff\xff\xffWEBP",
    ],
)
def test_what_is_no_photo_is_refused(content: bytes) -> None:
    with pytest.raises(NoPhoto):
        bare(content)


@given(st.sampled_from([*TOLD.values()]), st.data())
def test_whatever_is_broken_is_refused_or_tells_nothing(whole: bytes, data: st.DataObject) -> None:
    broken = bytearray(whole[: data.draw(st.integers(0, len(whole)))])
    for _ in range(data.draw(st.integers(0, 4)) if broken else 0):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))

    try:
        kind, photo = bare(bytes(broken))
    except NoPhoto:
        return
    assert kind in {"jpg", "png", "webp"}
    assert len(photo) <= len(broken) + 36


async def test_a_photo_is_found_by_its_hash_after_a_restart(tmp_path: Path) -> None:
    name = await Photos(tmp_path).put(jpeg(exif(6)))

    media, content = await Photos(tmp_path).get(name) or ("", b"")

    assert (media, sha256(content).hexdigest()) == ("image/jpeg", name)
    assert [path.name for path in (tmp_path / "photos").iterdir()] == [f"{name}.jpg"]


async def test_the_same_photo_is_kept_once(tmp_path: Path) -> None:
    photos = Photos(tmp_path)

    names = {await photos.put(content) for content in (png(), png(chunk(b"tEXt", SECRET)), png(tail=b"x"))}

    assert len(names) == 1


@pytest.mark.parametrize("name", ["", "../outside", "a" * 63, "A" * 64, "a" * 64, "a" * 64 + "\n"])
async def test_only_a_hash_that_is_there_is_a_photo(tmp_path: Path, name: str) -> None:
    photos = Photos(tmp_path)
    (tmp_path / "outside.jpg").write_bytes(jpeg())
    (tmp_path / "photos").mkdir()

    assert await photos.get(name) is None
    assert not await photos.has(name)


async def test_a_disk_without_room_takes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "KEEP_FREE_BYTES", shutil.disk_usage(tmp_path).total + 1)

    with pytest.raises(NoRoom):
        await Photos(tmp_path).put(png())

    assert list((tmp_path / "photos").iterdir()) == []


async def test_what_the_disk_refuses_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("gateway.keep.photos.os.fsync", full)

    with pytest.raises(OSError, match="No space"):
        await Photos(tmp_path).put(png())

    assert list((tmp_path / "photos").iterdir()) == []
