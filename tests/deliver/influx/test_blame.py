from __future__ import annotations

from gateway.deliver.influx.answer import Answer
from gateway.deliver.influx.blame import blamed

LINES = [
    b"door,device=a open=t,v=1i 100",
    b"door,device=b open=t,v=2.5 200",
    b"meter,device=b v=2.5 300",
    b"meter,device=c why=\"it's 'so': bad\" 400",
]


def said(sentence: str) -> Answer:
    return Answer(400, sentence, of_influx=True)


def test_a_line_that_the_server_quotes_is_meant() -> None:
    words = "partial write: unable to parse '{}': invalid boolean\nunable to parse '{}': missing tag key dropped=0"
    quoted = words.format(LINES[1].decode(), LINES[3].decode())

    found = blamed(said(quoted), LINES)

    assert found == {1: "unable to parse: invalid boolean", 3: "unable to parse: missing tag key"}


def test_a_quoted_line_that_was_not_sent_blames_nobody() -> None:
    assert blamed(said("unable to parse 'x y=z': invalid boolean"), LINES) == {}


def test_a_type_conflict_means_the_lines_with_that_field_of_that_type() -> None:
    words = 'partial write: field type conflict: input field "v" on measurement "door" is type float, '

    found = blamed(said(f"{words}already exists as type integer dropped=1"), LINES)

    assert set(found) == {1}
    assert 'input field "v" on measurement "door"' in found[1]


def test_a_count_that_does_not_fit_blames_nobody() -> None:
    words = 'partial write: field type conflict: input field "v" on measurement "door" is type float, '

    assert blamed(said(f"{words}already exists as type integer dropped=3"), LINES) == {}
    assert blamed(said("partial write: something else dropped=2"), LINES) == {}
    assert blamed(said("partial write: something else"), LINES) == {}


def test_points_beyond_the_retention_policy_are_the_oldest() -> None:
    assert set(blamed(said("partial write: points beyond retention policy dropped=2"), LINES[::-1])) == {2, 3}


def test_where_all_were_dropped_all_are_meant() -> None:
    assert set(blamed(said("partial write: max-series-per-database limit exceeded: (1) dropped=4"), LINES)) == {
        0,
        1,
        2,
        3,
    }


def test_a_line_alone_is_meant() -> None:
    assert blamed(said("whatever was wrong with the field"), LINES[:1]) == {0: "whatever was wrong with the field"}


def test_lines_that_influxdb_3_numbers_are_meant_where_they_exist() -> None:
    assert set(blamed(Answer(400, "partial write", of_influx=True, blamed=(-1, 1, 4)), LINES)) == {1}
