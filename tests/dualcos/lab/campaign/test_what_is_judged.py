"""What a vector judges, read from itself: against what passes when it is played, and small vectors made for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cos.stacks import by_label
from dualcos.lab.campaign.what_is_judged import JudgedCommand, judged_by
from dualcos.lab.conformance.answer_pattern import sw_fits
from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.playing import play
from dualcos.lab.conformance.shipped_vectors import shipped
from dualcos.lab.conformance.vector_file import Case, load

TITLE = {"zh": "题", "en": "title"}
UNIT: dict[str, Any] = {
    "unit": "U",
    "title": TITLE,
    "purpose": "p",
    "clause": ["SSC-5 §6"],
    "profile": "social-2.0",
    "provenance": {"kind": "derived", "source": "tests"},
}
SSSE, BANK = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "00A4040008A00000033301010100"
ROUTINES = {
    "ssse": {"title": TITLE, "steps": [{"send": SSSE, "expect": "9000"}]},
    "asked": {"title": TITLE, "params": ["x"], "steps": [{"send": "0020000003{x}", "expect": ["63C1", "6983"]}]},
}


def one(tmp_path: Path, *steps: dict[str, Any], **more: Any) -> Case:
    """A vector with these steps."""
    (tmp_path / "routines.json").write_text(json.dumps({"routines": ROUTINES}), "utf-8")
    written = {**UNIT, "vectors": [{"id": "U-1", "title": TITLE, "steps": list(steps), **more}]}
    (tmp_path / "v.json").write_text(json.dumps(written), "utf-8")
    (case,) = load(tmp_path / "v.json")
    return case


PLAYED = ("ssse/select.json", "ssse/get-response.json", "pse/cases.json", "pki/files.json", "psam/purchase.json")


@pytest.mark.parametrize("name", PLAYED)
def test_what_passes_is_what_was_read(name):
    """Environment, command and word of every step that a card was judged by, no more of them and no less."""
    bench = Bench()
    for case in load(shipped() / name):
        passed: list[tuple[str, bytes, int]] = []
        play(case, bench, lambda *told: passed.append(told))  # noqa: B023 - called at once
        judged = judged_by(case)
        own = [step for step in (*case.vector.steps, *case.vector.after) if step.send and step.expect]
        if not own or any(step.cut is not None for step in own):
            continue  # the bench is not told of these
        codes = {command[:2].hex().upper().ljust(4, "0") for _, command, _ in passed}
        assert codes == {command.code for command in judged.commands}, case.id
        for label, command, sw in passed:
            assert any(sw_fits(mask, sw) for mask in judged.words), (case.id, f"{sw:04X}")
            stack = by_label(label)
            rows = [row for row in stack.rows if [row.cla, row.ins] == list(command[:2])] if stack is not None else []
            here = {each.name for each in judged.commands if each.code == command[:2].hex().upper()}
            assert not rows or here & {row.name for row in rows}, (case.id, command.hex(), here)


def test_only_own_steps_count(tmp_path):
    case = one(
        tmp_path,
        {"routine": "asked(112233)"},
        {"send": "0084000008", "expect": "9000 *"},
        {"send": "00B0000000"},
        setup=[{"routine": "ssse"}, {"send": "00200000", "expect": "9000"}],
        after=[{"send": "00B2010400", "expect": [{"sw": ["9000", "6982"]}]}],
    )
    judged = judged_by(case)
    assert {command.name for command in judged.commands} == {"GET CHALLENGE", "READ RECORD"}
    assert judged.words == {"9000", "6982"}


def test_a_vector_of_routines_alone_judges_what_they_judge(tmp_path):
    judged = judged_by(one(tmp_path, {"routine": "asked(112233)"}, setup=[{"routine": "ssse"}]))
    assert judged.commands == {JudgedCommand(0x00, 0x20, "VERIFY")}
    assert judged.words == {"63C1", "6983"}


def test_a_command_that_is_cut_is_judged(tmp_path):
    case = one(tmp_path, {"send": "0020000003112233", "cut": {"tick": 3}}, setup=[{"routine": "ssse"}])
    assert {command.name for command in judged_by(case).commands} == {"VERIFY"}


@pytest.mark.parametrize(
    ("send", "name"),
    [
        ("{secured(STKSSSE, 84240000)}", "PIN CHANGE/UNBLOCK"),
        ("{flip(secured(STKSSSE, 04DC0204, 020131))}", "UPDATE RECORD"),
        ("{update(STKDF01, 04D60000, 61)}", "UPDATE BINARY"),
        ("{cat(0020, 0000)}", "VERIFY"),
        ("{load_key(SMK, 000000EF3300FF10, 00112233445566778899AABBCCDDEEFF)}", "WRITE KEY"),
        ("805E0100{lc(ssse.pin)}", "CHANGE PIN"),
        ("B02E{type_code(31)}00020001", "GET TRANSACTION PROOF"),
        ("00200000031122", "VERIFY"),
        ("00", "no command"),
        ("", "no command"),
        ("00FE0000", "unknown command"),
    ],
)
def test_a_command_by_what_it_begins_with(tmp_path, send, name):
    case = one(tmp_path, {"send": send, "expect": "6700"}, setup=[{"routine": "ssse"}])
    assert {command.name for command in judged_by(case).commands} == {name}


@pytest.mark.parametrize(
    ("before", "name"),
    [
        ([SSSE], "EXTERNAL AUTHENTICATION"),
        ([BANK], "EXTERNAL AUTHENTICATE"),
        ([SSSE, BANK], "EXTERNAL AUTHENTICATE"),
        ([BANK, SSSE], "EXTERNAL AUTHENTICATION"),
        ([BANK, "00A40000023F00"], "EXTERNAL AUTHENTICATION"),
        ([BANK, "00A4040009D15600000501020304"], "EXTERNAL AUTHENTICATE"),
    ],
)
def test_the_name_is_the_environment_s_where_it_is_sent(tmp_path, before, name):
    way = [{"send": each, "expect": "9000 *"} for each in before]
    tried = {"send": "008200000A00000000000000000000", "expect": "6985"}
    assert {each.name for each in judged_by(one(tmp_path, tried, setup=way)).commands} == {name}
    refused = {"send": SSSE if name.endswith("E") else BANK, "expect": "6A82"}
    reset = judged_by(one(tmp_path, {"reset": "cold"}, tried, setup=way))
    assert {each.name for each in judged_by(one(tmp_path, tried, setup=[*way, refused])).commands} == {name}
    assert {each.name for each in reset.commands} == {"EXTERNAL AUTHENTICATION"}


@pytest.mark.parametrize(
    ("expect", "masks"),
    [
        ("{left(ssse.pin_tries, 01)}", {"63C?", "6983"}),
        ("{ssse.options.missing_mac}", {"6987", "6988"}),
        ("{ssse.options.blocked_twice}", {"9303", "9000"}),
        ("{6A82}", {"6A82"}),
        ("{ssse.pin}", {"????"}),
        (["6c??", "9000 01"], {"6C??", "9000"}),
        ([{"sw": ["6982", "6985"]}, "63c?"], {"6982", "6985", "63C?"}),
    ],
)
def test_words_as_masks_of_what_can_be_right(tmp_path, expect, masks):
    assert judged_by(one(tmp_path, {"send": "0084000008", "expect": expect})).words == masks


def test_requirements_of_steps_and_of_the_vector(tmp_path):
    steps = {"send": "0084000008", "expect": "9000", "requirement": "F15"}, {"send": "0084000008", "expect": "9000"}
    case = one(tmp_path, *steps, requirement=["F9", "F12"], item="防拔")
    judged = judged_by(case)
    assert judged.requirements == {"F9", "F12", "F15"}
    assert judged.items == {"防拔"}
    assert judged_by(one(tmp_path, steps[1])).requirements == frozenset()


def test_a_failure_names_the_requirement_of_its_step_or_of_its_vector(tmp_path):
    wrong = {"send": "0084000008", "expect": "6982"}
    for more, decides in (({}, "F9, F12"), ({"requirement": "F15"}, "F15")):
        result = play(one(tmp_path, {**wrong, **more}, requirement=["F9", "F12"]), Bench())
        assert (result.verdict.value, result.requirement) == ("fail", decides)
    never = play(one(tmp_path, wrong, setup=[wrong], requirement="F9"), Bench())
    assert (never.verdict.value, never.requirement) == ("inconclusive", "")
