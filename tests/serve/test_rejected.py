from __future__ import annotations

from typing import TYPE_CHECKING

from drivers.contract import Rejected
from gateway.serve import tag_shapes
from gateway.serve.rejected import LISTED
from tests.serve.compound import now

if TYPE_CHECKING:
    from tests.serve.compound import Town


async def test_what_a_line_could_not_take_is_shown_to_whoever_installs(tended: Town) -> None:
    tended.rejected["boxes"] = [
        Rejected("v1/happy/b1/locker/locker1/state", "no JSON", 70_000, "{{{", now().utc, times=3)
    ]

    async with tended.client("installer") as client:
        answer = await client.get("/api/v1/lines/boxes/rejected")

    [message] = tag_shapes.RejectedMessages.model_validate_json(answer.text).rejected
    assert message.model_dump(exclude={"received"}) == {
        "source": "v1/happy/b1/locker/locker1/state",
        "why": "no JSON",
        "size": 70_000,
        "excerpt": "{{{",
        "times": 3,
    }


async def test_however_many_there_are_the_newest_are_told(tended: Town) -> None:
    tended.rejected["boxes"] = [Rejected(str(number), "", 0, "", now().utc) for number in range(LISTED + 9)]

    async with tended.client("installer") as client:
        found = (await client.get("/api/v1/lines/boxes/rejected")).json()["rejected"]

    assert [message["source"] for message in found] == [str(number) for number in range(LISTED)]


async def test_a_line_without_any_has_an_empty_list_and_a_strange_one_none(tended: Town) -> None:
    async with tended.client("installer") as client:
        answers = [await client.get(f"/api/v1/lines/{line}/rejected") for line in ("north", "nothing")]

    assert [answer.status_code for answer in answers] == [200, 404]
    assert answers[0].json() == {"rejected": []}
