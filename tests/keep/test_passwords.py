"""What may be a password or PIN, and the slow hash of it."""

from __future__ import annotations

from contextlib import closing

import pytest
from argon2 import PasswordHasher

from gateway.keep.accounts.passwords import Cost, Hashing, password_objection, pin_objection

CHEAP = Cost(passes=1, kib=8)


@pytest.mark.parametrize(
    ("password", "objection"),
    [
        ("short", "password_short"),
        ("123456789", "password_short"),
        ("电梯旁的", "password_short"),
        ("电梯旁的门", None),
        ("correct horse battery", None),
        ("wO4-ggp7;x", None),
        ("x" * 201, "password_long"),
        ("wangfang12", "password_name"),
        ("WANGFANG wangfang", "password_name"),
        ("wangfang likes her lift", None),
        ("password123", "password_common"),
        ("Gridpost2024", "password_common"),
        ("gridpost123", "password_common"),
        ("1234567890", "password_common"),
        ("woaini1314520", "password_common"),
        ("aaaaaaaaaaaa", "password_common"),
        ("1q2w3e4r5t", "password_common"),
        ("qwertyuiop", "password_common"),
        ("ｐａｓｓｗｏｒｄ１２３", "password_common"),
    ],
)
def test_a_password_is_long_and_not_what_guessers_try_first(password: str, objection: str | None) -> None:
    assert password_objection(password, "WangFang") == objection


@pytest.mark.parametrize(
    ("pin", "objection"),
    [
        ("4071", None),
        ("20481637", None),
        ("407", "pin_shape"),
        ("123456789", "pin_shape"),
        ("40 71", "pin_shape"),
        ("４０７１", "pin_shape"),
        ("0000", "pin_common"),
        ("1234", "pin_common"),
        ("8765", "pin_common"),
        ("9012", "pin_common"),
        ("2468", "pin_common"),
        ("1212", "pin_common"),
        ("5201314", "pin_common"),
    ],
)
def test_a_pin_is_four_to_eight_digits_and_no_row_of_them(pin: str, objection: str | None) -> None:
    assert pin_objection(pin) == objection


async def test_the_real_hash_knows_its_password_however_it_was_typed_and_no_other() -> None:
    with closing(Hashing()) as hashing:
        kept = await hashing.hash("ｃafé 电梯旁")

        fits = await hashing.fits(kept, "cafe\u0301 电梯旁", stranger=False)
        wrong = await hashing.fits(kept, "cafe 电梯旁", stranger=True)

    assert kept.startswith("$argon2id$v=19$m=32768,t=3,p=1$")
    assert fits
    assert not wrong


async def test_what_is_kept_of_nobody_fits_nothing() -> None:
    with closing(Hashing(CHEAP)) as hashing:
        fits = [await hashing.fits(kept, "", stranger=True) for kept in ("", "no hash", "$argon2id$v=19$m=8")]

    assert fits == [False, False, False]


async def test_where_nothing_is_kept_a_secret_is_hashed_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[str] = []
    verify = PasswordHasher.verify

    def counted(hasher: PasswordHasher, kept: str, secret: bytes) -> bool:
        judged.append(kept)
        return verify(hasher, kept, secret)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    with closing(Hashing(CHEAP)) as hashing:
        await hashing.fits("", "a guess", stranger=True)

    assert [kept.startswith("$argon2id$") for kept in judged] == [True]


async def test_a_hash_of_another_cost_is_still_good_and_known_to_be_outdated() -> None:
    with closing(Hashing(CHEAP)) as old, closing(Hashing(Cost(passes=2, kib=8))) as new:
        kept = await old.hash("correct horse")

        fits = await new.fits(kept, "correct horse", stranger=False)

        assert fits
        assert new.outdated(kept)
        assert not old.outdated(kept)
