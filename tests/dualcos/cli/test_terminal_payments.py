"""Payments at ``dualcos terminal financial``: against an acquirer and an issuer in this process, on a line that is
overheard; what is told of each, in words and as facts, and what is told of nobody.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dualcos.cli.main import run
from dualcos.cli.till import till_on_desk
from dualcos.cli.till.till_advice import advice_at_refusal, advice_for_payment
from dualcos.leash.leash_rules import LeashRule
from dualcos.leash.ready_behaviours import BANK, ready_behaviours
from dualcos.messages.acquirer_messages import Answering
from dualcos.profile.schema import load
from dualcos.terminal.financial.payment_record import PaymentRecord
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.payment_states import PaymentState
from tests.demonstration_acquirer import DemonstrationLine, demonstration_line
from tests.demonstration_bank import ONLINE_PIN

CARD = "dual-2.0-3des"
ACCOUNT, OTHER = (load(each).pse.elements["5A"].rstrip("Ff") for each in (CARD, "bank-dda"))
PIN = "1234"
NOW = "20261129120000"


class LineOfTests:
    """Where the terminal finds the acquirer of a test. ``cut_behind``: the program is killed when so many requests have
    been carried out.
    """

    def __init__(self, demonstration: DemonstrationLine) -> None:
        self.demonstration = demonstration
        self.cut_behind: int | None = None
        self.dead = False

    def ask(self, payload: bytes, belongs: Answering) -> bytes:
        answer = self.demonstration.line.ask(payload, belongs)
        if self.cut_behind is not None:
            self.cut_behind -= 1
            if self.cut_behind < 0:
                self.cut_behind = None
                raise KeyboardInterrupt
        return answer

    def close(self) -> None:
        """Nothing to let go of."""


@pytest.fixture
def line(tmp_path, monkeypatch) -> Iterator[LineOfTests]:
    monkeypatch.chdir(tmp_path)
    demonstration = demonstration_line([CARD, "bank-dda"], now=lambda: NOW)
    there = LineOfTests(demonstration)
    monkeypatch.setattr(till_on_desk, "TcpLine", lambda host, port, patience: there)  # noqa: ARG005 - as it is called
    yield there
    demonstration.close()


@pytest.fixture
def said(line, capfd):  # noqa: ARG001 - which has to be there
    """Steps, with right PINs at the pad; code, stdout, stderr."""
    Path("pins").write_text(f"{PIN}\n" * 9, encoding="utf-8")
    Path("bank.pins").write_text(f"{ONLINE_PIN}\n" * 9, encoding="utf-8")

    def call(*steps: str, more: tuple[str, ...] = (), pins: str = "pins") -> tuple[int, str, str]:
        Path("steps").write_text("\n".join(steps), encoding="utf-8")
        ways = ("--script", "steps", "--card", CARD, "--clock", NOW, "--host", "127.0.0.1:9", "--pin-file", pins)
        return (run(("terminal", "financial", *ways, *more)), *capfd.readouterr())

    return call


@pytest.fixture
def facts(said):
    """The same as facts, a line a step, then the end."""

    def call(*steps: str, more: tuple[str, ...] = (), pins: str = "pins") -> tuple[int, list[dict[str, Any]]]:
        code, out, _ = said(*steps, more=(*more, "--json"), pins=pins)
        return code, [json.loads(line) for line in out.splitlines()]

    return call


def states(step: dict[str, Any]) -> list[str]:
    return [each["state"] for each in step["payments"]]


# --- each of them, done -------------------------------------------------------------------------------------------


def test_a_day_at_a_shop(facts):
    code, told = facts(
        "sign-on", "balance", "purchase 12.34", "void 3", "purchase 5 --online", "journal", "settle", "sign-off"
    )
    assert code == 0, told[-1]
    assert [each["done"] for each in told[:-1]] == [True] * 8
    balance, purchase, void, online, journal, settled = told[1:7]
    assert {each["name"]: each["text"] for each in balance["details"]}["ledger balance"] == "10000.00"
    assert (states(purchase), purchase["payments"][0]["amount"]) == (["approved"], 1234)
    assert states(void) == ["approved"]
    assert "4.4" in {each["place"] for each in online["card"]["tvr_bits"]}
    assert states(journal) == ["approved", "voided", "approved", "approved"]
    assert any("对账平" in row for row in settled["slips"][0]["lines"])


def test_money_goes_back_for_a_purchase_of_an_earlier_batch(facts):
    stored = ("--storage", "till.db")
    code, told = facts("sign-on", "purchase 12.34", "settle", more=stored)
    assert code == 0
    paid = told[1]["payments"][0]
    named = f"--batch {paid['batch']} --voucher {paid['voucher']} --day 1129 --reference {paid['reference']}"
    code, told = facts(f"refund 12.34 {named}", "journal --all", more=stored)
    assert (code, states(told[0])) == (0, ["approved"]), told[0]["stop"]
    assert states(told[1]) == ["approved", "approved"]


def test_cash_transfer_and_a_new_pin_at_a_machine(facts):
    Path("bank.pins").write_text(f"{ONLINE_PIN}\n" * 4 + "654321\n654321\n", encoding="utf-8")
    steps = "sign-on", "withdraw 100", "deposit 50", f"transfer 3 {OTHER}", "change-pin"
    code, told = facts(*steps, more=("--form", "atm"), pins="bank.pins")
    assert code == 0, told[-1]["stop"]
    assert [states(each) for each in told[1:5]] == [["approved"]] * 4


def test_below_the_floor_limit_card_and_terminal_approve_alone_and_it_is_uploaded(facts):
    alone = ("--terminal-set", "floor_limit=20000", "--terminal-set", "random_selection=false")
    code, told = facts("sign-on", "purchase 20", "purchase 30", "upload", "journal", more=alone)
    assert code == 0, told[-1]["stop"]
    paid = told[2]["payments"][0]
    assert (paid["offline"], paid["code"], paid["waiting"]) == (True, "Y1", ["offline-sale"])
    assert (told[2]["card"]["cryptogram"], told[2]["messages"]) == ("TC", [])
    assert [each["waiting"] for each in told[4]["payments"]] == [[], []]


def test_parameters_come_from_the_acquirer(facts):
    code, told = facts("sign-on", "download", "read")
    assert code == 0
    assert {each["name"]: each["text"] for each in told[1]["details"]}["applications"] == "1"


def test_a_slip_is_printed_again_and_says_so(said):
    code, out, _ = said("sign-on", "purchase 1", "slip 2")
    assert code == 0
    assert out.count("持卡人存根 同上") == 2
    assert "重打印" in out.split("✓ slip")[1]


# --- said no ------------------------------------------------------------------------------------------------------


def test_a_decline_says_why_and_ends_with_1(facts):
    code, told = facts("sign-on", "purchase 20000", "journal")
    assert (code, told[1]["done"], told[1]["stop"]["cause"], told[1]["stop"]["code"]) == (1, False, "declined", "51")
    assert (told[-1]["done"], told[-1]["left"]) == (1, 1)


def test_without_sign_on_or_acquirer_nothing_begins(facts, said):
    code, told = facts("purchase 1")
    assert (code, told[0]["stop"]["cause"], told[0]["card"]) == (1, "not-signed-on", None)
    _, out, _ = said("try slip 7", "try void 9", "try refund 1 --batch 1 --voucher 1 --day 1129")
    assert out.count("✗") == 3


def test_what_stopped_the_card_leaves_what_was_decided(facts):
    Path("wrong").write_text("9999\n", encoding="utf-8")
    code, told = facts("sign-on", "purchase 1", pins="wrong")
    assert (code, told[1]["stop"]["cause"], told[1]["payments"]) == (1, "pin-wrong", [])
    assert {"selection", "cardholder"} <= {each["step"] for each in told[1]["card"]["decisions"]}


def test_pulled_in_the_middle_it_is_taken_back(facts):
    steps = "sign-on", "pull 0082", "try purchase 8.50", "insert", "upload", "journal"
    code, told = facts(*steps)
    assert (code, told[2]["stop"]["cause"]) == (0, "reversing")
    assert told[2]["payments"][0]["waiting"] == ["reversal"]
    assert "1 sent, 0 still to be sent" in told[4]["en"]
    assert states(told[5]) == ["reversed"]


def test_killed_in_the_middle_it_is_decided_when_power_comes_back(facts, line):
    stored = ("--storage", "till.db")
    assert facts("sign-on", more=stored)[0] == 0
    line.cut_behind = 1
    assert facts("purchase 8.50", more=stored)[0] == 130
    code, told = facts("upload", "journal", more=stored)
    assert (code, told[0]["step"], states(told[0])) == (0, "power-up", ["reversing"])
    assert states(told[2]) == ["reversed"]


@pytest.mark.parametrize(("behaviour", "reason"), [("answer-lost", "98"), ("wrong-mac", "A0")])
def test_what_is_not_known_is_reversed_and_says_why(facts, line, behaviour, reason):
    line.demonstration.leash.exchange(ready_behaviours(BANK)[behaviour].rule)
    code, told = facts("sign-on", "try purchase 5", "purchase 6", "journal")
    assert (code, told[1]["stop"]["cause"]) == (0, "reversing")
    assert {each["name"]: each["text"] for each in told[1]["details"]}["why it is reversed"].startswith(reason)
    assert states(told[3]) == ["reversed", "approved"]


def test_a_pin_that_the_issuer_called_wrong_is_not_sent_again(facts, line):
    line.demonstration.leash.exchange(ready_behaviours(BANK)["wrong-pin"].rule)
    steps = "sign-on", "try withdraw 100", "try withdraw 100"
    _, told = facts(*steps, more=("--form", "atm"), pins="bank.pins")
    assert [each["stop"]["cause"] for each in told[1:3]] == ["declined", "pin-wrong"]
    assert told[1]["stop"]["code"] == "55"


# --- what passed --------------------------------------------------------------------------------------------------


def test_every_message_is_told_field_by_field_and_no_secret(facts):
    _, told = facts("sign-on", "purchase 1")
    assert [each["mti"] for each in told[0]["messages"]] == ["0800", "0810"]
    sent, came = told[1]["messages"]
    assert ([sent["way"], sent["mti"]], [came["way"], came["mti"]]) == (["sent", "0200"], ["received", "0210"])
    rows = {each["label"]: each for each in sent["rows"] if each["depth"] == 0 or len(each["label"]) == 4}
    assert rows["4"]["text"] == "000000000100"
    assert rows["2"]["text"] == f"{ACCOUNT[:6]}{'*' * (len(ACCOUNT) - 10)}{ACCOUNT[-4:]}"
    assert {rows["35"]["text"], rows["9F34"]["text"]} == {"••", "410302"}
    assert all(each["zh"] and each["en"] for each in (*sent["rows"], *came["rows"]))


def test_no_account_and_no_pin_in_anything_that_a_till_says(said):
    for how in (("--json",), ()):
        _, out, err = said("sign-on", "purchase 12.34", "journal", "slip 2", "settle", more=how)
        assert ACCOUNT not in out + err
        assert ONLINE_PIN not in (out + err).replace(NOW, "").replace("123456789012345", "").replace("12345678", "")


def test_card_and_line_are_explained_in_their_order(said):
    _, out, _ = said("sign-on", "purchase 1", more=("--explain",))
    paid = out.split("✓ sign-on")[1]
    places = [
        paid.index(words) for words in ("GENERATE AC", "→ 0200 ", "← 0210 ", "EXTERNAL AUTHENTICATE", "✓ purchase")
    ]
    assert places == sorted(places)


# --- advice -------------------------------------------------------------------------------------------------------


def test_every_stop_has_an_advice():
    for cause in PaymentRefusal:
        assert all(advice_at_refusal(PaymentRefused(cause))), cause
    for state in (PaymentState.DECLINED, PaymentState.NOT_SENT, PaymentState.REVERSING, PaymentState.MANUAL):
        record = PaymentRecord(
            state=state,
            business="PURCHASE",
            batch="000001",
            voucher="000001",
            moment=NOW,
            terminal="1",
            merchant="1",
            pan="",
        )
        assert all(advice_for_payment(record)), state


def test_a_person_ends_a_reversal_that_nobody_answers_and_has_it_sent_again(facts, line):
    stored = ("--storage", "till.db")
    line.demonstration.leash.exchange(
        (
            LeashRule(match={"message": "purchase"}, drop="after commit"),
            LeashRule(match={"message": "reversal"}, refuse="91"),
        )
    )
    facts("sign-on", "purchase 12.34", more=stored)
    code, told = facts("try upload", "resolve 2", "journal", more=stored)
    assert (code, states(told[1])) == (0, ["manual"])
    assert not any(each["name"] == "to be sent" for each in told[1]["details"])
    line.demonstration.leash.exchange(())
    code, told = facts("resend 2", "upload", "journal", more=stored)
    assert (code, states(told[0]), states(told[2])) == (0, ["reversing"], ["reversed"])


@pytest.mark.parametrize("step", ["resend 2", "resolve 2", "end-batch"])
def test_a_person_has_nothing_to_see_to_where_all_is_answered(facts, step):
    code, told = facts("sign-on", "purchase 12.34", step)
    assert code == 1
    assert told[-1]["stop"]["cause"] in ("no-such-payment", "not-closed")
