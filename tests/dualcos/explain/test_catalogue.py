"""The catalogue: found by id, phrase and status word; the page says what the declarations say."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from cos.kernel.access_rights import Holder
from cos.ssse.medical.medical_states import MedicalState
from cos.stacks import STACKS
from dualcos.explain import catalogue_page
from dualcos.explain.catalogue import (
    ENTRIES,
    EntryKind,
    answered_with,
    as_sentences,
    commands_with,
    entry_called,
    entry_kind,
    family_text,
    near_ids,
    readable,
    status_word_in,
    status_words_of,
)
from dualcos.explain.catalogue_entry import Language, Wording, entry_id
from dualcos.explain.data_in_chinese import in_chinese
from dualcos.explain.finding_words import FINDINGS
from dualcos.explain.refusal_reasons import words
from dualcos.explain.refusal_sentences import REASONS
from firewall.trace import Reason

ZH = Language.CHINESE


def test_the_page_is_current():
    page = (Path(__file__).parents[3] / catalogue_page.PAGE).read_text("utf-8")
    assert page == catalogue_page.catalogue_page(), "python -m dualcos.explain.catalogue_page writes it anew"


def test_every_reason_and_finding_has_an_id_of_its_own():
    ids = Counter(entry_id(name) for name in (*(each.name for each in REASONS), *FINDINGS))
    assert [each for each, count in ids.items() if count > 1] == []
    assert ids.keys() == ENTRIES.keys()
    assert all(each == each.lower() and not set(each) & set(" ,'/") for each in ids)
    assert {entry_kind(each) for each in REASONS} == {EntryKind.REASON}
    assert {entry_kind(each) for each in FINDINGS.values()} == {EntryKind.FINDING}


@pytest.mark.parametrize(
    "text", ["no-random-number", "no random number", " No Random  Number ", "NO-RANDOM-NUMBER"], ids=range(4)
)
def test_an_entry_is_found_however_it_is_spelled(text):
    assert entry_called(text) is ENTRIES["no-random-number"]


def test_what_is_nearly_an_id_is_named():
    assert entry_called("no-randam-number") is None
    assert near_ids("no-randam-number")[0] == "no-random-number"
    assert near_ids("random number")[0] == "no-random-number"
    assert "wrong-mac-under-stk" in near_ids("mac stk")
    assert near_ids("zzzz") == near_ids("") == ()


@pytest.mark.parametrize(
    ("text", "word"),
    [("6985", 0x6985), ("69 85", 0x6985), ("0x6985", 0x6985), ("63cx", 0x63C0), ("63C2", 0x63C2), ("6Cxx", 0x6C00)],
)
def test_status_words_as_they_are_written(text, word):
    assert status_word_in(text) == word


@pytest.mark.parametrize("text", ["", "698", "69855", "7000", "no-aip", "69G5", "F000"])
def test_what_is_no_status_word(text):
    assert status_word_in(text) is None


def test_reasons_by_status_word_and_back():
    assert ENTRIES["no-random-number"] in answered_with(0x6984)
    assert ENTRIES["wrong-pin"] in answered_with(0x63C2)
    assert ENTRIES["another-le"] in answered_with(0x6C20)
    assert answered_with(0x9000) == ()
    for entry in REASONS:
        for word in status_words_of(entry):
            assert entry in answered_with(word)
    assert status_words_of(ENTRIES["random.older"]) == ()
    assert family_text(0x63C0).startswith("63Cx")
    assert family_text(0x6985).startswith("6985  conditions")


def test_the_commands_of_a_word_are_those_of_the_rows():
    found = dict(commands_with(0x9406))
    assert found == {"ssse": ("GET TRANSACTION PROOF 取交易认证",)}
    assert "VERIFY 校验个人密码" in dict(commands_with(0x63C1))["ssse"]
    assert list(commands_with(0x9000)) == []


def test_texts_for_reading():
    assert readable(Wording("no {a_b:04X}", "没有 {a_b:04X}")) == Wording("no ‹a b›", "没有 ‹a b›")
    assert as_sentences(Wording("send it", "发送")) == Wording("Send it.", "发送。")
    assert as_sentences(Wording("Send it.", "发送。")) == Wording("Send it.", "发送。")


# --- Chinese ---------------------------------------------------------------------------------------------------------

_KEY = Holder(0xDF01, 0x44, ((13, 4), (13, 5)))
_MASTER = Holder(0xDDF1, 0xFF, ())
_PIN = Holder(0xDDF1, 0x55, ((1, 0),))
_HERE = {"home": 0xDDF1, "place": "SSSE", "fid": 0xEF05, "directory": 0xDDF1}


@pytest.mark.parametrize(
    ("needed", "held", "said"),
    [
        (((_KEY,),), (), "读 SSSE 的 EF05 需要 DF01 的密钥 KID 04、05 外部鉴别；上电或选择之后尚未鉴别"),
        (
            ((_PIN,), (_KEY, _MASTER)),
            (_PIN,),
            (
                "读 SSSE 的 EF05 需要 个人密码（VERIFY） 或 DF01 的密钥 KID 04、05 外部鉴别 并且 "
                "SSSE 的主控密钥（KID 00）外部鉴别；已鉴别：个人密码（VERIFY）"
            ),
        ),
        ((), (), "读 SSSE 的 EF05 需要 任何人都没有的权限：规则为禁止；上电或选择之后尚未鉴别"),
        (
            ((Holder(0xDF02, 0x31, ()),),),
            None,
            "读 SSSE 的 EF05 需要 DF02 的级别 31 的密钥 外部鉴别；上电或选择之后尚未鉴别",
        ),
    ],
)
def test_rights_in_chinese(needed, held, said):
    assert words(Reason("", "read rule not met", "", {**_HERE, "needed": needed, "held": held}), ZH) == said


def test_data_in_chinese():
    about = {"row": "CREDIT FOR LOAD", "needed": (), "state": MedicalState.IDLE}
    assert words(Reason("", "no medical transaction", "", about), ZH) == (
        "CREDIT FOR LOAD 账户划入 须紧跟在 无 之后，现状态为空闲"
    )
    assert words(Reason("", "damaged memory", "", {"fault": "record 2 of EF15 of DF01 is missing"}), ZH) == (
        "DF01 下 EF15 的记录 2 缺失"
    )
    assert (
        words(Reason("", "right not held", "", {"needed": "?", "held": ()}), ZH)
        == "无 需要 任何人都没有的权限：规则为禁止；上电或选择之后尚未鉴别"
    )
    assert words(Reason("", "nobody's own phrase"), ZH) == "nobody's own phrase"


def told_of_tables():
    """What sentences tell of state tables: states, and the commands that lead out of one."""
    for stack in STACKS:
        for machine in stack.machines:
            if machine.name in ("medical transaction", "delivered key of a PSAM"):
                yield from (state.value for state in machine.states)
            yield from (getattr(state, "entered_by", "") for state in machine.states)
            if stack.label in ("ssse", "pki", "psam"):
                yield from (event.value for each in machine.events for event in machine.openers(each))


def test_what_is_told_of_state_tables_has_chinese():
    told = {each for each in told_of_tables() if each}
    assert len(told) > 20
    assert [
        each for each in sorted(told) if not any(char >= "\u4e00" for char in in_chinese(each)) and each != "mac"
    ] == []
