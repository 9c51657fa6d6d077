from __future__ import annotations

import csv
import io
from collections import Counter
from datetime import UTC, datetime

from gateway.keep.permit_csv import read_csv
from simulator.card import SITE_KEY, card_hash
from simulator.compound import grow
from simulator.permits import write_permits
from simulator.residents import cards_behind, residents
from simulator.table import USER_CAPACITY

NOW = datetime(2026, 11, 22, tzinfo=UTC).timestamp()


def test_every_household_has_its_own_cards_about_2_6_each() -> None:
    everybody = list(residents(grow(7)))

    households = {(one.building, one.entrance, one.flat) for one in everybody}
    assert len(households) == 3040
    assert 2.5 < len(everybody) / len(households) < 2.7
    assert len({one.card for one in everybody}) == len(everybody)
    assert len({one.person for one in everybody}) == len(everybody)


def test_as_many_live_in_a_building_as_it_has_households() -> None:
    compound = grow(3)
    flats = {(one.building, one.entrance, one.flat) for one in residents(compound)}

    assert Counter(building for building, _, _ in flats) == {
        building.id: building.households for building in compound.buildings if building.households
    }


def test_a_small_compound_has_the_first_people_of_the_whole_one() -> None:
    whole, small = list(residents(grow(7))), list(residents(grow(7, 3)))

    assert small == whole[: len(small)]


def test_no_controller_has_more_cards_behind_it_than_its_table_holds_and_gates_have_all() -> None:
    cards = cards_behind(grow(7))

    assert max(map(len, cards.values())) == len(cards["gate-south"]) < USER_CAPACITY
    assert len(cards["gate-south"]) == sum(len(held) for id_, held in cards.items() if not id_.startswith("gate-"))


def test_the_permits_are_a_file_that_the_gateway_reads() -> None:
    compound = grow(7)
    written = io.StringIO()
    write_permits(compound, NOW, written)

    read = read_csv(written.getvalue().encode(), SITE_KEY, "Asia/Shanghai")

    assert read.findings == ()
    people = list(residents(compound))
    assert [permit.credential for permit in read.permits] == [f"{card_hash(one.card):016x}" for one in people]
    assert read.permits[0].groups == (people[0].device, "gate-south", "gate-north", "gate-east", "gate-cars")
    assert read.permits[0].household == f"{people[0].building}-{people[0].entrance}-{people[0].flat}"
    assert {permit.until_utc > NOW for permit in read.permits if permit.until_utc} == {True}


def test_without_its_gates_a_compound_permits_entrances_only() -> None:
    written = io.StringIO()

    write_permits(grow(7, 1), NOW, written)

    rows = list(csv.DictReader(io.StringIO(written.getvalue())))
    assert {row["groups"] for row in rows} == {"b1u1", "b1u2"}
