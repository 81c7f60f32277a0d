"""The judge is judged: for each kind of expectation a card that violates exactly it fails, and a right one passes.

The card is a right one with somebody between it and the judge, who changes one answer, or one cell behind one command.
The same violation in the setup makes a vector inconclusive: the card was never in the situation that is judged.
"""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable
from itertools import combinations
from typing import Any, NamedTuple
from xml.etree import ElementTree

import pytest
from msgspec import structs

from cos.card import Card
from dualcos.cli import conform
from dualcos.cli.user_faults import DIFFERS, DONE, WRONG, Fault
from dualcos.lab.conformance import answer_pattern, run_report
from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.playing import VectorResult, VectorVerdict, play
from dualcos.lab.conformance.vector_file import Case, VectorError, load
from dualcos.lab.conformance.vector_schema import STEP_KINDS, Expect, VectorCut, VectorState, VectorStep

SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
FCI = "6F16840F7378312E73682EC9E7BBE1B1A3D5CFA50388011E"
ASK, WRONG_PIN, CHANGE = "00200000", "0020000003999999", "805E010007123456FF654321"
TITLE = {"zh": "题", "en": "title"}
ROUTINES = {
    "ssse": {"title": TITLE, "steps": [{"send": SSSE, "expect": "9000"}]},
    "asked": {"title": TITLE, "steps": [{"send": ASK, "expect": "63C3"}]},
}
Json = dict[str, Any]


class Between:
    """A card behind somebody. ``spoil``: number of the command, the card, its answer; gives what goes out instead."""

    def __init__(self, card: Card, spoil: Callable[[int, Card, bytes], bytes]) -> None:
        self.card = card
        self._spoil = spoil
        self.sent = self.starts = 0

    def exchange(self, command: bytes) -> bytes:
        answer = self.card.exchange(command)
        self.sent += 1
        return self._spoil(self.sent, self.card, answer)

    def power_on(self) -> bytes:
        self.starts += 1
        atr = self.card.power_on()
        return self._spoil(-self.starts, self.card, atr)

    def reset(self) -> bytes:
        self.starts += 1
        return self._spoil(-self.starts, self.card, self.card.reset())

    def power_off(self) -> None:
        self.card.power_off()


class BetweenTable:
    """Puts somebody between the judge and the card, from the ``first`` command of the steps on."""

    def __init__(self, bench: Bench, spoil: Callable[[int, Card, bytes], bytes]) -> None:
        self._bench = bench
        self._spoil = spoil

    def target(self, case: Case):
        target = self._bench.target(case)
        return target._replace(card=Between(target.lab.card, self._spoil))


def answers(nth: int, wrong: str) -> Callable[[int, Card, bytes], bytes]:
    """The ``nth`` answer (of a start, counted down from -1) is another one."""
    return lambda number, _, answer: bytes.fromhex(wrong) if number == nth else answer


def leaves(nth: int, region: str, cell: str, value: bytes | None) -> Callable[[int, Card, bytes], bytes]:
    """Behind the ``nth`` command somebody has changed a cell."""

    def spoil(number: int, card: Card, answer: bytes) -> bytes:
        if number == nth:
            key = next((key for key in sorted(card.dump()[region]) if key.hex() == cell), bytes.fromhex(cell))
            card.overwrite(region, key, value)
        return answer

    return spoil


def dies(nth: int) -> Callable[[int, Card, bytes], bytes]:
    def spoil(number: int, _: Card, answer: bytes) -> bytes:
        if number == nth:
            raise KeyError("a bug in the card")
        return answer

    return spoil


class Row(NamedTuple):
    """``kinds``: what the steps ask; ``violated``: what a card does that is wrong in this alone. The first command of
    all is SELECT, and belongs to the setup.
    """

    kinds: tuple[str, ...]
    steps: list[Json]
    violated: tuple[Callable[[int, Card, bytes], bytes], ...]


def send(command: str, expect: object, **more: object) -> Json:
    return {"send": command, "expect": expect, **more}


def fci(pattern: str, *wrong: str) -> Row:
    """A pattern that fits the FCI, and answers that differ from it in this piece alone."""
    return Row((), [send(SSSE, f"9000 {pattern}")], tuple(answers(2, f"{each}9000") for each in wrong))


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


@pytest.fixture(scope="module")
def pin(bench, tmp_path_factory) -> tuple[str, bytes, bytes]:
    """The cell of the PIN's tries: its key in hex, full, and with one try less."""
    card = bench.target(case_of(tmp_path_factory.mktemp("pin"), [send(ASK, "63C3")])).lab.card
    card.power_on()
    card.exchange(bytes.fromhex(SSSE))
    before = dict(card.dump()["ssse"])
    card.exchange(bytes.fromhex(WRONG_PIN))
    after = card.dump()["ssse"]
    (cell,) = (key for key in after if before.get(key) != after[key])
    return cell.hex(), before[cell], after[cell]


def other_counter(bench: Bench, case: Case, pin: tuple[str, bytes, bytes]) -> tuple[str, bytes]:
    """Another cell of the same kind, and a value with a try less."""
    cells = bench.target(case).lab.dump()["ssse"]
    length = len(bytes.fromhex(pin[0]))
    cell = next(key for key in sorted(cells) if len(key) == length and key.hex() != pin[0] and cells[key] == pin[1])
    return cell.hex(), pin[2]


def rows(pin: tuple[str, bytes, bytes], other: tuple[str, bytes]) -> list[Row]:
    tries, full, less = pin
    return [
        Row(("step.send", "expect.sw", "word.digits"), [send(ASK, "63C3")], (answers(2, "63C2"),)),
        Row(("word.any",), [send(ASK, "63C?")], (answers(2, "63D3"), answers(2, "6983"))),
        Row(("word.several",), [send(ASK, [{"sw": ["9000", "63C3"]}])], (answers(2, "63C2"),)),
        Row(("word.expression",), [send(ASK, "{left(ssse.pin_tries, 00)}")], (answers(2, "63C2"),)),
        Row(
            ("step.expect",),
            [send(SSSE, ["9000 6F *", "6283", {"sw": "61??", "data": ""}])],
            (answers(2, "6A82"), answers(2, "70009000")),
        ),
        Row(("expect.data",), [send(ASK, [{"sw": "63C3", "data": ""}])], (answers(2, "0063C3"),)),
        fci(FCI, FCI[:-2] + "1F", FCI[:-2], FCI + "00")._replace(kinds=("pattern.hex",)),
        fci("6F1? *", FCI.replace("6F16", "6F26", 1))._replace(kinds=("pattern.nibble",)),
        fci("6F..84 *", FCI.replace("6F16", "6F", 1))._replace(kinds=("pattern.byte",)),
        fci("6F16 *", "6F17" + FCI[4:])._replace(kinds=("pattern.rest",)),
        fci("[24]", FCI[:-2], FCI + "00")._replace(kinds=("pattern.low",)),
        fci("[23-24]", FCI[:-4], FCI + "00")._replace(kinds=("pattern.high",)),
        Row(
            ("pattern.name", "pattern.size"),
            [send(SSSE, "9000 {head:2} *"), send(SSSE, "9000 {=head} *")],
            (answers(3, f"6F17{FCI[4:]}9000"),),
        ),
        fci("{=cat(6F, 16)} *", f"6F17{FCI[4:]}")._replace(kinds=("pattern.value",)),
        Row(
            ("pattern.kept",),
            [send(SSSE, "9000 {head=cat(6F, 16)} *"), send(SSSE, "9000 {=head} *")],
            (answers(2, f"6F17{FCI[4:]}9000"), answers(3, f"6F17{FCI[4:]}9000")),
        ),
        Row(
            ("expect.tlv",),
            [send(SSSE, [{"tlv": {"6F/84": "7378 *", "6F/A5/88": "1E", "6F/A5/9F0C?": "01"}}])],
            (
                answers(2, f"{FCI[:-2]}1F9000"),  # the value under the second path
                answers(2, f"{FCI.replace('7378', '7379')}9000"),
                answers(2, "6F11840F7378312E73682EC9E7BBE1B1A3D5CF9000"),  # nothing under it
                answers(2, "6F1A840F7378312E73682EC9E7BBE1B1A3D5CFA50788011E9F0C01029000"),  # what may be is wrong
            ),
        ),
        Row(("step.reset",), [{"reset": "cold", "expect": [{"data": "3B *"}]}], (answers(-2, "3F00"),)),
        Row(
            ("step.routine",),
            [{"routine": "asked"}],
            (answers(2, "63C2"),),
        ),
        Row(
            ("step.times",),
            [send(WRONG_PIN, "{left(ssse.pin_tries, nth)}", times="ssse.pin_tries")],
            (answers(2, "63C1"), answers(4, "63C1"), answers(4, "6983")),
        ),
        Row(
            ("step.state", "state.unchanged"),
            [send(ASK, "63C3"), {"state": {"unchanged": ["ssse"]}}],
            (leaves(2, "ssse", "ff", b"new"), leaves(2, "ssse", tries, less), leaves(2, "ssse", tries, None)),
        ),
        Row(
            ("state.counter",),
            [send(WRONG_PIN, "63C2"), {"state": {"unchanged": ["ssse"], "counter": {"SSSE.PIN": -1}}}],
            (leaves(2, "ssse", tries, full), leaves(2, "ssse", *other), leaves(2, "ssse", "ff", b"new")),
        ),
        Row(
            ("state.counter, all",),
            [send(WRONG_PIN, "63C?", times="ssse.pin_tries"), {"state": {"counter": {"SSSE.PIN": "all"}}}],
            (leaves(4, "ssse", tries, less),),
        ),
        Row(
            ("step.cut", "cut.tick", "state.atomic"),
            [send(CHANGE, "9000", cut={"tick": "each"}), {"state": {"atomic": ["ssse"]}}],
            (leaves(-2, "ssse", "ff", b"new"),),
        ),
        Row(
            ("cut.stride", "step.once"),
            [
                send(CHANGE, "9000", cut={"tick": "each", "stride": 8}),
                {"routine": "ssse"},
                send("0020000003123456", ["9000", "63C2"], once=True),
            ],
            (leaves(-2, "ssse", tries, bytes(len(full))),),
        ),
        Row(
            ("step.damage",),
            [
                {"damage": {"file": "ssse/DDF1/EF05", "at": 3, "bytes": "EE"}},
                send("00B2012C12", "9000 01 10 .. EE *"),
            ],
            (answers(2, f"0110{'00' * 16}9000"),),
        ),
        Row(
            ("expect.keep",),
            [
                send(
                    SSSE, [{"sw": "9000", "data": "[23] {last:1}", "keep": {"again": "plus(last, 00)", "other": "00"}}]
                ),
                send(SSSE, "9000 [23] {=again}"),
            ],
            (answers(3, f"{FCI[:-2]}1F9000"),),
        ),
        Row(
            ("step.when",),
            [
                send(ASK, [{"sw": "63C3", "keep": {"asked": "01", "never": "0000"}}]),
                send(ASK, "6985", when="never"),
                send(ASK, "63C3", when="asked"),
            ],
            (answers(3, "63C2"),),
        ),
        Row(("a card that dies",), [send(ASK, "63C3")], (dies(2),)),
        Row(("a card that dies at a reset",), [{"reset": "warm"}], (dies(-2),)),
    ]


# Fields of a step that decide nothing: they are for reports.
TOLD = {"step.label", "step.requirement", "step.sm"}
# What an operator decides: judged in tests/dualcos/lab/operator_steps.
ATTENDED = {"step.operator", "step.pull"}


def declared() -> set[str]:
    """Every kind of expectation that a vector file can hold."""
    named = {"step": VectorStep, "expect": Expect, "state": VectorState, "cut": VectorCut}
    found = {f"{name}.{each.name}" for name, kind in named.items() for each in structs.fields(kind)}
    found |= {f"pattern.{name}" for name in answer_pattern._TOKEN.groupindex}
    return (found | {f"step.{kind}" for kind in STEP_KINDS}) - TOLD - ATTENDED


def case_of(folder, steps: list[Json], setup: list[Json] | None = None) -> Case:
    (folder / "routines.json").write_text(json.dumps({"routines": ROUTINES}), encoding="utf-8")
    vector = {"id": "J-1", "title": TITLE, "setup": [{"routine": "ssse"}, *(setup or [])], "steps": steps}
    unit = {
        "unit": "J",
        "title": TITLE,
        "purpose": "p",
        "clause": ["SSC-5 §6"],
        "profile": "social-2.0",
        "provenance": {"kind": "derived", "source": "tests"},
        "overrides": {"chip": {"transmission": {"case4": "direct"}}},  # an answer for each command
    }
    (folder / "j.json").write_text(json.dumps({**unit, "vectors": [vector]}), encoding="utf-8")
    return load(folder / "j.json")[0]


@pytest.fixture(scope="module")
def table(bench, pin, tmp_path_factory) -> list[Row]:
    case = case_of(tmp_path_factory.mktemp("other"), [send(ASK, "63C3")])
    return rows(pin, other_counter(bench, case, pin))


def test_every_kind_has_a_row(table):
    assert declared() - {kind for row in table for kind in row.kinds} == set()


def honest(_number: int, _card: Card, answer: bytes) -> bytes:
    return answer


def test_a_card_that_violates_nothing_passes(table, bench, tmp_path):
    for row in table:
        result = play(case_of(tmp_path, row.steps), BetweenTable(bench, honest))
        assert result.verdict is VectorVerdict.PASS, (row.kinds, result)


def test_a_card_that_violates_exactly_it_fails(table, bench, tmp_path):
    for row in table:
        assert row.violated
        for number, spoil in enumerate(row.violated):
            result = play(case_of(tmp_path, row.steps), BetweenTable(bench, spoil))
            assert result.verdict is VectorVerdict.FAIL, (row.kinds, number, result)
            assert result.where.startswith("steps["), row.kinds
            assert result.text, row.kinds


def test_the_same_in_the_setup_judges_nothing(table, bench, tmp_path):
    for row in table:
        if any("state" in step or "damage" in step or "once" in step or "cut" in step for step in row.steps):
            continue  # these stand in no setup, or judge by what comes behind
        for number, spoil in enumerate(row.violated):
            case = case_of(tmp_path, [send(SSSE, "9000")], row.steps)
            result = play(case, BetweenTable(bench, spoil))
            assert result.verdict is VectorVerdict.INCONCLUSIVE, (row.kinds, number, result)
            assert result.where.startswith("setup["), row.kinds


def test_a_card_that_is_never_powered_judges_nothing(bench, tmp_path):
    result = play(case_of(tmp_path, [send(ASK, "63C3")]), BetweenTable(bench, dies(-1)))
    assert (result.verdict, result.where) == (VectorVerdict.INCONCLUSIVE, "power-on")


def test_one_cut_of_many_decides(bench, tmp_path):
    """A card that is wrong behind a single cut alone, the ninth."""
    steps = [send(CHANGE, "9000", cut={"tick": "each"}), {"state": {"unchanged": ["manager"]}}]
    starts = []

    def spoil(number: int, card: Card, answer: bytes) -> bytes:
        if number < 0:
            starts.append(number)
            if len(starts) == 2 * 9:
                card.overwrite("manager", b"\xff", b"new")
        return answer

    result = play(case_of(tmp_path, steps), BetweenTable(bench, spoil))
    assert (result.verdict, result.where) == (VectorVerdict.FAIL, "steps[1]")


def test_a_cut_that_never_came_judges_nothing(bench, tmp_path):
    late = case_of(tmp_path, [send(CHANGE, "9000", cut={"tick": 4000})])
    assert play(late, bench).verdict is VectorVerdict.INCONCLUSIVE
    early = case_of(tmp_path, [send(CHANGE, "9000", cut={"tick": 3}), {"routine": "ssse"}])
    assert play(early, bench).verdict is VectorVerdict.PASS


def test_a_card_that_programs_for_ever_is_not_said_to_pass(bench, tmp_path, monkeypatch):
    monkeypatch.setattr("dualcos.lab.conformance.playing._MOST_CUTS", 8)
    result = play(case_of(tmp_path, [send(CHANGE, "9000", cut={"tick": "each"})]), bench)
    assert result.verdict is VectorVerdict.INCONCLUSIVE


# --- what would be asked and not judged is refused --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "setup", "says"),
    [
        ([{"routine": "ssse", "expect": "6982"}], None, "only a command and a reset"),
        ([{"state": {"unchanged": ["ssse"]}, "expect": "9000"}], None, "only a command and a reset"),
        ([{"reset": "cold", "expect": "9000"}], None, "no status word"),
        ([{"reset": "cold", "expect": [{"sw": "6F00", "data": "3B *"}]}], None, "no status word"),
        ([send(ASK, [{"sw": []}])], None, "no status word is right"),
        ([send(ASK, "63C3")], [{"state": {"unchanged": ["ssse"]}}], "belongs behind it"),
        ([send(ASK, "63C3")], [send(ASK, "63C3", cut={"tick": "each"})], "neither setup nor after"),
        ([send(ASK, "63C3", cut={"tick": 1}, times="02")], None, "sent once"),
        ([{"reset": "warm", "times": "02"}], None, "comes several times"),
        ([send(ASK, "{left(ssse.pin_trys, 00)}")], None, "no field ssse.pin_trys"),
        ([send(ASK, "{left(ssse.pin_tries, 0)}")], None, "not hex in whole bytes"),
    ],
)
def test_what_would_not_be_judged_is_refused(tmp_path, steps, setup, says):
    with pytest.raises(VectorError, match=says):
        case_of(tmp_path, steps, setup)


# --- what is made of a verdict ----------------------------------------------------------------------------------------

# Verdict: exit code, tag in JUnit, name of the count in JSON. Among several the first in this order decides the code.
MADE_OF_IT = {
    VectorVerdict.FAIL: (DIFFERS, "failure", "failed"),
    VectorVerdict.INCONCLUSIVE: (WRONG, "error", "inconclusive"),
    VectorVerdict.PASS: (DONE, None, "passed"),
    VectorVerdict.NOT_APPLICABLE: (None, "skipped", "not_applicable"),
}
MIXTURES = [set(each) for n in range(1, 5) for each in combinations(VectorVerdict, n)]


@pytest.mark.parametrize("verdicts", MIXTURES, ids=lambda found: "+".join(sorted(each.value for each in found)))
def test_what_becomes_of_verdicts(verdicts, tmp_path, monkeypatch, capsys):
    assert MADE_OF_IT.keys() == set(VectorVerdict)
    case = case_of(tmp_path, [send(ASK, "63C3")])
    results = [VectorResult(case, each, "steps[0]", "why") for each in VectorVerdict if each in verdicts]
    monkeypatch.setattr(conform, "play_all", lambda *_: iter(results))
    parser = ArgumentParser()
    conform.CONFORM.arguments(parser)
    args = parser.parse_args([str(tmp_path / "j.json"), "--json", "--junit", str(tmp_path / "out.xml")])
    code = next(code for verdict, (code, _, _) in MADE_OF_IT.items() if verdict in verdicts)
    if code is None:
        with pytest.raises(Fault, match="nothing was played"):
            conform.CONFORM.run(args)
    else:
        assert conform.CONFORM.run(args) == code
    *lines, counts = map(json.loads, capsys.readouterr().out.splitlines())
    assert [line["verdict"] for line in lines] == [each.value for each in VectorVerdict if each in verdicts]
    suite = ElementTree.fromstring((tmp_path / "out.xml").read_bytes()).find("testsuite")  # noqa: S314 - our own file
    tags = [[part.tag for part in case] for case in suite]
    assert tags == [[tag] if tag else [] for tag in (MADE_OF_IT[result.verdict][1] for result in results)]
    totals = {"failure": "failures", "error": "errors", "skipped": "skipped"}
    for verdict, (_, tag, name) in MADE_OF_IT.items():
        assert counts[name] == (verdict in verdicts)
        assert tag is None or suite.get(totals[tag]) == str(int(verdict in verdicts))
    assert counts["vectors"] == len(results) == int(suite.get("tests"))
    said = " ".join(map(run_report.line, results))
    assert all(each.value in said for each in verdicts)
    assert all(f"1 {each.value}" in run_report.summary(results) for each in verdicts)
