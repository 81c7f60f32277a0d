"""``dualcos terminal financial`` without a host: cards read, taken through a purchase, every decision told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dualcos.cli.main import run
from dualcos.cli.standing.console_answers import ConsoleAnswers
from dualcos.cli.till.bank_pins_typed import BankPinKeys, ListedBankPins
from dualcos.cli.till.till_advice import advice_at_end
from dualcos.messages.terminal_results import Tsi, Tvr
from dualcos.profile.schema import load, names
from dualcos.terminal.financial.kernel.kernel_parts import BankPinAsked, BankPinCancelled
from dualcos.terminal.financial.kernel.kernel_record import KernelStep
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded
from dualcos.terminal.screen.seen_at_terminal import QuestionSeen
from dualcos.terminal.screen.terminal_view import TerminalView
from dualcos.terminal.screen.view_questions import PinQuestion
from dualcos.terminal.terminal_parts import PartText

PIN = "1234"
CLOCK = ("--clock", "20261129120000")
BANK = tuple(name for name in names() if load(name).pse is not None)
PLACES = {bit.value.place: bit.value for bit in Tvr}
TSI_PLACES = {bit.value.place: bit.value for bit in Tsi}


@pytest.fixture
def said(capfd, tmp_path, monkeypatch):
    """Steps in an empty folder with a right PIN at the pad; code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    Path("pins").write_text(f"{PIN}\n" * 9, encoding="utf-8")

    def call(*words: str, pins: str | None = "pins") -> tuple[int, str, str]:
        pad = ("--pin-file", pins) if pins is not None else ()
        return (run(("terminal", "financial", *words, *CLOCK, *pad)), *capfd.readouterr())

    return call


@pytest.fixture
def facts(said):
    """The same as facts, a line a step, then the end."""

    def call(*words: str, pins: str | None = "pins") -> tuple[int, list[dict[str, Any]]]:
        code, out, _ = said(*words, "--json", pins=pins)
        return code, [json.loads(line) for line in out.splitlines()]

    return call


def script(*steps: str) -> tuple[str, str]:
    Path("steps").write_text("\n".join(steps), encoding="utf-8")
    return "--script", "steps"


# --- read ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("card", BANK)
def test_a_card_is_read_and_its_account_number_nowhere(said, card):
    number = load(card).pse.elements["5A"].rstrip("Ff")
    for how in ((), ("--json",)):
        code, out, _ = said("read", "--card", card, *how)
        assert (code, number in out, f"{number[:6]}*" in out) == (0, False, True)


def test_a_card_without_a_bank_is_told_so(facts):
    code, (step, end) = facts("read", "--card", "social-2.0")
    assert (code, step["done"], step["stop"]["cause"]) == (1, False, "no-application")
    assert step["stop"]["clause"] == "PBOC-6 §7.2.5.3"
    assert end["stop"] == step["stop"]


# --- what card and kernel decide ------------------------------------------------------------------------------------


@pytest.fixture
def tried(facts):
    """The facts of a purchase that no host hears of."""

    def call(*words: str, pins: str | None = "pins") -> dict[str, Any]:
        code, (step, _) = facts("trial", "100", *words, pins=pins)
        assert code in (0, 1)
        return step

    return call


@pytest.mark.parametrize("card", ["dual-2.0-3des", "bank-sda", "bank-dda"])
def test_the_bits_that_are_told_are_those_of_the_results(tried, card):
    step = tried("--card", card)["card"]
    for result, places, length in (("tvr", PLACES, 5), ("tsi", TSI_PLACES, 2)):
        told = {each["place"]: each for each in step[f"{result}_bits"]}
        number = sum(1 << 8 * (length - places[at].byte) + places[at].bit - 1 for at in told)
        assert f"{number:0{2 * length}X}" == step[result]
        assert all((each["zh"], each["en"]) == (places[at].zh, places[at].en) for at, each in told.items())
        set_by = {each["bit"] for each in step["decisions"] if each["bit"] is not None}
        assert {f"{result.upper()} {at}" for at in told} <= set_by


def test_every_decision_has_its_step_and_clause(tried):
    decisions = tried("--card", "dual-2.0-3des")["card"]["decisions"]
    steps = {each.name.lower().replace("_", "-") for each in KernelStep}
    assert {each["step"] for each in decisions} <= steps
    assert all(each["zh"] and each["en"] and "§" in each["clause"] for each in decisions)


def test_the_holder_proves_himself_by_the_pin_or_not_at_all(tried):
    assert tried("--card", "dual-2.0-3des")["card"]["cvm"]["results"] == "410302"
    Path("none").write_text("-\n-\n", encoding="utf-8")
    bypassed = tried("--card", "dual-2.0-3des", pins="none")["card"]
    assert "3.4" in {each["place"] for each in bypassed["tvr_bits"]}
    Path("few").write_text(f"{PIN}\n", encoding="utf-8")
    assert tried("--card", "dual-2.0-3des", "--terminal-set", "capabilities=E040C8", pins="few")["stop"] is None


def test_a_wrong_pin_of_a_file_is_entered_once(facts):
    Path("wrong").write_text("9999\n" * 5, encoding="utf-8")
    code, told = facts(*script("try trial 1", "try trial 1", "try trial 1"), pins="wrong")
    assert code == 0
    assert [each["stop"]["cause"] for each in told[:3]] == ["pin-wrong"] * 3
    wrong = [
        sum("63C" in note["en"] or "wrong" in note["en"] for note in each["card"]["decisions"]) for each in told[:3]
    ]
    assert wrong[1:] == [0, 0]


def test_explained_in_words(said):
    code, out, _ = said("trial", "100", "--explain")
    assert code == 0
    for words in ("应用选择 application selection", "TVR 95  ", "TSI 9B  ", "CVM 9F34  41 03 02", "[PBOC-6 §7.8.6]"):
        assert words in out
    assert PIN not in out.split("✓ trial")[1]


def keys_with(*pins: str) -> tuple[TerminalView, BankPinKeys]:
    view = TerminalView(ListedBankPins(list(pins), ConsoleAnswers()))
    return view, BankPinKeys(view)


def test_no_pin_of_a_file_follows_one_that_the_card_refused(facts):
    Path("both").write_text("9999\n1234\n", encoding="utf-8")
    _, told = facts(*script("try trial 1"), pins="both")
    assert told[0]["stop"]["cause"] == "pin-wrong"
    view, listed = keys_with("9999", "1234", "5555", "6666", "7777", "8888")
    for again in (BankPinAsked.OFFLINE_AGAIN, BankPinAsked.LAST_AGAIN, BankPinAsked.ONLINE):
        view.step_begins()
        first = BankPinAsked.OFFLINE if again is BankPinAsked.OFFLINE_AGAIN else BankPinAsked.LAST
        listed.digits(first, 1, 0)
        with pytest.raises(BankPinCancelled):
            listed.digits(again, 0, 0)


def test_the_amount_stands_before_what_the_pad_asks_for():
    asked: list[PinQuestion] = []
    view, keys = keys_with("1234", "1234")
    view.subscribe(lambda event: asked.append(event.question) if isinstance(event, QuestionSeen) else None)
    for amount in (4_321, 0):
        keys.digits(BankPinAsked.OFFLINE, 3, amount)
    prompt = BankPinAsked.OFFLINE.value
    assert [each.prompt for each in asked] == [
        PartText(f"金额43.21元，{prompt.zh}", f"amount 43.21: {prompt.en}"),
        prompt,
    ]


def test_the_last_try_and_the_banks_own_pin_come_out_of_a_file_where_nothing_was_wrong():
    view, listed = keys_with("1234", "1234", "654321")
    for asked, digits in ((BankPinAsked.OFFLINE, "1234"), (BankPinAsked.LAST, "1234"), (BankPinAsked.ONLINE, "654321")):
        view.step_begins()
        assert listed.digits(asked, 1, 0) == digits


def test_a_storage_is_one_terminals(said):
    assert said("journal", "--storage", "till.db")[0] == 0
    assert said("journal", "--storage", "till.db")[0] == 0
    for other in (("--terminal", "12345679"), ("--merchant", "123456789012346")):
        code, out, err = said("journal", "--storage", "till.db", *other)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert "it is terminal 12345678 of merchant 123456789012345's" in err


def test_a_machine_keeps_what_it_paid_beside_its_storage(said):
    for _ in range(2):
        assert said("journal", "--form", "atm", "--storage", "atm.db")[0] == 0
    assert Path("atm.db.cash").exists()


# --- settings -------------------------------------------------------------------------------------------------------


def test_settings_of_a_file_of_options_and_by_shorthand(tried):
    Path("till.toml").write_text('form = "pos"\nfloor_limit = 1000000\nrandom_selection = false\n', encoding="utf-8")
    limits = [
        "4.8" in {each["place"] for each in tried(*how)["card"]["tvr_bits"]}
        for how in (("--settings", "till.toml"), ("--settings", "till.toml", "--terminal-set", "floor_limit=10000"))
    ]
    assert limits == [False, True]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("read", "--terminal-set", "flor_limit=1"), "flor_limit"),
        (("read", "--terminal-set", "floor_limit=x"), "floor_limit"),
        (("read", "--terminal", "1"), "terminal"),
        (("read", "--settings", "bad.toml"), "bad.toml"),
        (("read", "--settings", "keys.toml"), "authority_keys[0]"),
        (("read", "--host", "nowhere"), "HOST:PORT is wanted"),
        (("read", "--host", "127.0.0.1:9", "--patience", "nan"), "--patience nan"),
        (("read", "--tmk", "short"), "32 hex digits"),
        (("read", "--storage", "short"), "short"),
        (("void", "x"), "a voucher number"),
        (("transfer", "1", "12"), "8 to 28 digits"),
        (("refund", "1"), "--batch, --voucher, --day"),
        (("refund", "1", "--batch", "1", "--voucher", "1", "--day", "9"), "refund --day 9"),
        (("purchase", "1", "--day", "1129"), "--day does not go with purchase; it goes with refund"),
        (("trial", "0"), "an amount is more than 0"),
        (("trial", "1", "--pin-file", "short"), "4 to 12 digits"),
        (("nope",), "no step is called nope"),
        (("insert", "1"), "insert takes nothing"),
    ],
)
def test_what_is_typed_wrongly_is_one_line(said, words, line):
    Path("bad.toml").write_text("form = 1\n", encoding="utf-8")
    Path("keys.toml").write_text('authority_keys = ["9F0605A000000333"]\n', encoding="utf-8")
    Path("short").write_text("123\n", encoding="utf-8")
    code, out, err = said(*words, pins=None if "--pin-file" in words else "pins")
    assert (code, out, err.count("\n"), line in err) == (2, "", 1, True), err


def test_every_cause_has_an_advice():
    for cause in EndCause:
        todo = advice_at_end(TransactionEnded(cause))
        assert todo.zh, cause
        assert todo.en, cause
