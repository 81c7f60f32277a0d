"""``dualcos terminal social`` as somebody types it: each step done and refused, in words and as facts, explained."""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

import dualcos
from apdu.link import AroundCard, SmartCard
from dualcos.cli.counter.counter_teller import CounterTeller
from dualcos.cli.counter.what_to_do import advice
from dualcos.cli.main import run
from dualcos.cli.standing import cards_on_desk
from dualcos.messages.social_services import ServiceRefused
from dualcos.reader.pcsc import PcscError
from dualcos.terminal.social.hsm_path import BackEndRefused
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped

PIN = "123456"
CLOCK = ("--clock", "20261129120000")


@pytest.fixture
def said(capfd, tmp_path, monkeypatch):
    """Steps in an empty folder with a right PIN at the pad; code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    Path("pins").write_text(f"{PIN}\n" * 9, encoding="utf-8")

    def call(*words: str, pins: str | None = "pins") -> tuple[int, str, str]:
        pad = ("--pin-file", pins) if pins is not None else ()
        return (run(("terminal", "social", *words, *(() if "--clock" in words else CLOCK), *pad)), *capfd.readouterr())

    return call


@pytest.fixture
def facts(said):
    """The same as facts, a line a step, then the end."""

    def call(*words: str) -> tuple[int, list[dict[str, Any]]]:
        code, out, _ = said(*words, "--json")
        return code, [json.loads(line) for line in out.splitlines()]

    return call


def script(*steps: str) -> tuple[str, str]:
    Path("steps").write_text("\n".join(steps), encoding="utf-8")
    return "--script", "steps"


def texts(step: dict[str, Any]) -> dict[str, str]:
    return {each["place"] or each["name"]: each["text"] for each in step["details"]}


# --- each step, done --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("card", "edition"),
    [("social-1.0", "1.00"), ("social-2.0", "2.00"), ("social-3.0", "3.00"), ("dual-3.0-sm4", "3.00")],
)
def test_a_card_is_read(facts, card, edition):
    code, (step, end) = facts("read", "--card", card)
    assert (code, step["done"], step["stop"]) == (0, True, None)
    assert (texts(step)["edition"], texts(step)["region"], texts(step)["card number"]) == (
        edition,
        "990000",
        "T0000001X",
    )
    assert (end["steps"], end["done"], end["left"], end["stop"]) == (1, 1, 0, None)


def test_files_and_items_are_inquired(facts):
    code, (step, _) = facts("inquire", "SSSEEF06,09", "DF04EF06|90|93", "DF01EF05")
    assert code == 0
    found = texts(step)
    assert found["SSSEEF06|09"] == "测试持卡人"
    assert {"DF04EF06|90", "DF04EF06|93", "DF01EF05|21"} <= found.keys()
    assert "DF04EF06|92" not in found


def test_a_record_is_inquired_by_its_number_and_an_item_by_its_turn(facts):
    settle = "settle 1 --mode 3 --account 0"
    steps = ("update DF04EF05 8F=2", settle, settle, "inquire DF04EF08", "inquire DF04EF08,2", "try inquire DF04EF08,9")
    code, told = facts(*script(*steps, "try inquire DF01EF05,20:2"))
    assert code == 0
    places = [{each["place"] for each in step["details"]} for step in told[3:-1]]
    assert places == [{"DF04EF08|1", "DF04EF08|2"}, {"DF04EF08|2"}, set(), set()]
    assert [each["stop"]["sw"] for each in told[5:-1]] == ["6A83", "6A83"]


def test_a_card_file_keeps_what_is_written_and_the_next_insertion_reads_it(facts, said):
    assert run(("issue", "social-2.0", "-o", "a.card")) == 0
    assert said("update", "DF04EF05", "8F=2", "--card", "a.card")[0] == 0
    code, (step, _) = facts("inquire", "DF04EF05,8F", "--card", "a.card")
    assert (code, texts(step)["DF04EF05|8F"][:1]) == (0, "2")


def test_texts_codes_and_numbers_are_written(facts):
    first, second = "update DF01EF05 21=测试路2号 0E=110000", "update DF04EF06 92=00 93=01"
    code, told = facts(*script(first, "inquire DF01EF05,21,0E", second, "inquire DF04EF06"))
    assert code == 0, told[-1]
    assert texts(told[1]) == {"DF01EF05|21": "测试路2号", "DF01EF05|0E": "110000 北京"}
    assert texts(told[3])["DF04EF06|93"].startswith("01")


def test_an_item_is_emptied_and_takes_what_the_tables_lack_only_if_that_is_said(facts):
    steps = "update DF04EF05 8F=7 --anyway", "update SSSEEF06 0D=", "inquire DF04EF05,8F SSSEEF06,0D"
    code, told = facts(*script(*steps))
    assert code == 0, told[-1]
    assert texts(told[2]) == {"DF04EF05|8F": "7", "SSSEEF06|0D": "—"}


def test_a_block_of_another_card_blocks_nothing(facts):
    code, told = facts(*script("try block card T00000028", "try block application DF04 T00000028", "inquire DF01EF05"))
    assert (code, told[2]["done"]) == (0, True)


def test_the_pin_is_changed_unblocked_and_reloaded(said):
    Path("pins").write_text("\n".join((PIN, "271828", "271828", "271828", "314159", "314159", "314159")), "utf-8")
    code, out, err = said(
        *script("pin change", "reset", "pin check", "pin unblock", "pin reload", "reset", "pin check", "log", "read")
    )
    assert (code, err) == (0, "")
    assert out.count("✓") == 9


def test_a_locked_pin_is_unblocked(said):
    Path("pins").write_text("999991\n999992\n999993\n", "utf-8")
    code, out, _ = said(*script("try pin check", "try pin check", "try pin check", "pin unblock"))
    assert code == 0
    assert "the PIN is locked" in out
    assert "the PIN is unblocked" in out


def test_a_card_is_pulled_put_back_and_blocked(facts):
    code, told = facts(*script("read", "pull", "try read", "insert", "read", "block application df04 T0000001X",
                               "try log", "inquire DF01EF05", "block card --yes", "try read"))  # fmt: skip
    assert code == 0
    stops = [each["stop"]["cause"] if each["stop"] else None for each in told[:-1]]
    assert stops == [None, None, "no-card", None, None, None, "refused", None, None, "refused"]
    assert (told[-1]["done"], told[-1]["left"], told[-1]["stop"]) == (7, 0, None)


@pytest.mark.parametrize(("when", "left"), [("3", "no-card"), ("0088", "no-card"), ("FF00", None)])
def test_a_card_is_pulled_behind_a_command(facts, when, left):
    code, told = facts(*script(f"pull {when}", "read"))
    assert (code, told[1]["stop"] and told[1]["stop"]["cause"]) == (1 if left else 0, left)


# --- refused, and what to do ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "cause", "code"),
    [
        (("read", "--card", "bank-only"), "wrong-card", -1),
        (("read", "--card", "social-3.0", "--sam", "psam-3des"), "psam-algorithm", -2202),
        (("read", "--path", "hsm"), "no-back-end", None),
        (("read", "--clock", "20230101000000"), "not-yet", None),
        (("read", "--clock", "20400101000000"), "expired", None),
        (("inquire", "DF01EF99"), "refused", -27266),
        (("update", "DF04EF05", "--online"), "no-back-end", None),
        (("block", "application", "DF09", "--yes"), "no-application", None),
        (("block", "card", "T00000028"), "other-card", -22),
    ],
)
def test_a_stop_has_its_cause_its_code_and_what_to_do(said, facts, words, cause, code):
    ended, (step, end) = facts(*words)
    assert (ended, step["done"], step["stop"]["cause"]) == (1, False, cause)
    assert step["stop"] == end["stop"]
    assert code is None or step["stop"]["code"] == code
    assert all(step["stop"][name] for name in ("clause", "en", "zh", "advice", "advice_zh"))
    in_words, out, err = said(*words)
    assert (in_words, err) == (1, "")
    assert "✗" in out
    assert "→" in out


def test_every_cause_has_advice_in_both_languages():
    for cause in StopCause:
        told = advice(TerminalStopped(cause))
        assert told.zh
        assert told.en


def test_where_numbers_begin_again_a_storage_is_advised():
    said = ServiceRefused(running=1, code="running-number-used", zh="流水号已用于另一请求", en="another request's")
    assert "--storage FILE" in advice(BackEndRefused(said)).en
    assert "--storage" in advice(BackEndRefused(said)).zh


@pytest.mark.parametrize("step", ["pin check", "pin change"])
def test_a_script_sends_a_wrong_pin_once(facts, step):
    """However often it stands in the file, and none in its place: the card keeps its tries."""
    Path("pins").write_text("999999\n" * 9 if step == "pin check" else "999999\n271828\n271828\n" * 3, "utf-8")
    code, told = facts(*script(f"try {step}", f"try {step}"), "--explain")
    stops = [each["stop"] for each in told[:-1] if each["schema"] == "dualcos.terminal.step/1"]
    assert [(each["cause"], each["code"], each["tries"]) for each in stops] == [("pin-wrong", -51, 2)] * 2, told
    assert code == 0


def test_a_file_without_a_pin_left_is_a_holder_who_cancels(facts):
    Path("pins").write_text(f"{PIN}\n", "utf-8")
    code, told = facts(*script("pin check", "reset", "pin check"))
    assert (code, told[2]["stop"]["cause"]) == (1, "pin-cancelled")


def test_what_pin_check_has_done(facts):
    code, told = facts(*script("pin check", "pin check"))
    assert (code, [each["en"] for each in told[:2]]) == (
        0, ["the PIN is right", "the PIN was verified before in this insertion, and is not asked for again"],
    )  # fmt: skip


def test_a_step_that_is_found_wrong_at_the_card_says_what_is_left(said):
    code, _, err = said(*script("read", "update DF04EF05 8F=7", "read", "read"))
    assert (code, "2 steps behind it not reached" in err) == (2, True)


def test_steps_behind_a_stop_are_not_reached(said, facts):
    steps = script("read", "inquire DF01EF99", "read", "read")
    code, told = facts(*steps)
    assert (code, len(told), told[-1]["left"]) == (1, 3, 2)
    assert "2 steps not reached" in said(*steps)[1]


# --- wrong input: one line, nothing done ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), "stdin is none"),
        (("nope",), "no step is called nope"),
        (("read", "x"), "read takes nothing behind it"),
        (("inquire",), "inquire takes FILE"),
        (("inquire", "EF05"), "a file is named as SSSEEF06"),
        (("inquire", "DF01EF05,1"), "tags of items stand behind it"),
        (("inquire", "DF01EF05,1x"), "a file is named as"),
        (("inquire", "DF04EF08,1,2"), "the number of one record"),
        (("inquire", "DF04EF08,1F"), "the number of one record"),
        (("update", "DF04EF05,8F", "8F=1"), "update names the file alone"),
        (("update", "DF04EF05"), "what is to be written?"),
        (("update", "DF04EF05", "8F=1", "--online"), "with --online the back end says"),
        (("update", "DF04EF05", "11=1"), "has no such item"),
        (("update", "DF04EF05", "8F=12"), "2 bytes do not fit 1"),
        (("update", "DF04EF08", "8F=12"), "content=HEX"),
        (("pin", "nope"), "pin takes check, change"),
        (("block", "nope"), "block takes `card`"),
        (("block", "application"), "block takes `card`"),
        (("block", "card", "T0000001X", "x"), "block takes `card`"),
        (("block", "card"), "block card is for good: put the card's number behind it"),
        (("block", "application", "DF04"), "is for good"),
        (("update", "SSSEEF06", "09"), "09 has no value: write 09=VALUE"),
        (("update", "SSSEEF06", "09=张三", "09=李四"), "09 stands there twice"),
        (("update", "SSSEEF06", "0a=1", "0A=2"), "0A stands there twice"),
        (("update", "SSSEEF06", "0D=20261399"), "20261399 is no such date; write YYYYMMDD"),
        (("update", "DF04EF05", "8F=7"), "7 is none of its codes: 1 "),
        (("update", "DF01EF05", "0E=880000"), "880000 is no region"),
        (("settle", "0"), "settle 0: an amount is more than 0"),
        (("settle", "-5"), "settle -5: an amount is in yuan"),
        (("load", "0.00"), "load 0.00: an amount is more than 0"),
        (("pull", "x"), "pull behind which command"),
        (("read", "--mode", "1"), "--mode does not go with read"),
        (("--mode", "1"), "--mode is of a step"),
        (("try",), "none behind try"),
        (("read", "--crad", "social-2.0"), "--crad social-2.0; see `dualcos terminal social --help`"),
        (("read", "--card", "nope"), "no such profile"),
        (("read", "--sam", "psam-3des", "--sam-pcsc", "x"), "one of them"),
        (("read", "--sam-set", "x=1", "--path", "hsm"), "name one with --sam"),
        (("read", "--clock", "20261301000000"), "--clock takes a moment"),
        (("read", "--clock", "٢٠٢٦١١٢٩١٢٠٠٠٠"), "--clock takes a moment"),
        (("read", "--script", "pins"), "--script has the steps"),
        (("--script", "nope"), "nope"),
    ],
)  # fmt: skip
def test_wrong_input_is_one_line(said, words, line):
    code, out, err = said(*words)
    assert (code, out, err.count("\n")) == (2, "", 1), (out, err)
    assert line in err


@pytest.mark.parametrize(
    ("lines", "said_of_it"),
    [
        (["# nothing"], "steps: no step in it"),
        (["read", "nope"], "steps line 2: no step is called nope"),
        (["read 'x"], "steps line 1: No closing quotation"),
        (["--online"], "steps line 1: which step?"),
        (["read", "", "settle 1.00 --mode 4"], "steps line 3: argument --mode"),
        (["read --json"], "steps line 1: unrecognized arguments"),
        (["x"] * 10_001, "are more than"),
        (["read", "settle x"], "steps line 2: settle x: an amount is in yuan"),
        (["read", "inquire EF05"], "steps line 2: EF05: a file is named as"),
        (["read", "update SSSEEF06 09"], "steps line 2: 09 has no value"),
        (["read", "pin nope"], "steps line 2: pin takes check"),
        (["read", "block card"], "steps line 2: block card is for good"),
        (["read", "pull x"], "steps line 2: pull behind which command"),
        (["read", "give-up x"], "steps line 2: give-up names a record"),
        (["read", "settle 1 --mode 3 --pooled 2"], "steps line 2: --account 0.00 and --pooled 2.00 are more than"),
    ],
)
def test_a_script_is_looked_at_before_anything_is_done(said, lines, said_of_it):
    code, out, err = said(*script(*lines))
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert said_of_it in err


@pytest.mark.parametrize(
    ("content", "line"),
    [("", "no PIN in it"), ("123456\nsecret7\n", "PIN 2 has other characters than digits"), (None, "No such file")],
)
def test_a_pin_file_that_holds_none(said, content, line):
    if content is not None:
        Path("mine").write_text(content, "utf-8")
    code, out, err = said("pin", "check", pins="mine")
    assert (code, out, line in err) == (2, "", True)
    assert "secret7" not in err


def test_a_pin_has_no_place_on_the_command_line(said):
    code, _, err = said("pin", "check", pins=PIN)
    assert (code, PIN in err) == (2, False)
    assert "no place on a command line" in err


def test_nobody_to_type_a_pin(said):
    code, _, err = said("pin", "check", pins=None)
    assert (code, "--pin-file" in err) == (2, True)


# --- explained --------------------------------------------------------------------------------------------------------


def test_under_each_step_stands_what_passed_of_card_and_psam(said):
    code, out, _ = said(*script("read", "pin check"), "--explain", "--trace", "t")
    assert code == 0
    first, second = out.index("✓ read"), out.index("✓ pin")
    assert out.index("INTERNAL AUTHENTICATION") < first < out.index("VERIFY") < second
    assert "sam│" in out[:first]
    assert PIN not in out.replace(" ", "")
    assert run(("explain", "t", "--short")) == 0
    for slot in ("", "sam"):
        assert run(("replay", "t", "--slot", slot)) == 0


def test_explained_as_facts(facts):
    _, told = facts("read", "--explain")
    kinds = [each["schema"] for each in told]
    assert kinds[-3:] == ["dualcos.terminal.step/1", "dualcos.power/1", "dualcos.terminal.social/1"]
    assert {each.get("slot", "") for each in told if each["schema"] == "dualcos.exchange/1"} == {"", "sam"}


def test_a_card_that_misbehaves_says_so_on_top_and_below(said):
    code, out, _ = said("read", "--faults", "pulled")
    assert code in (0, 1)
    assert out.startswith("FAULTS")
    assert "FAULT injected" in out or "of commands that fit" in out


# --- in readers -------------------------------------------------------------------------------------------------------


class ReaderOnDesk(AroundCard[SmartCard]):
    """A reader with a card in this process."""

    def __init__(self, reader: str, card: SmartCard) -> None:
        super().__init__(card)
        self.reader = reader
        self.closed = False

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def readers(monkeypatch):
    """A card and a PSAM in two readers, by name."""
    made = {"Card reader 00": "social-2.0", "SAM reader 01": "psam-3des"}
    there = {name: ReaderOnDesk(name, dualcos.card(profile, seed=5)) for name, profile in made.items()}

    def named(text: str) -> str:
        found = [name for name in there if text in name]
        if len(found) != 1:
            raise PcscError(f"no reader has {text!r} in the name")
        return found[0]

    monkeypatch.setattr(cards_on_desk, "reader_named", named)
    monkeypatch.setattr(cards_on_desk, "PcscLink", lambda name, *, exclusive: there[name] if exclusive else None)
    return there


BOTH = ("--pcsc", "Card", "--sam-pcsc", "SAM")


def test_a_card_in_a_reader_is_told_by_the_wire_alone(said, readers):
    code, out, _ = said("log", *BOTH, "--explain", "--trace", "t")
    assert (code, "✓ log" in out, "sam│" in out) == (0, True, True)
    assert all(reader.closed for reader in readers.values())
    assert PIN not in out
    assert PIN not in Path("t").read_text("utf-8")
    assert run(("explain", "t")) == 0


def test_a_psam_of_ours_serves_a_card_in_a_reader(said, readers):
    assert said("read", "--pcsc", "Card", "--sam", "psam-3des", "--seed", "1")[0] == 0
    assert not readers["SAM reader 01"].closed


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("read", "--pcsc", "Card", "--sam-pcsc", "Card"), "the PSAM is in another"),
        (("read", "--pcsc", "nope"), "no reader has"),
        (("read", *BOTH, "--card", "social-2.0"), "--card is about a card of ours"),
        (("read", *BOTH, "--seed", "1"), "--seed is about a card of ours"),
        (("read", *BOTH, "--set", "a=b"), "--set is about a card of ours"),
        (("read", *BOTH, "--sam-faults", "pulled"), "name one with --sam"),
        (("pull", *BOTH), "in somebody's hand"),
        (("insert", *BOTH), "in somebody's hand"),
    ],
)
@pytest.mark.usefixtures("readers")
def test_what_is_about_cards_of_ours_is_refused(said, words, line):
    code, _, err = said(*words)
    assert (code, line in err) == (2, True), err


# --- stopped ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_behind_the_step(said, monkeypatch, number, code):
    carried_out = CounterTeller.carried_out

    def interrupted(*how: Any) -> Any:
        signal.raise_signal(number)
        return carried_out(*how)

    monkeypatch.setattr(CounterTeller, "carried_out", interrupted)
    ended, out, err = said(*script("read", "read", "read"))
    assert (ended, out.count("✓"), "stopping behind this step" in err) == (code, 1, True)
    assert "2 steps not reached" in out


def test_the_same_run_says_the_same(said):
    ways: Sequence[str] = ("inquire", "SSSEEF05", "--explain")
    assert said(*ways) == said(*ways)
