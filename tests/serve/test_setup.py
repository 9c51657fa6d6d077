from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, closing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from gateway.auditing import Audited
from gateway.keep.accounts.setup_code import is_waiting, make_setup_code
from gateway.serve.app import create_app
from gateway.serve.setup import nearby
from gateway.serve.setup import routes as setup
from gateway.setting_up.as_written import AsWritten
from gateway.setting_up.draft import Draft
from gateway.setting_up.wizard import SettingUp, Wizard
from gateway.works import Works
from tests.serve.compound import now, open_town, served
from tests.setting_up import entering

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine
    from pathlib import Path

    import httpx

    from tests.serve.compound import Town

PASSWORD = "four words on a wall"  # noqa: S105 - of nobody
PATH = "/api/v1/setup"


@asynccontextmanager
async def new_box(folder: Path, *, administered: bool = False, stays: bool = False) -> AsyncIterator[tuple[Town, str]]:
    """A box that nobody has set up, and its code. `stays`: it serves on after it was."""
    tasks: set[asyncio.Task[None]] = set()

    def beside(work: Coroutine[None, None, None], name: str) -> None:
        tasks.add(asyncio.create_task(work, name=name))

    about = SettingUp(folder, Draft.open(folder), folder / "compound.yaml")
    about.prepare()
    async with open_town(folder, hears=False) as town:
        if not administered:
            with closing(town.journal.connect()) as connection:
                connection.execute("DELETE FROM users WHERE role = 'administrator'")
        wizard = Wizard(
            about,
            road=town.road,
            clock=now,
            clock_source=lambda: "chrony",
            works=Works(),
            beside=beside,
            stop=(lambda: None) if stays else town.stop.set,
        )
        town.house = replace(town.house, setup=wizard)
        town.app = create_app(town.house)
        async with served(town):
            yield town, make_setup_code(folder, 1.0)
        for task in tasks:
            task.cancel()


async def begin(client: httpx.AsyncClient, code: str, name: str = "王芳", password: str = PASSWORD) -> httpx.Response:
    return await client.post(f"{PATH}/begin", json={"code": code, "name": name, "password": password})


async def test_by_the_code_the_first_administrator_comes_in_and_it_is_void(tmp_path: Path) -> None:
    async with new_box(tmp_path) as (town, code), town.client(None) as client:
        client.headers["Origin"] = town.url
        before = (await client.get(PATH)).json()

        answer = await begin(client, code)

        me = (await client.get("/api/v1/me")).json()
        after = (await client.get(PATH)).json()
        again = await begin(client, code, "李四")
    assert before == {"open": True, "writable": True, "file": "", "steps": []}
    assert answer.status_code == 204
    assert (me["name"], me["role"]) == ("王芳", "administrator")
    assert after["open"] is False
    assert [each["id"] for each in after["steps"]] == [
        "clock", "compound", "buildings", "grids", "people", "channel", "backup",
    ]  # fmt: skip
    assert (again.status_code, again.json()["code"]) == (409, "administrator_there")
    assert not is_waiting(tmp_path)


async def test_of_two_at_the_same_moment_one_comes_in(tmp_path: Path) -> None:
    async with new_box(tmp_path) as (town, code), town.client(None) as client:
        answers = await asyncio.gather(*(begin(client, code, name) for name in ("王芳", "李四")))

    [lost] = [answer for answer in answers if answer.status_code != 204]
    assert (lost.status_code, lost.json()["code"]) == (409, "administrator_there")


async def test_another_code_is_refused_slowly_and_the_right_one_still_counts(tmp_path: Path) -> None:
    async with new_box(tmp_path) as (town, code), town.client(None) as client:
        loop = asyncio.get_running_loop()
        began = loop.time()
        wrong = await begin(client, code[::-1])
        took = loop.time() - began
        right = await begin(client, code)

    assert (wrong.status_code, wrong.json()["code"]) == (401, "setup_code")
    assert took >= 0.25
    assert right.status_code == 204


async def test_a_password_that_is_none_leaves_the_code_as_it_was(tmp_path: Path) -> None:
    async with new_box(tmp_path) as (town, code), town.client(None) as client:
        wrong = await begin(client, code, "王芳", "short")
        taken = await begin(client, code, name="viewer")
        right = await begin(client, code)

    assert [(each["path"], each["code"]) for each in wrong.json()["errors"]] == [("body.password", "password_short")]
    assert [each["path"] for each in taken.json()["errors"]] == ["body.name"]
    assert right.status_code == 204


async def test_through_a_proxy_nobody_sets_a_box_up(tmp_path: Path) -> None:
    proxied = {"X-Forwarded-For": "192.168.1.5", "Forwarded": "for=10.0.0.1", "Via": "1.1 p", "X-Real-IP": "10.0.0.1"}
    async with new_box(tmp_path) as (town, code), town.client(None) as client:
        for name, value in proxied.items():
            client.headers = {name: value}

            seen, refused = (await client.get(PATH)).json(), await begin(client, code)

            assert seen["open"] is False
            assert (refused.status_code, refused.json()["code"]) == (403, "far_away"), name


@pytest.mark.parametrize(
    ("address", "near"),
    [
        ("127.0.0.1", True),
        ("192.168.1.5", True),
        ("10.1.2.3", True),
        ("172.31.0.1", True),
        ("169.254.7.7", True),
        ("::1", True),
        ("fe80::1%eth0", True),
        ("fd12::1", True),
        ("::ffff:192.168.1.5", True),
        ("172.32.0.1", False),
        ("100.64.0.1", False),
        ("8.8.8.8", False),
        ("2001:db8::1", False),
        ("::ffff:8.8.8.8", False),
    ],
)
def test_near_is_who_hangs_in_the_same_network(address: str, *, near: bool) -> None:
    from starlette.requests import HTTPConnection

    scope = {"type": "http", "client": (address, 1), "headers": []}

    assert nearby.is_near(HTTPConnection(scope)) is near


async def test_who_does_not_set_up_sees_no_step(tmp_path: Path) -> None:
    async with new_box(tmp_path, administered=True) as (town, _):
        for who in (None, "viewer", "staff", "manager", "auditor", "bound"):
            async with town.client(who) as client:
                seen = (await client.get(PATH)).json()

            assert (seen["steps"], seen["file"], seen["open"]) == ([], "", False), who


async def put(client: httpx.AsyncClient, step: str, body: dict[str, Any], status: int = 200) -> Any:
    answer = await client.put(f"{PATH}/{step}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


WRONG: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("clock", {"timezone": "Mars/Olympus"}, "body.timezone"),
    ("compound", {"id": "XFL", "name": "a"}, "body.id"),
    ("compound", {"id": "xfl", "name": ""}, "body.name"),
    ("buildings", {"count": 0}, "body.count"),
    ("buildings", {"count": 9, "name": "号楼"}, "body.name"),
    ("buildings", {"count": 9, "exceptions": [{"number": 0}]}, "body.exceptions.0.number"),
    ("clock", {"timezone": "Asia"}, "body.timezone"),
    *(("compound", {"id": "xfl", "name": name}, "body.name") for name in (" ", "\ufeff", "\u3000\u200b", "a\u202eb")),
    *(("buildings", {"count": 9, "name": f"{{n}}{sign}"}, "body.name") for sign in ("\u202e", "\u2028", "\x7f")),
    ("buildings", {"count": 9, "exceptions": [{"number": 1, "name": " "}]}, "body.exceptions.0.name"),
    ("people", {"people": [{"id": "a", "name": " ", "reach": []}]}, "body.people.0.name"),
    ("grids", {"grids": [{"id": "g 1", "name": "a"}]}, "body.grids.0.id"),
    ("people", {"people": [{"id": "a", "name": "a"}]}, "body.people.0.reach"),
    ("channel", {"channels": [{"id": "a", "kind": "wecom"}]}, "body.channels.0.secrets.key"),
    ("backup", {}, "body.folder"),
    ("backup", {"folder": "/nowhere"}, "body.folder"),
    ("backup", {"folder": "/", "same_disk_allowed": True}, "body.folder"),
)


async def test_what_is_wrong_is_said_at_its_field_and_not_kept(tmp_path: Path) -> None:
    async with new_box(tmp_path, administered=True) as (town, _), town.client("installer") as client:
        for step, body, path in WRONG:
            refused = await put(client, step, body, 422)

            assert path in [error["path"] for error in refused["errors"]], step
            assert all(error["code"] for error in refused["errors"])
        nowhere = await put(client, "backup", {"folder": "/nowhere"}, 422)
        state = (await client.get(PATH)).json()

    assert [each["entered"] for each in state["steps"]] == [None] * 7
    assert nowhere["errors"][0]["code"] == "folder_missing"


async def test_no_secret_comes_out_again_and_every_step_is_in_the_audit(tmp_path: Path) -> None:
    async with new_box(tmp_path, administered=True) as (town, _), town.client("installer") as client:
        await put(client, "compound", entering.COMPOUND)
        await put(client, "channel", entering.channel("http://127.0.0.1:1", "very-secret"))
        await client.post(f"{PATH}/clock/skip")
        said = (await client.get(PATH)).text

    assert "very-secret" not in said
    rows = [act for act in town.road.acts if getattr(act, "what", "") == "set_up"]
    assert [getattr(row, "subject", "") for row in rows] == ["compound", "channel", "clock"]


async def test_a_step_that_is_done_is_not_dropped_by_leaving_it_out(tmp_path: Path) -> None:
    async with new_box(tmp_path, administered=True) as (town, _), town.client("installer") as client:
        await put(client, "compound", entering.COMPOUND)

        left_out = (await client.post(f"{PATH}/compound/skip")).json()

    compound = left_out["steps"][1]
    assert (compound["state"], compound["entered"]["name"]) == ("done", entering.COMPOUND["name"])


async def test_a_key_that_was_changed_is_to_be_proved_anew(tmp_path: Path) -> None:
    async with new_box(tmp_path, administered=True) as (town, _), town.client("installer") as client:
        await put(client, "channel", entering.channel("http://127.0.0.1:1"))
        wizard = town.house.setup
        assert isinstance(wizard, Wizard)
        wizard._proved(wizard._channels()[0])

        proved = (await client.get(PATH)).json()
        changed = await put(client, "channel", entering.channel("http://127.0.0.1:1", "another"))

    assert [each["facts"]["proved"] for each in (proved["steps"][5], changed["steps"][5])] == [["chat"], []]


async def test_a_message_that_cannot_leave_says_why(tmp_path: Path) -> None:
    async with new_box(tmp_path, administered=True) as (town, _), town.client("installer") as client:
        await put(client, "channel", entering.channel("http://127.0.0.1:1"))
        sent = await client.post(f"{PATH}/channel/prove", json={"channel": "chat", "to": "zhang"})
        unknown = await client.post(f"{PATH}/channel/prove", json={"channel": "fax", "to": "zhang"})
        nobody = await client.get(f"{PATH}/channel/proofs/99")
        async with asyncio.timeout(5):
            while (proof := (await client.get(f"{PATH}/channel/proofs/1")).json())["fate"] == "waiting":
                await asyncio.sleep(0.01)

    assert sent.json() == {"number": 1}
    assert [error["path"] for error in unknown.json()["errors"]] == ["body.channel"]
    assert nobody.status_code == 404
    assert (proof["fate"], bool(proof["why"])) == ("failed", True)


async def test_codes_of_a_message_cannot_be_guessed(tmp_path: Path) -> None:
    async with new_box(tmp_path, administered=True) as (town, _), town.client("installer") as client:
        await put(client, "channel", entering.channel("http://127.0.0.1:1"))
        await client.post(f"{PATH}/channel/prove", json={"channel": "chat", "to": "zhang"})
        path = f"{PATH}/channel/proofs/1"
        answers = [await client.post(path, json={"code": "x"}) for _ in range(6)]

    assert [answer.json()["errors"][0]["code"] for answer in answers] == ["proof_code"] * 4 + ["proof_spent"] * 2


async def test_a_file_that_came_to_be_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    async with new_box(tmp_path, administered=True) as (town, _), town.client("installer") as client:
        (tmp_path / "compound.yaml").write_text("by hand")

        refused = await client.post(f"{PATH}/finish")

    assert [error["code"] for error in refused.json()["errors"]] == ["file_there"]
    assert (tmp_path / "compound.yaml").read_text() == "by hand"
    assert finishes(town) == []
    assert not town.house.setup._about.finished  # type: ignore[union-attr]  # a wizard


async def test_the_gateway_goes_on_once_everything_is_right(tmp_path: Path) -> None:
    async with new_box(tmp_path, administered=True) as (town, _), town.client("installer") as client:
        await put(client, "people", entering.PEOPLE)
        wrong = await client.post(f"{PATH}/finish")
        ended_early = town.stop.is_set()
        await client.post(f"{PATH}/people/skip")
        right = await client.post(f"{PATH}/finish")

    assert "people.people.0.reach.0.channel" in [error["path"] for error in wrong.json()["errors"]]
    assert not ended_early
    assert right.json() == {"restarting": True, "file": str(tmp_path / "compound.yaml")}
    assert len(finishes(town)) == 1
    assert town.stop.is_set()
    assert not (tmp_path / "set-up").exists()


def finishes(town: Town) -> list[Audited]:
    """What the audit has of configurations that were written."""
    return [act for act in town.road.acts if isinstance(act, Audited) and act.subject == "compound.yaml"]


async def test_once_it_is_written_the_wizard_is_looked_at_and_no_more(tmp_path: Path) -> None:
    async with new_box(tmp_path, administered=True, stays=True) as (town, _), town.client("installer") as client:
        answers = await asyncio.gather(
            *(client.post(f"{PATH}/finish") for _ in range(2)), *(client.get(PATH) for _ in range(6))
        )
        later = [await client.post(f"{PATH}/finish"), await client.post(f"{PATH}/clock/skip")]
        later.append(await client.put(f"{PATH}/compound", json=entering.COMPOUND))
        seen = await client.get(PATH)

    assert sorted(answer.status_code for answer in answers) == [200] * 6 + [202, 409]
    assert [(answer.status_code, answer.json()["code"]) for answer in later] == [(409, "not_writable")] * 3
    assert seen.status_code == 200
    assert [act.subject for act in town.road.acts if isinstance(act, Audited)] == ["compound.yaml"]


async def test_a_draft_that_stays_does_not_keep_the_gateway_from_going_on(tmp_path: Path) -> None:
    (tmp_path / "set-up" / "lost").mkdir(parents=True)  # a folder cannot be unlinked
    async with new_box(tmp_path, administered=True) as (town, _), town.client("installer") as client:
        answer = await client.post(f"{PATH}/finish")

    assert (answer.status_code, town.stop.is_set()) == (202, True)


async def test_where_a_person_wrote_the_file_nothing_is_changed(tmp_path: Path) -> None:
    from gateway.config.load import load

    path = tmp_path / "compound.yaml"
    path.write_text("compound: {id: xfl, name: 手写}\nbuildings: [{id: b1, name: 1号楼}]\n")
    written = AsWritten(tmp_path, lambda: load(path), now, lambda: "")
    async with open_town(tmp_path / "data", hears=False) as town:
        town.house = replace(town.house, setup=written)
        town.app = create_app(town.house)
        async with served(town), town.client("installer") as client:
            state = (await client.get(PATH)).json()
            refused = await put(client, "compound", entering.COMPOUND, 409)
            codes = [(await client.post(f"{PATH}/{act}")).json()["code"] for act in ("finish", "clock/skip")]

    done = {each["id"] for each in state["steps"] if each["state"] == "done"}
    assert (state["writable"], done) == (False, {"clock", "compound", "buildings"})
    assert [refused["code"], *codes] == ["not_writable"] * 3
    assert [act for act in town.road.acts if isinstance(act, Audited)] == []


def test_every_objection_to_a_password_has_its_sentence() -> None:
    from gateway.keep.accounts import passwords

    known = {code.strip('"') for code in (passwords.password_objection.__doc__ or "").split() if "password_" in code}

    assert {code.split('"')[0] for code in known} <= setup._PASSWORD_WHY.keys()
