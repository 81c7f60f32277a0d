"""Rules are counted as a child would, and only the first that fits is followed; a file that is none says why."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualcos.leash import rule_engine
from dualcos.leash.leash_rules import ACTIONS, FactRange, LeashError, LeashRule, leash_file, told_actions
from dualcos.leash.ready_behaviours import BANK, SOCIAL, ready_behaviours, ready_path
from dualcos.leash.rule_engine import Leash

NAMES = ("a", "b")
VALUES = st.sampled_from((0, 1, 2, "x", "xy", "z"))
WANTED = (
    VALUES
    | st.lists(VALUES, max_size=2).map(tuple)
    | st.sampled_from((FactRange(min=1), FactRange(max=1), FactRange(min=1, max=1), FactRange(prefix="x")))
)
RULES = st.builds(
    LeashRule,
    match=st.dictionaries(st.sampled_from(NAMES), WANTED, max_size=2),
    after=st.integers(0, 2),
    times=st.none() | st.integers(1, 2),
    note=st.sampled_from(("", "another")),
)
FACTS = st.dictionaries(st.sampled_from(NAMES), VALUES)


def fits(rule: LeashRule, facts: dict[str, str | int]) -> bool:
    """What the page says, word by word."""
    for name, wanted in rule.match.items():
        if name not in facts:
            return False
        fact = facts[name]
        if isinstance(wanted, tuple):
            good = fact in wanted
        elif not isinstance(wanted, FactRange):
            good = fact == wanted
        elif wanted.prefix:
            good = isinstance(fact, str) and fact.startswith(wanted.prefix)
        else:
            low, high = wanted.min, wanted.max
            good = isinstance(fact, int) and (low is None or fact >= low) and (high is None or fact <= high)
        if not good:
            return False
    return True


@settings(max_examples=200, deadline=None)
@given(rules=st.lists(RULES, max_size=4), messages=st.lists(FACTS, max_size=12))
def test_the_engine_counts_as_a_list_of_pairs_does(rules, messages):
    leash, seen, done = Leash(rules), [0] * len(rules), [0] * len(rules)
    for facts in messages:
        wanted = None
        for at, rule in enumerate(rules):
            if not fits(rule, facts):
                continue
            seen[at] += 1
            if seen[at] > rule.after and (rule.times is None or done[at] < rule.times):
                done[at] += 1
                wanted = at
                break
        got = leash.followed(facts)
        assert (None if got is None else got.number - 1) == wanted
        assert got is None or got.rule == rules[got.number - 1]
    assert leash.done == tuple(done)


@settings(max_examples=100, deadline=None)
@given(rules=st.lists(RULES, max_size=4, unique_by=repr), facts=st.lists(FACTS, max_size=8), data=st.data())
def test_rules_that_stay_go_on_counting_wherever_they_stand(rules, facts, data):
    leash = Leash(rules)
    for each in facts:
        leash.followed(each)
    counted = dict(zip(map(repr, rules), leash.done, strict=True))
    others = [*data.draw(st.permutations(rules)), LeashRule(note="new")]
    leash.exchange(others)
    assert dict(zip(map(repr, others), leash.done, strict=True)) == counted | {repr(others[-1]): 0}
    leash.exchange(())
    leash.exchange(rules)
    assert dict(zip(map(repr, rules), leash.done, strict=True)) == counted
    leash.exchange(())
    leash.forget()
    leash.exchange(rules)
    assert set(leash.done) <= {0}


def test_a_message_costs_no_look_at_what_rules_are_called(monkeypatch):
    leash = Leash([LeashRule(match={"a": 1})])
    monkeypatch.setattr(rule_engine.msgspec.json, "encode", lambda *_, **__: pytest.fail("a rule is encoded again"))
    leash.followed({"a": 1})
    assert leash.done == (1,)


def test_equal_rules_are_counted_apart():
    once = LeashRule(times=1)
    leash = Leash((once, once))
    assert [found and found.number for found in (leash.followed({}) for _ in range(3))] == [1, 2, None]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[rule]]\nmatch = 1", "$.rule[0].match takes a table"),
        ("[[rule]]\nmatch = { a = { least = 1 } }", "has no field least"),
        ("[[rule]]\nmatch = { a = true }", "$.rule[0].match"),
        ("[[rule]]\nmatch = { a = { min = 1, prefix = 'x' } }", "$.rule[0].match.a.prefix: a range is of numbers"),
        ("[[rule]]\nanswered = {}", "has no field answered"),
        ("rules = []", "has no field rules"),
        ("[[rule]]\ntimes = 0", "at least 1"),
        ("[[rule]]\nafter = -1", "at least 0"),
        ("[[rule]]\ndelay = 3601.0", "at most 3600"),
        ("[[rule]]\ndelay = 'long'", "takes a number"),
        ("[[rule]]\ndrop = 'whenever'", "whenever"),
        ("[[rule]]\nlate = true", "$.rule[0].late"),
        ("[[rule]]\ndrop = 'after commit'\nduplicate = true", "$.rule[0].drop: what is dropped has no answer"),
        ("[[rule]]\nrefuse = 'x'\nwrong = ['mac2']", "$.rule[0].refuse: a refusal has no fields to change"),
        ("[[rule]]\nlate = 'behind'\nclose = true", "$.rule[0].late: a closed connection has no next answer"),
        ('[[rule]]\nnote = "\\u0007"', "text in one line"),
        ('[[rule]]\nnote = "a\\nb"', "text in one line"),
        ("[[rule", "not TOML"),
        ("title = 't'", "lacks the field rule"),
    ],
)
def test_a_file_that_is_no_rules_says_where_and_why(text, why):
    with pytest.raises(LeashError) as refused:
        leash_file(text, "my.toml")
    assert str(refused.value).startswith("my.toml: ")
    assert why in str(refused.value)
    assert "\n" not in str(refused.value)


def test_every_form_of_a_rule_is_read():
    file = leash_file(
        """
        title = "all"
        [[rule]]
        match.service = "load"
        match.region = ["990000", "310000"]
        match.amount = { min = 1, max = 5 }
        match.number = { prefix = "T" }
        after = 1
        times = 2
        answer = { time = "20260115093000", running = 3 }
        wrong = ["mac2"]
        delay = 1
        duplicate = true
        close = true
        [[rule]]
        refuse = "not-enough"
        late = "in front"
        """,
        "all.toml",
    )
    first = file.rule[0]
    facts = {"service": "load", "region": "310000", "amount": 5, "number": "T1", "more": 1}
    assert first.fits(facts)
    for name, other in (("service", "x"), ("region", "110000"), ("amount", 6), ("amount", "5"), ("number", "U")):
        assert not first.fits(facts | {name: other})
    told = [(action.en, said) for action, said in told_actions(first)]
    assert told[1:3] == [("one bit false", "mac2"), ("delayed", "1 s")]
    assert [action for action, _ in told_actions(file.rule[1])] == [ACTIONS["refuse"], ACTIONS["late"]]


def test_every_action_is_in_the_table_and_every_field_else_is_about_when():
    assert set(LeashRule.__struct_fields__) - set(ACTIONS) == {"match", "after", "times", "note"}
    assert all(action.zh and action.en for action in ACTIONS.values())


@pytest.mark.parametrize("kind", [SOCIAL, BANK])
def test_what_comes_along_is_in_order(kind):
    known = ready_behaviours(kind)
    assert len(known) >= 12
    assert all(file.title and file.title_zh and file.rule for file in known.values())
    assert {path.stem for name in known if (path := ready_path(kind, name))} == set(known)
    assert ready_path(kind, "../bank/slow") is None
