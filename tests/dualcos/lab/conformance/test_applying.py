"""Whether a vector is for a card, and why: decided once, without a card, for whoever asks before a run or in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dualcos.lab.conformance.applying import (
    OWN,
    CardAsked,
    Handling,
    NotForThisCard,
    has_fields,
    lacks_field,
    source_of,
    values_asked,
)
from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.own_cards import OwnCards
from dualcos.lab.conformance.vector_file import Case, VectorError, load
from dualcos.profile.card_provenance import plain_values
from dualcos.profile.schema import load as load_profile
from dualcos.profile.schema import names

TITLE = {"zh": "试", "en": "try"}
STEPS = [{"send": "0084000008", "expect": "9000 [8]"}]
PIN_FREE = "864209"


def vector(tmp_path: Path, **told: object) -> Case:
    """A vector for the built-in card social-2.0, with what is ``told`` of it."""
    unit = {
        "unit": "U",
        "title": TITLE,
        "purpose": "p",
        "clause": ["SSC-5 §6.5"],
        "profile": told.pop("profile", "social-2.0"),
        "provenance": {"kind": "standard", "source": "s"},
        "vectors": [{"id": "U-1", "title": TITLE, "steps": STEPS, **told}],
    }
    path = tmp_path / "one.json"
    path.write_text(json.dumps(unit), encoding="utf-8")
    (case,) = load(path)
    return case


def asked(name: str | None, *settings: str, handling: Handling | None = None) -> CardAsked:
    told = load_profile(name, settings=settings) if name is not None else None
    return CardAsked(told, source=name or "", handling=handling or Handling())


def kinds(card: CardAsked, case: Case) -> tuple[bool, str]:
    found = card.why(case)
    return found.plays, found.kind


def test_a_card_that_says_the_same_in_every_field_is_the_one_it_was_made_for(tmp_path):
    case = vector(tmp_path, overrides={"ssse": {"dir_sfi": 10}})
    assert kinds(asked("social-2.0", "ssse.dir_sfi=10"), case) == (True, OWN)
    assert asked("social-2.0", "ssse.dir_sfi=10").why(case).reason == "made for this card"
    renamed = CardAsked(load_profile("social-2.0", settings=["ssse.dir_sfi=10", "title=another", "title_zh=别"]))
    assert kinds(renamed, case) == (True, OWN), "what it is called is for people"
    found = asked("social-2.0").why(case)
    assert found == (
        False,
        "made for the card social-2.0 with ssse.dir_sfi = 10",
        "made for this card with other settings",
    )
    assert kinds(asked("social-2.0", "ssse.dir_sfi=10", "ssse.pin=8642"), case) == (
        False,
        "made for this card with nothing set otherwise",
    )
    assert kinds(asked("social-3.0"), case) == (False, "made for another card")


def test_each_on_its_own_card(tmp_path):
    case = vector(tmp_path, overrides={"ssse": {"dir_sfi": 10}})
    assert asked(None).why(case) == (True, "on its own card, social-2.0", OWN)
    other = vector(tmp_path, applies="version == 3")
    assert kinds(asked(None), other) == (False, "needs version == 3"), "its own card must bear its conditions too"


def test_what_it_overrides_a_card_must_have(tmp_path):
    case = vector(tmp_path, applies="version >= 2", overrides={"ssse": {"options": {"missing_mac": "6988"}}})
    card = asked("dual-3.0-sm4", "ssse.options.missing_mac=6988")
    assert card.why(case) == (
        True,
        "version >= 2 holds: 3.0; has ssse.options.missing_mac = 6988",
        "version >= 2",
    )
    assert kinds(asked("dual-3.0-sm4"), case) == (False, "needs ssse.options.missing_mac = 6988")
    assert kinds(asked("bank-only"), case) == (False, "needs ssse.options.missing_mac = 6988")


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        ({"ssse": {"dir_sfi": 30}}, ""),
        ({"ssse": {"dir_sfi": 10}}, "ssse.dir_sfi = 10"),
        ({"ssse": {"dir_wrapped": True}}, "ssse.dir_wrapped = true"),
        ({"ssse": {"pin": PIN_FREE}}, "another ssse.pin"),
        ({"ssse": {"extensions": ["SSSE/EF0C"]}}, "another ssse.extensions"),
        ({"ssse": {"extensions": []}}, ""),
        ({"pse": {}}, "another pse"),
        ({"pse": {"elements": {"9F52": "0000"}}}, "pse.elements.9F52 = 0000"),
        ({"ssse": {"master": None}}, ""),
        ({"ssse": {"pin": None}}, "no ssse.pin"),
        ({"ssse": {"dir_sfi": {"a": 1}}}, "another ssse.dir_sfi"),
        ({"chip": {"transmission": {"le00": "6Cxx"}}}, ""),
    ],
)
def test_the_first_field_that_a_card_lacks(overrides, said):
    assert lacks_field(overrides, plain_values(load_profile("social-2.0"))) == said


def test_no_pin_and_no_key_is_told(tmp_path):
    assert list(has_fields({"ssse": {"pin": PIN_FREE, "dir_sfi": 10}})) == ["has ssse.pin", "has ssse.dir_sfi = 10"]
    card = asked("social-2.0", f"ssse.pin={PIN_FREE}")
    case = vector(tmp_path, applies="ssse.pin and ssse.pin_tries > 2 and version == 2", profile="social-3.0")
    assert card.why(case).reason.endswith("holds: ssse.pin set, ssse.pin_tries 3, version 2.0")


def test_the_values_that_a_condition_asks_for():
    known = {"version": 3.0, "protocol": 0.0, "pse": False, "scope": ""}
    assert values_asked("version >= 3", known) == "3.0"
    assert values_asked("not pse", known) == "no"
    assert values_asked("pse or protocol == 0 or scope == card", known) == "pse no, protocol 0, scope none"
    assert values_asked("ssse.pin_tries > 1 and ssse.pin_tries < 3", known) == "none"


def test_what_a_card_in_a_reader_bears(tmp_path):
    live = {"live": True, "applies": "ssse"}
    reader = asked("dual-2.0-3des", handling=Handling(in_reader=True))
    assert kinds(reader, vector(tmp_path, **live)) == (True, "ssse")
    assert kinds(reader, vector(tmp_path, applies="ssse")) == (False, "needs a card as it was issued")
    damage = [{"damage": {"file": "ssse/DDF1/EF05", "bytes": "00"}}, *STEPS]
    assert kinds(reader, vector(tmp_path, **{**live, "steps": damage})) == (False, "needs a card in process")
    spoiling = vector(tmp_path, **live, destructive=True)
    assert kinds(reader, spoiling) == (False, "spoils the card: --destructive plays it")
    assert kinds(asked("dual-2.0-3des", handling=Handling(in_reader=True, destructive=True)), spoiling)[0]
    asks = vector(
        tmp_path,
        **{**live, "steps": [{"operator": {"zh": "请取出卡片", "en": "Take the card out", "act": "take out"}}]},
    )
    for handling, plays in ((Handling(in_reader=True), False), (Handling(in_reader=True, attended=True), True)):
        assert kinds(asked("dual-2.0-3des", handling=handling), asks)[0] is plays
    assert kinds(asked(None), asks) == (False, "needs a card in a reader, and an operator")


def test_a_card_that_was_used_in_this_process(tmp_path):
    used = asked("social-2.0", handling=Handling(used=True))
    damage = [{"damage": {"file": "ssse/DDF1/EF05", "bytes": "00"}}, *STEPS]
    for told, plays in (
        ({"live": True}, True),
        ({}, False),
        ({"applies": "ssse"}, False),
        ({"applies": "ssse", "steps": damage}, True),
        ({"steps": damage}, False),
    ):
        assert kinds(used, vector(tmp_path, **told))[0] is plays, told


def test_what_cannot_be_compared_is_the_files_fault(tmp_path):
    case = vector(tmp_path, applies="ssse.pin_tries > 'three'", profile="social-2.0")
    with pytest.raises(VectorError, match=r"U-1\.applies: .*is no condition"):
        asked(None).why(case)


def test_withdrawn_vectors_are_for_no_card(tmp_path):
    case = vector(tmp_path, status="withdrawn", reason="the clause is in doubt", steps=[])
    assert asked(None).why(case) == (False, "withdrawn: the clause is in doubt", "withdrawn")


def test_which_card_it_was_made_for(tmp_path):
    own = OwnCards()
    plain = vector(tmp_path)
    same = vector(tmp_path, overrides={"ssse": {"dir_sfi": 30}})
    other = vector(tmp_path, overrides={"ssse": {"dir_sfi": 10}})
    assert own.key(plain) == own.key(same) != own.key(other)
    assert [own.as_in_file(each) for each in (plain, same, other)] == [True, True, False]
    assert source_of("social-2.0") == "social-2.0" in names()
    assert source_of("mine.toml") == str(Path("mine.toml").resolve())


@pytest.mark.parametrize("name", ["social-3.0-pki"])
def test_the_bench_plays_what_was_said_before(name):
    """For every vector that comes along: what it is told before a run is what happens in it."""
    cases = load(Path(__file__).parents[4] / "vectors")
    before, bench = asked(name), Bench(name)
    for case in cases:
        told = before.why(case)
        assert told.reason
        assert told.kind
        assert in_the_run(bench, case) == (told.plays, told.plays or (told.reason, told.kind)), case.id


def in_the_run(bench: Bench, case: Case) -> tuple[bool, object]:
    try:
        bench.target(case)
    except NotForThisCard as why:
        return False, (str(why), why.kind)
    return True, True


def test_a_profile_that_is_not_there_is_told_with_its_vector_and_what_was_meant(tmp_path):
    case = vector(tmp_path, profile="social-2")
    for ask in (OwnCards().as_told, OwnCards().profile, Bench().target):
        with pytest.raises(
            VectorError, match=r"one\.json: U-1: profile .*social-2: No such file.*near it: social-2\.0,"
        ):
            ask(case)
