from __future__ import annotations

from collections import Counter
from itertools import pairwise

from simulator.mqtt_device import Stream
from tests.simulator.lockers import NOW, Bench

OPEN_C07 = {"cmd": "open", "c": "c07", "n": 1, "until": NOW + 5}


def test_a_cabinet_has_compartments_of_three_sizes() -> None:
    sizes = Counter(one.size for one in Bench().cabinet.compartments.values())

    assert sizes == {"s": 36, "m": 16, "l": 8}


def test_an_ordered_door_swings_open_and_stays_open_until_somebody_closes_it() -> None:
    bench = Bench()

    why = bench.cabinet.ordered(OPEN_C07, NOW)
    bench.advance(NOW + 0.2)
    before = bench.cabinet.compartments["c07"].open
    bench.advance(NOW + 300)

    assert (why, before) == ("", False)
    assert bench.mouth.events() == [{"e": "opened", "c": "c07", "by": "command"}]
    assert bench.mouth.states()[-1]["c"]["c07"] == [1, 0, 0]
    assert bench.cabinet.close("c07", NOW + 300)
    assert bench.mouth.states()[-1]["c"]["c07"] == [0, 0, 0]


def test_what_makes_no_sense_is_refused_with_a_reason() -> None:
    bench = Bench()

    assert bench.cabinet.ordered({"cmd": "open", "c": "c61"}, NOW) == "no such compartment"
    assert bench.cabinet.ordered({"cmd": "open", "c": ["c01"]}, NOW) == "no such compartment"
    assert bench.cabinet.ordered({"cmd": "explode", "c": "c01"}, NOW) == "unknown order"
    bench.cabinet.mains = False
    assert bench.cabinet.ordered(OPEN_C07, NOW) == "no power"


def test_a_jammed_door_does_not_move_though_the_order_was_taken() -> None:
    bench = Bench()
    bench.cabinet.compartments["c07"].jammed = True

    why = bench.cabinet.ordered(OPEN_C07, NOW)
    bench.advance(NOW + 10)

    assert why == ""
    assert bench.mouth.events() == []


def test_a_delivery_gets_a_code_and_its_pick_up_takes_it_away() -> None:
    bench = Bench()
    cabinet = bench.cabinet

    asked = cabinet.ask({"ask": "deliver", "size": "s", "order": "SF1"}, NOW)
    cabinet.answered({"re": asked, "ok": True, "c": "c03", "why": ""}, NOW)
    bench.advance(NOW + 1)
    cabinet.put("c03", NOW + 3)
    cabinet.close("c03", NOW + 5)
    code = cabinet.compartments["c03"].code
    wanted = cabinet.ask({"ask": "pickup", "code": code}, NOW + 60)
    cabinet.answered({"re": wanted, "ok": True, "c": "c03", "why": ""}, NOW + 60)
    bench.advance(NOW + 61)
    cabinet.take("c03", NOW + 63)
    cabinet.close("c03", NOW + 64)

    assert len(code) == 6
    assert code.isdecimal()
    assert bench.mouth.events() == [
        {"e": "opened", "c": "c03", "by": "delivery"},
        {"e": "stored", "c": "c03", "code": code},
        {"e": "opened", "c": "c03", "by": "code"},
        {"e": "taken", "c": "c03"},
    ]


def test_an_answer_opens_once_and_only_for_somebody_who_still_stands_there() -> None:
    bench = Bench()
    first = bench.cabinet.ask({"ask": "pickup", "code": "111111"}, NOW)
    second = bench.cabinet.ask({"ask": "pickup", "code": "222222"}, NOW)

    bench.cabinet.answered({"re": first, "ok": False, "c": "c01", "why": "unknown"}, NOW)
    bench.cabinet.answered({"re": first, "ok": True, "c": "c01", "why": ""}, NOW)
    bench.cabinet.forget(second)
    bench.cabinet.answered({"re": second, "ok": True, "c": "c02", "why": ""}, NOW)
    bench.advance(NOW + 5)

    assert bench.mouth.events() == []
    assert [question for question, _ in bench.answers] == [first]


def test_the_state_is_said_at_birth_at_each_change_and_at_least_once_a_minute() -> None:
    bench = Bench()

    bench.cabinet.born(NOW)
    bench.cabinet.swing_open("c01", "key", NOW + 30)
    for second in range(31, 400):
        bench.advance(NOW + second)

    times = [one.at for one in bench.mouth.said if one.stream is Stream.STATE]
    assert times[:2] == [NOW, NOW + 30]
    assert max(later - earlier for earlier, later in pairwise(times)) <= 60
    assert len(times) <= 9


def test_the_parcels_of_before_are_told_of_once_when_somebody_in_charge_speaks_first() -> None:
    bench = Bench()
    bench.cabinet.stock("c05", NOW - 50 * 3600)

    bench.cabinet.born(NOW)
    silent = bench.mouth.events()
    bench.cabinet.ordered(OPEN_C07, NOW)
    bench.cabinet.ordered(OPEN_C07, NOW + 10)

    assert silent == []
    stored = [one for one in bench.mouth.said if one.body.get("e") == "stored"]
    assert [(one.body["c"], one.at) for one in stored] == [("c05", NOW - 50 * 3600)]


def test_a_dirty_light_barrier_goes_on_seeing_a_parcel() -> None:
    bench = Bench()
    bench.cabinet.compartments["c01"].fault = True
    bench.cabinet.compartments["c01"].occupied = True
    bench.cabinet.swing_open("c01", "key", NOW)

    bench.cabinet.take("c01", NOW + 1)
    bench.cabinet.close("c01", NOW + 2)

    assert bench.mouth.states()[-1]["c"]["c01"] == [0, 1, 1]


def test_nobody_can_ask_while_the_network_is_away() -> None:
    bench = Bench()
    bench.mouth.away = True

    assert bench.cabinet.ask({"ask": "pickup", "code": "111111"}, NOW) == ""
