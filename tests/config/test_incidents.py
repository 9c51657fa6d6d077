from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.config.alarm_rules import shipped as shipped_rules
from gateway.config.incidents import county_words, incident_rules, shipped
from gateway.config.load import ConfigError
from gateway.decide.incidents.table import Limit, Stage
from gateway.model import Priority
from tests.config.incident_plan import plan_with

OVER = """
incidents:
  working_hours: ["09:00-12:00", "13:00-17:00"]
  windows: {fire: 240}
  categories:
    fire: {code: "A-17"}
    door: {opens: 3}
    dogs: {code: "B-2", name: 犬只, opens: 2, rules: [door_forced]}
    gas: {limits: {P1: {arrive: 5 min}}}
  limits:
    P3: {handle: 2 working days, assign: null}
"""


def test_every_shipped_alarm_rule_stands_in_at_most_one_category_and_every_named_rule_is_there() -> None:
    named = [rule for category in shipped().categories.values() for rule in category.rules]

    assert sorted(named) == sorted(set(named))
    assert set(named) - shipped_rules().keys() == set()


def test_what_stands_in_no_category_is_upkeep_that_opens_nothing_or_is_told_as_other() -> None:
    rules = incident_rules(plan_with())
    without = {rule: body["priority"] for rule, body in shipped_rules().items() if rule not in rules.of_rule}

    assert {rule for rule, priority in without.items() if priority <= 3} == set()
    category = rules.category_of("a rule of yours")
    assert category is not None
    assert (category.id, category.opens) == ("other", Priority.P3)


def test_the_shipped_limits_are_those_of_the_domain() -> None:
    rules = incident_rules(plan_with())

    def limit(priority: int, stage: Stage) -> Limit | None:
        return rules.limit("fire", Priority(priority), stage)

    assert [limit(n, Stage.ACCEPT) for n in (1, 2, 3)] == [Limit(60), Limit(300), Limit(1800)]
    assert limit(4, Stage.ACCEPT) == Limit(4 * 3600, working=True)
    assert [limit(n, Stage.ARRIVE) for n in (1, 2, 3)] == [Limit(600), Limit(1800), None]
    assert [limit(n, Stage.HANDLE) for n in (2, 3, 4)] == [
        Limit(86_400), Limit(3 * 28_800, working=True), Limit(7 * 28_800, working=True),
    ]  # fmt: skip
    assert limit(1, Stage.VERIFY) == Limit(28_800, working=True)


def test_single_fields_of_it_are_written_over() -> None:
    rules = incident_rules(plan_with(OVER))

    assert (rules.categories["fire"].code, rules.categories["fire"].name) == ("A-17", "火情")
    assert rules.of_rule["smoke"] == "fire"
    assert (rules.categories["door"].opens, rules.of_rule["door_forced"]) == (Priority.P3, "dogs")
    assert (rules.windows["fire"], rules.windows["gas"]) == (240, 180)
    assert rules.hours == ((540, 720), (780, 1020))
    assert rules.limit("gas", Priority.P1, Stage.ARRIVE) == Limit(300)
    assert rules.limit("fire", Priority.P1, Stage.ARRIVE) == Limit(600)
    assert rules.limit("fire", Priority.P3, Stage.HANDLE) == Limit(2 * 7 * 3600, working=True)
    assert rules.limit("fire", Priority.P3, Stage.ASSIGN) is None


def test_names_are_in_the_language_of_the_compound() -> None:
    plan = plan_with()

    rules = incident_rules(replace(plan, compound=plan.compound.model_copy(update={"language": "en"})))

    assert rules.categories["fire"].name == "Fire"


@pytest.mark.parametrize(
    ("written", "where", "what"),
    [
        (
            "incidents: {categories: {x: {code: '1', name: x, rules: [nothing]}}}",
            "incidents.categories.x.rules",
            "no rule 'nothing'",
        ),
        ("incidents: {categories: {x: {name: x}}}", "incidents.categories.x", "needs a `code` and a `name`"),
        (
            "incidents: {categories: {x: {code: '1', name: x, rules: [smoke]}, y: {code: '2', name: y, rules: [smoke]}}}",
            "incidents.categories.y.rules",
            "stands in category 'x' already",
        ),
        ("incidents: {windows: {nobody: 10}}", "incidents.windows.nobody", "no category is of the group 'nobody'"),
        ("incidents: {limits: {P1: {arrive: soon}}}", "incidents.limits.P1.arrive", ""),
        ("incidents: {limits: {P1: {arrive: 0 min}}}", "incidents.limits.P1.arrive", ""),
        ("incidents: {limits: {P5: {arrive: 1 min}}}", "incidents.limits", ""),
        ("incidents: {limits: {P1: {sleep: 1 min}}}", "incidents.limits", ""),
        ("incidents: {working_hours: ['12:00-09:00']}", "incidents.working_hours", "begin before they end"),
        ("incidents: {working_hours: ['09:00-12:00', '11:00-18:00']}", "incidents.working_hours", "stand in order"),
        ("incidents: {working_hours: ['25:00-26:00']}", "incidents.working_hours", ""),
        ("incidents: {categories: {fire: {opens: 5}}}", "incidents.categories.fire.opens", ""),
        ("county: {url: 'ftp://x', id: c, secret: {env: NOT_SET_ANYWHERE}}", "county", "http"),
        ("county: {url: 'http://u:p@x/', id: c, secret: {env: NOT_SET_ANYWHERE}}", "county", "no user, password"),
        ("county: {url: 'http://x/', id: c, secret: {env: NOT_SET_ANYWHERE}}", "county.secret", "is not set"),
        ("county: {url: 'http://x/', id: 'a b', secret: {env: NOT_SET_ANYWHERE}}", "county.id", ""),
        ("county: {url: 'http://x/', id: c}", "county", "secret"),
    ],
)
def test_what_is_written_wrongly_is_said_with_its_place(written: str, where: str, what: str) -> None:
    with pytest.raises(ConfigError) as refused:
        plan_with(written)

    [finding] = [each for each in refused.value.findings if each.key.startswith(where)][:1]
    assert what in finding.what
    assert finding.line > 0


def test_a_simulated_compound_reaches_no_platform_off_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTY_SECRET", "county-demo-secret")
    county = "county: {{url: '{}', id: c, secret: {{env: COUNTY_SECRET}}{}}}"

    def findings(url: str, more: str = "") -> list[str]:
        try:
            plan_with(county.format(url, more), simulated=True)
        except ConfigError as refused:
            return [each.key for each in refused.findings]
        return []

    assert findings("https://county.example/x") == ["county.url"]
    assert findings("https://county.example/x", ", allow_simulated: true") == []
    assert findings("http://127.0.0.1:9/x") == []


def test_a_secret_that_could_be_guessed_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTY_SECRET", "short")

    with pytest.raises(ConfigError, match="shorter than 16"):
        plan_with("county: {url: 'http://x/', id: c, secret: {env: COUNTY_SECRET}}")


def test_what_the_platform_calls_things(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTY_SECRET", "county-demo-secret")

    words = county_words(plan_with("county: {url: 'http://x/?key=1', id: c-17, secret: {env: COUNTY_SECRET}}"))

    assert words.compound == "c-17"
    assert words.categories["fire"] == ("0101", "火情")
    assert (words.buildings["b1"], words.grids["g1"]) == ("1号楼", "370102013006008")
