"""Selections choose exactly what a second reading of the vector files chooses; nonsense is one line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualcos.lab.campaign.vector_selection import KEYS, Selection, SelectionError, cited
from dualcos.lab.conformance.shipped_vectors import shipped
from dualcos.lab.conformance.vector_file import Case, load

FOLDERS = ("ssse", "pki", "pse/cases.json", "pse/selection.json", "card/emulators.json", "card/issued.json")


@lru_cache(maxsize=1)
def cases() -> tuple[Case, ...]:
    return tuple(case for name in FOLDERS for case in load(shipped() / name))


class Raw:
    """A vector as JSON, with what its unit says for all, and its own commands with the words that are right."""

    def __init__(self, unit: dict[str, Any], vector: dict[str, Any], path: Path) -> None:
        self.id: str = vector["id"]
        self.path = path
        self.clauses: list[str] = vector.get("clause") or unit["clause"]
        self.items = names(vector.get("item") or unit.get("item", []))
        self.requirements = names(vector.get("requirement") or unit.get("requirement", []))
        steps = [*vector["steps"], *vector.get("after", ())]
        sent = [step for step in steps if "send" in step and ("expect" in step or "cut" in step)]
        self.sent: list[str] = [step["send"].replace(" ", "") for step in sent]
        self.words = [word for step in sent for word in words(step.get("expect", []))]
        self.only_routines = not sent


def names(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def words(expect: Any) -> list[str]:
    given = expect if isinstance(expect, list) else [expect]
    found: list[str] = []
    for each in given:
        if isinstance(each, str):
            found.append(each if each.startswith("{") else each.split()[0])
        else:
            found += names(each.get("sw", "9000"))
    return found


@lru_cache(maxsize=1)
def raw() -> tuple[Raw, ...]:
    found: list[Raw] = []
    for name in FOLDERS:
        place = shipped() / name
        for path in sorted(place.rglob("*.json")) if place.is_dir() else (place,):
            unit = json.loads(path.read_text("utf-8"))
            found += [Raw(unit, vector, path) for vector in unit.get("vectors", ())]
    return tuple(found)


def chosen(*said: str) -> set[str]:
    return {case.id for case in Selection.parse(said).chosen(cases())}


def those(fits: Callable[[Raw], bool]) -> set[str]:
    return {each.id for each in raw() if fits(each)}


def test_no_word_chooses_everything():
    assert chosen() == those(lambda _: True)
    assert len(chosen()) == len(cases())


@pytest.mark.parametrize(
    ("word", "fits"),
    [
        ("id=SSC-VERIFY-*", lambda v: v.id.startswith("SSC-VERIFY-")),
        ("id=ssc-verify-0[1-3]", lambda v: v.id in ("SSC-VERIFY-01", "SSC-VERIFY-02", "SSC-VERIFY-03")),
        ("SSC-VERIFY-??", lambda v: re.fullmatch("SSC-VERIFY-..", v.id)),
        ("item=CHANGE PIN", lambda v: "CHANGE PIN" in v.items),
        ("item=df0?_safety", lambda v: any(re.fullmatch("DF0._SAFETY", each) for each in v.items)),
        ("item=防拔", lambda v: "防拔" in v.items),
        ("item=YYXZ", lambda v: {"JR/T 0045.1 YYXZ", "JR/T 0045.3 YYXZ"} & set(v.items)),
        ("item=JR/T 0045.1 YYXZ", lambda v: "JR/T 0045.1 YYXZ" in v.items),
        ("item=JR/T 0045.*", lambda v: any(each.startswith("JR/T") for each in v.items)),
        ("item=LD/T 6001.3*", lambda v: any(re.match("[SDKAC][A-Z]|复位", each) for each in v.items)),
        ("item=联机批准交易", lambda v: "JR/T 0045.1 LJPZ" in v.items),
        ("requirement=F12", lambda v: "F12" in v.requirements),
        ("requirement=f5*", lambda v: any(each.startswith("F5") for each in v.requirements)),
        ("requirement=T[1-5]", lambda v: {"T1", "T2", "T4", "T5"} & set(v.requirements)),
        ("clause=SSC-5 §6.14", lambda v: any(re.search(r"SSC-5 (.*, )?§6\.14(?!\d)", each) for each in v.clauses)),
        ("clause=SSC-5 §6.1", lambda v: any(re.search(r"SSC-5 (.*, )?§6\.1(?!\d)", each) for each in v.clauses)),
        ("clause=SSC-5 §7", lambda v: any(re.match(r"SSC-5 (.*, )?§7", each) for each in v.clauses)),
        ("clause=SSC-5 table 49", lambda v: any(re.match(r"SSC-5 .*table 49", each) for each in v.clauses)),
        ("clause=SSC-7 §13", lambda v: any(re.match(r"SSC-7 (.*§11 to §15|.*§13)", each) for each in v.clauses)),
        ("clause=ISO 7816-3", lambda v: any("ISO 7816-3" in each for each in v.clauses)),
        ("sw=9303", lambda v: "9303" in v.words or "{ssse.options.blocked_twice}" in v.words),
        ("sw=6a8?", lambda v: any(re.match("6A8", each) for each in v.words)),
        ("sw=61xx", lambda v: any(each.startswith("61") for each in v.words)),
        ("sw=6983", lambda v: any(each == "6983" or each.startswith("{left") for each in v.words)),
        ("sw=63c1", lambda v: any(re.match(r"63C[1?]|\{left", each) for each in v.words)),
        ("sw=6400", lambda v: {"6400", "{ssse.options.get_response_nothing}"} & set(v.words)),
    ],
)
def test_a_key_chooses_what_the_files_say(word, fits):
    found = chosen(word)
    assert found == those(lambda each: not each.only_routines and bool(fits(each))) | {
        # No command of its own: what its routines judge is its.
        name
        for name in found
        if next(each for each in raw() if each.id == name).only_routines and "=" in word
    }
    assert found
    assert len(found) < len(cases())


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("command=0020", "0020"),
        ("command=805E", "805E"),
        ("command=B02E", "B02E"),
        ("command=841E", "841E"),
        ("command=8424", "8424"),
        ("command=5E", "..5E"),
        ("command=b02?", "B02."),
    ],
)
def test_a_command_by_its_code(word, code):
    """The code is the first thing in a command, or in the header that a function is given."""

    def begins(text: str) -> bool:
        plain = re.match(r"[0-9A-F]{4}", text)
        if plain:
            return re.fullmatch(code, plain[0]) is not None
        inside = re.search(r"(?:secured|static|update|script)\((?:[^,()]|\([^()]*\))*(?:,\w+,\w+)?,([0-9A-F]{8})", text)
        return inside is not None and re.fullmatch(code, inside[1][:4]) is not None

    found = chosen(word)
    assert found == those(lambda each: any(begins(text) for text in each.sent)) | {
        name for name in found if next(each for each in raw() if each.id == name).only_routines
    }
    assert found


def test_a_command_by_its_name_is_the_environment_s_own():
    """The bank says EXTERNAL AUTHENTICATE, the social side EXTERNAL AUTHENTICATION."""
    bank, social = chosen("command=EXTERNAL AUTHENTICATE"), chosen("command=external authentication")
    assert "WBRZ-IAU061" in bank
    assert "SSC-EXTERNAL-01" in social
    assert not {name for name in bank if name.startswith("SSC-")}
    assert not {name for name in social if name.startswith(("WBRZ-", "LJPZ-"))}
    assert chosen("command=GENERATE AC") == those(lambda each: any(text.startswith("80AE") for text in each.sent))
    assert chosen("command=GENERATE*", "not:command=GENERATE AC") == those(
        lambda each: any(re.match("[81]040", text) for text in each.sent)
    )


def test_files_and_folders():
    assert chosen("ssse") == those(lambda each: each.path.parent.name == "ssse")
    assert chosen("vectors/ssse/verify.json", "pki") == those(
        lambda each: each.path.name == "verify.json" or each.path.parent.name == "pki"
    )
    assert Selection.parse(["ssse", "SSC-*"]).paths == (shipped() / "ssse",)
    assert not Selection.parse(["ssse", "item=防拔"]).elsewhere
    assert Selection.parse(["ssse", "SSC-*"]).elsewhere
    assert Selection.parse([]).elsewhere
    assert Selection.parse(["not:ssse"]).paths == ()


def test_the_same_key_is_either_different_keys_both_and_not_is_without():
    verify, change = chosen("id=SSC-VERIFY-*"), chosen("id=SSC-CHANGE-PIN-*")
    assert chosen("id=SSC-VERIFY-*", "SSC-CHANGE-PIN-*") == verify | change
    assert chosen("ssse/verify.json", "id=SSC-CHANGE-PIN-*") == verify | change
    assert chosen("id=SSC-VERIFY-*", "sw=6983") == verify & chosen("sw=6983")
    assert chosen("sw=6983", "sw=6982") == chosen("sw=6983") | chosen("sw=6982")
    assert chosen("ssse", "not:item=防拔") == chosen("ssse") - chosen("item=防拔")
    assert chosen("ssse", "not:ssse/verify.json", "not:sw=6983") == chosen("ssse") - verify - chosen("sw=6983")
    assert chosen("not:pki") == chosen() - chosen("pki")


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (["item=DF01_SAFTEY"], "item=DF01_SAFTEY chooses no vector; near it: DF01_SAFETY"),
        (["command=VERFY"], "near it: VERIFY"),
        (["clause=SSC-5 §6.141"], "near it: SSC-5 §6.14"),
        (["id=SSC-VERFY-01"], "near it: SSC-VERIFY-01"),
        (["SSC-VERIFY-99"], "SSC-VERIFY-99 chooses no vector; near it: SSC-VERIFY-"),
        (["requirement=F99"], "near it: F"),
        (["requirement=F1"], "dualcos fuzz firewall"),
        (["item=TPSB"], "a program has no body"),
        (["sw=6FFF"], "sw=6FFF chooses no vector; near it: 6F00"),
        (["sw=63G0"], "four hex digits"),
        (["sw=63C"], "four hex digits"),
        (["colour=red"], "'colour=red': there is no key colour; id, clause, item, command, sw, requirement"),
        (["item="], "nothing is asked for"),
        (["not:"], "nothing is asked for"),
        ([""], "'': nothing is asked for"),
        (["item=a\nb"], "'item=a\\nb' chooses no vector"),
        (["a word, indeed"], "no file, folder or pattern of an id"),
        (["not:item=SSSE_NOTHING"], "not:item=SSSE_NOTHING chooses no vector"),
        (["pse/words.json"], "no vector in it is among those that are played"),
        (["SSC-VERIFY-*", "item=ACSE_RECORD"], "no vector is all of this together: SSC-VERIFY-* item=ACSE_RECORD"),
        (["ssse/verify.json", "not:SSC-VERIFY-*"], "no vector is all of this together"),
    ],
)
def test_what_chooses_nothing_is_one_line_with_what_there_is(said, error):
    with pytest.raises(SelectionError) as why:
        Selection.parse(said).chosen(cases())
    assert error in str(why.value)
    assert "\n" not in str(why.value)


PIECES = st.sampled_from(
    [*KEYS, "=", "not:", "*", "?", "[", "]", "!", "SSC-", "63C?", "§6.14", "\0", "\n", "/", "..", " ", "x" * 300]
)


@given(st.lists(st.text(max_size=30) | st.lists(PIECES, max_size=6).map("".join), max_size=3))
@settings(max_examples=150, deadline=None)
def test_any_words_are_a_selection_or_one_line(said):
    try:
        found = Selection.parse(said).chosen(cases()[::40])
    except SelectionError as error:
        found, told = [], str(error)
    else:
        told = ""
    assert bool(found) != bool(told)
    assert "\n" not in told


@pytest.mark.parametrize(
    ("clause", "places"),
    [
        ("SSC-5 §6.14", {"SSC-5 §6.14"}),
        ("SSC-5 §6.11, §7", {"SSC-5 §6.11", "SSC-5 §7"}),
        ("SSC-5 §7, table 49", {"SSC-5 §7", "SSC-5 table 49"}),
        ("SSC-5 tables 15, 27, 78", {"SSC-5 table 15", "SSC-5 table 27", "SSC-5 table 78"}),
        ("SSC-7 §11 to §15", {f"SSC-7 §{number}" for number in range(11, 16)}),
        ("SSC-5 §6.9 to §6.13", {f"SSC-5 §6.{number}" for number in range(9, 14)}),
        ("V2.0 tables 3 to 9", {f"V2.0 table {number}" for number in range(3, 10)}),
        ("PBOC-5 §6, B.13", {"PBOC-5 §6", "PBOC-5 B.13"}),
        ("PKI.社会保障, issuing programs", {"PKI.社会保障", "issuing programs"}),
        ("SSC-6, 1.0 edition", {"SSC-6"}),
    ],
)
def test_the_places_a_clause_names(clause, places):
    found = set(cited(clause))
    assert places <= found
    assert clause in found
