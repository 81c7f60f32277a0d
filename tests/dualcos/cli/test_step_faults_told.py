"""What is typed wrongly at a terminal's menu is told in Chinese as well, whatever it is, at every kind of terminal.

What a card has to be in for is typed in ``test_terminal_attended``.
"""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from cos.ssse.tables import file_structure
from cos.ssse.tables.item_encoding import EncodingError, NotInCharset
from cos.ssse.tables.table_model import Version
from dualcos.cli.cashier.full_table import FULL_OPTIONS, FULL_STEPS, TYPED_AT_CASHIER
from dualcos.cli.cashier.storage_owner import StorageOwner
from dualcos.cli.counter.step_table import STEP_OPTIONS, STEPS, TYPED
from dualcos.cli.counter.values_typed import unfit_value, wanted_instead
from dualcos.cli.standing.card_awaited import Enough
from dualcos.cli.standing.hand_steps import hand_of
from dualcos.cli.standing.step_kinds import WANTED, usage_in_chinese
from dualcos.cli.standing.step_menu import StepMenu
from dualcos.cli.standing.steps_asked import StepAsked, StepFault, StepOption, fault_told
from dualcos.cli.till.people_at_till import SaidByOptions
from dualcos.cli.till.till_table import TILL_OPTIONS, TILL_STEPS, TYPED_AT_TILL
from dualcos.cli.user_faults import Fault
from dualcos.terminal.screen.view_questions import AskedAbout, ChoiceQuestion
from dualcos.terminal.terminal_forms import FormFactor, TerminalKind, cell_of
from dualcos.terminal.terminal_parts import PartText

KEY = "0123456789ABCDEF0123456789ABCDEF"
JUNK = ("x", "-5", "0", "1.234", "42949672.96", "٣", "DF01EF05,1x", "23=1", KEY)
GOOD = ("5", "DF01EF05 23=1", "5 12345678", "card T0000001X", "1 taken", "check", "read")
TABLES: dict[TerminalKind, tuple[Any, Any, tuple[StepOption, ...]]] = {
    TerminalKind.SOCIAL: (STEPS, TYPED, STEP_OPTIONS),
    TerminalKind.FINANCIAL: (TILL_STEPS, TYPED_AT_TILL, TILL_OPTIONS),
    TerminalKind.FULL: (FULL_STEPS, TYPED_AT_CASHIER, FULL_OPTIONS),
}
KINDS = pytest.mark.parametrize("kind", TerminalKind, ids=lambda kind: kind.name)
CHINESE, LATIN = re.compile(r"[\u4e00-\u9fff]"), re.compile(r"(?<![A-Za-z0-9])[A-Za-z][A-Za-z-]+(?![A-Za-z0-9])")
UNSAID = ("不能理解", "不能执行")
BLOOD_GROUPS = {"AB", "Rh"}
NAMES = {
    *BLOOD_GROUPS,
    *(option.name for *_, options in TABLES.values() for option in options),
    *(word for table, *_ in TABLES.values() for each in table for word in (each.name, *LATIN.findall(each.usage))),
} - set(WANTED)


class LinesTyped:
    """A view and its person, who types lines, then has enough; what he is told."""

    def __init__(self, *lines: str) -> None:
        self.lines, self.hints, self.view, self.hand = [*lines, "quit"], list[PartText](), self, None

    def next_step(self, question: object) -> str:
        del question
        return self.lines.pop(0)

    def hint(self, said: PartText) -> None:
        self.hints.append(said)


def told(kind: TerminalKind, line: str, form: FormFactor = FormFactor.PC) -> PartText | None:
    """What whoever types ``line`` there is told; None where it is a step."""
    table, language, _ = TABLES[kind]
    person: Any = LinesTyped(line)
    try:
        StepMenu(table, language, person, {}, cell_of(kind, form)).asked()
    except Enough:
        return person.hints.pop() if person.hints else None
    return None


def faulty(said: PartText, line: str = "") -> list[str]:
    """What is wrong with what is told of a line: nothing, if it says in Chinese what the English says."""
    own = said.zh
    for word in line.split():
        own = own.replace(word, "") if len(word) > 1 else own
    english = [word for word in LATIN.findall(own) if word not in NAMES]
    checks = {
        "no Chinese": len(CHINESE.findall(own)) < 2,
        "nothing said": said.zh in UNSAID,
        f"English: {english}": bool(english),
        "one language": said.zh == said.en,
        "a key": KEY in f"{said}",
    }
    return [name for name, found in checks.items() if found]


def wrong_words(table: Any, options: tuple[StepOption, ...]) -> Iterator[str]:
    """Lines that are no steps, whatever stands behind."""
    yield from ("nope", "没有的", KEY, "read 'x", "read \\", "read --nope", f"read --nope {KEY}", "--try", "try")
    for each in table:
        if each.most < 99:
            yield " ".join((each.name, *["1"] * (each.most + 1)))
        if each.least:
            yield " ".join((each.name, *["1"] * (each.least - 1)))
        behind = " ".join(["1"] * each.least)
        for option in options:
            if option.name not in each.options:
                value = option.choices[0] if option.choices else "1" if option.metavar else ""
                yield f"{each.name} {behind} --{option.name} {value}".rstrip()
    for option in options:
        yield f"--{option.name}" + (f" {option.choices[0]}" if option.choices else " 1" if option.metavar else "")
        yield f"read --{option.name}" + (f" {KEY}" if option.choices else "" if option.metavar else f"={KEY}")


def perhaps_wrong(table: Any) -> Iterator[str]:
    """Lines of known steps with junk behind them, some of which are taken."""
    for each in table:
        for junk in JUNK:
            for behind in (*(" ".join([junk] * count) for count in (each.least, each.least + 1)), *GOOD):
                yield f"{each.name} {behind}".rstrip()
                for option in each.options:
                    yield f"{each.name} {behind} --{option} {junk}"
                    yield f"{each.name} {behind} --{option}"


@KINDS
def test_what_is_no_step_is_told_in_chinese(kind):
    table, _, options = TABLES[kind]
    lines = list(wrong_words(table, options))
    of_side = [f"{side} {line}" for side in ("social", "bank") for line in ("nope", "read x", "void", "load 0")]
    lines += of_side if kind is TerminalKind.FULL else []
    heard = {line: told(kind, line) for line in lines}
    assert [line for line, said in heard.items() if said is None] == []
    assert {line: (said, faulty(said, line)) for line, said in heard.items() if said and faulty(said, line)} == {}


@KINDS
def test_what_stands_wrong_behind_a_step_is_told_in_chinese(kind):
    table, *_ = TABLES[kind]
    lines = list(perhaps_wrong(table))
    if kind is TerminalKind.FULL:
        lines += [f"social {line}" for line in perhaps_wrong(STEPS)] + [
            f"bank {line}" for line in perhaps_wrong(TILL_STEPS)
        ]
    heard = {line: told(kind, line) for line in dict.fromkeys(lines)}
    assert {line: (said, faulty(said, line)) for line, said in heard.items() if said and faulty(said, line)} == {}
    unheard = {each.name for each in table if each.least} - {line.split()[0] for line, said in heard.items() if said}
    assert unheard == set()


@pytest.mark.parametrize(
    ("kind", "line", "zh"),
    [
        (TerminalKind.SOCIAL, "nope", "没有步骤nope，请从菜单中选"),
        (TerminalKind.SOCIAL, KEY, "没有这个步骤，请从菜单中选"),
        (TerminalKind.SOCIAL, "settle 0", "settle 0：金额须大于0"),
        (TerminalKind.SOCIAL, "settle x", "settle x：金额以元为单位，如49.90，最多42949672.95"),
        (TerminalKind.SOCIAL, f"settle {KEY}", "settle …：金额以元为单位，如49.90，最多42949672.95"),
        (TerminalKind.SOCIAL, "settle", "应为：settle 金额"),
        (TerminalKind.SOCIAL, "read x", "read后面不带内容"),
        (TerminalKind.SOCIAL, "settle 5 --mode 9", "选项--mode缺内容，或内容不对"),
        (TerminalKind.SOCIAL, "settle 5 --account 1", "--account、--pooled只用于--mode 3；联网时由后台分摊"),
        (
            TerminalKind.SOCIAL,
            f"block application {KEY}",
            "block application …不可恢复：后面写卡号（见read），或写--yes",
        ),
        (TerminalKind.SOCIAL, f"update DF04EF05 {KEY}=1 {KEY}=2", "…写了两次：一个数据项一个值"),
        (TerminalKind.FINANCIAL, "void 12a", "void：凭证号最多六位数字，见凭条"),
        (TerminalKind.FINANCIAL, "refund 5 --day 1131x", "refund --day 1131x：日期为月日四位数字，照凭条填写"),
        (TerminalKind.FINANCIAL, "purchase 5 --day 1129", "--day不能用于purchase；可用于refund"),
        (TerminalKind.FULL, "pay x", "pay：应写账单号，见bills或凭条"),
        (TerminalKind.FULL, "premium --scheme 3", "premium --scheme 3：险种为三位数字，如310"),
        (TerminalKind.FULL, "bank void", "应为：void 凭证号"),
        (TerminalKind.FULL, "settle --own 5 200", "有不认识的选项，或内容写在了选项后面"),
    ],
)
def test_the_chinese_says_what_is_wrong(kind, line, zh):
    said = told(kind, line)
    assert said is not None
    assert said.zh == zh


def test_who_stands_at_a_kiosk_hears_in_chinese_that_he_does_not_run_it():
    said = told(TerminalKind.FULL, "bills", FormFactor.KIOSK)
    assert said is not None
    assert said.zh == "自助终端无操作员，不办终端管理；由管理终端的人用命令行办理"


def test_what_stands_behind_a_step_has_its_chinese():
    for table, *_ in TABLES.values():
        for each in table:  # a usage with other capitals is a KeyError
            assert [word for word in LATIN.findall(usage_in_chinese(each.usage)) if word not in NAMES] == []


# --- values of items --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", Version)
def test_every_item_says_in_chinese_what_it_takes(version):
    items = {item for directory in file_structure.structure(version) for file in directory.files for item in file.items}
    parts = items | {part for item in items for part in item.parts}
    heard = [PartText(unfit_value(each, error), "") for each in parts for error in (EncodingError(), NotInCharset())]
    heard += [said for each in parts for text in ("99999999", "x") if (said := wanted_instead(each, text)) is not None]
    assert len(heard) > 2 * len(parts)
    assert [said for said in heard if faulty(said, "99999999 x")] == []


# --- behind the menu --------------------------------------------------------------------------------------------------


def application_not_there() -> None:
    said: Any = Namespace(application=5, document=None, telephone=None)
    choices = (PartText("借记卡", ""), PartText("贷记卡", ""))
    nobody: Any = None
    SaidByOptions(said, nobody).choice(ChoiceQuestion(PartText("", ""), choices, AskedAbout.APPLICATION))


def storage_of_another(kept: str, asked: str) -> None:
    journal: Any = SimpleNamespace(setting=lambda _: kept)
    StorageOwner(journal, "till.db").number("--terminal", asked)


@pytest.mark.parametrize(
    ("stops", "zh"),
    [
        (application_not_there, "--application 5：卡上可选2个应用：借记卡, 贷记卡"),
        (
            lambda: storage_of_another("990000000001", "990000000002"),
            "--storage till.db：属于社保终端990000000001，不属于社保终端990000000002；各用各的文件",
        ),
        (
            lambda: storage_of_another("0" * 12, "990000000002"),
            "--storage till.db：属于无编号的终端，不属于社保终端990000000002；各用各的文件",
        ),
        (
            lambda: hand_of(SimpleNamespace(hand=None), StepAsked(("pull",), {})),
            "pull只用于本程序内的卡；读卡器里的卡由人插拔",
        ),
    ],
)
def test_what_stops_a_step_says_why_in_chinese(stops, zh):
    with pytest.raises(StepFault) as fault:
        stops()
    assert (fault.value.said.zh, fault.value.said.en) == (zh, str(fault.value))


# --- a fault ----------------------------------------------------------------------------------------------------------


def test_a_command_line_reads_it_in_english_behind_its_place():
    fault = StepFault(PartText("金额须大于0", "an amount is more than 0"), "steps line 2")
    assert str(fault) == "steps line 2: an amount is more than 0"
    assert fault_told(fault, "不能理解") == PartText("金额须大于0", "an amount is more than 0")
    assert fault_told(Fault("disk full"), "不能理解") == PartText("不能理解", "disk full")
