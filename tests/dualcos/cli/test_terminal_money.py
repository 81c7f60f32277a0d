"""Load, settlement and what was cut off, at ``dualcos terminal social``: with its storage, and with a back end that
answers or does not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dualcos.cli.counter import terminal_on_desk
from dualcos.cli.main import run
from dualcos.issuance.bureau.terminal_services.terminal_desk import TerminalDesk
from dualcos.messages.social_services import Answer, NoAnswer, Request, ServiceRefused, SettlementReported
from tests.demonstration_desk import OPENING, demonstration_desk

PIN = "123456"
BACK_END = ("--backend", "127.0.0.1:6001")
OWN_ACCOUNT = "update DF04EF05 8F=2"
"""用卡方式 2: the card's own account is used."""


class Line:
    """The line to the back end: ``down`` nobody answers, ``deaf`` the answer to a settlement is lost."""

    def __init__(self, desk: TerminalDesk) -> None:
        self.desk = desk
        self.down = False
        self.deaf = False
        self.refuses = False

    def ask(self, request: Request) -> Answer:
        if self.down:
            raise NoAnswer("the line is down", sent=False)
        if self.refuses and isinstance(request, SettlementReported):
            said = "金额与预结算不符", "the amounts are not those of the pre-settlement"
            return ServiceRefused(running=request.running, code="figures-differ", zh=said[0], en=said[1])
        answer = self.desk.ask(request)
        if self.deaf and isinstance(request, SettlementReported):
            raise NoAnswer("the answer was lost")
        return answer

    def close(self) -> None:
        """Hang up."""


@pytest.fixture
def line(monkeypatch) -> Iterator[Line]:
    desk = demonstration_desk(["social-2.0"])
    there = Line(desk)
    monkeypatch.setattr(terminal_on_desk, "TcpBackEnd", lambda host, port: there)  # noqa: ARG005 - as it is called
    yield there
    desk.books.close()


@pytest.fixture
def at_counter(capfd, tmp_path, monkeypatch):
    """Steps on a card file that stays, with the terminal's storage; code and facts."""
    monkeypatch.chdir(tmp_path)
    Path("pins").write_text(f"{PIN}\n" * 9, encoding="utf-8")
    assert run(("issue", "social-2.0", "-o", "a.card")) == 0
    capfd.readouterr()

    def call(*steps: str, back_end: bool = False) -> tuple[int, list[dict[str, Any]]]:
        Path("steps").write_text("\n".join(steps), encoding="utf-8")
        fixed = "--card a.card --storage t.db --pin-file pins --clock 20260115093000 --json"
        code = run(("terminal", "social", "--script", "steps", *fixed.split(), *(BACK_END if back_end else ())))
        out, err = capfd.readouterr()
        assert PIN not in out + err
        return code, [json.loads(each) for each in out.splitlines()]

    return call


def texts(step: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["text"] for each in step["details"]}


def causes(told: list[dict[str, Any]]) -> list[str | None]:
    return [each["stop"]["cause"] if each["stop"] else None for each in told[:-1]]


# --- settled ----------------------------------------------------------------------------------------------------------


def test_a_settlement_on_line_is_agreed_debited_and_taken(at_counter, line):
    code, told = at_counter("settle 123.45 --mode 1", back_end=True)
    assert (code, causes(told)) == (0, [None])
    assert "report taken" in told[0]["en"]
    found = texts(told[0])
    shares = [float(found[name]) for name in ("from the account", "from the fund", "from the holder")]
    assert (found["total"], round(sum(shares), 2)) == ("123.45", 123.45)
    assert sum(line.desk.books.balances().values()) == 0


def test_the_log_says_what_the_figures_of_a_settlement_on_line_are(at_counter, line):
    """The card holds the total where else the holder's part is, and account and fund together (38号)."""
    code, told = at_counter("settle 50 --mode 1", "log", OWN_ACCOUNT, "balance", back_end=True)
    assert code == 0, told
    shares = texts(told[0])
    together = float(shares["from the account"]) + float(shares["from the fund"])
    assert f"total 50.00, account and fund {together:.2f}" in texts(told[1])["settlement"]
    assert "their total as the holder's" in texts(told[3])["of these"]
    del line


def test_off_line_the_card_pays_and_its_log_says_so(at_counter):
    code, told = at_counter(OWN_ACCOUNT, "settle 12.50 --mode 3 --account 0 --pooled 2.5", "balance", "log", "journal")
    assert code == 0, told
    assert {"from the fund": "2.50", "from the holder": "10.00"}.items() <= texts(told[1]).items()
    assert texts(told[2])["paid by the holder this year"] == "10.00"
    assert "holder 10.00, pooled 2.50" in texts(told[3])["settlement"]
    assert "complete" in texts(told[4])["settlement"]
    assert len(texts(told[1])["TAC"]) == 8


def test_a_load_comes_from_the_account_at_the_back_end(at_counter, line):
    code, told = at_counter(OWN_ACCOUNT, "load 30", "balance", "settle 12.34 --mode 3", "balance", back_end=True)
    assert code == 0, told
    assert texts(told[2])["account balance"] == "30.00"
    assert texts(told[4])["account balance"] == "17.66"
    assert sum(line.desk.books.balances().values()) == 0
    assert OPENING > 3000


# --- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "cause"),
    [
        (("settle 1 --mode 1",), "no-back-end"),
        (("settle 1 --mode 2",), "offline-limit"),
        (("settle 1 --mode 3",), "use-flag"),
        (("balance",), "use-flag"),
        ((OWN_ACCOUNT, "settle 1 --mode 3"), "refused"),
        ((OWN_ACCOUNT, "load 1"), "no-back-end"),
        (("give-up 7",), "input"),
    ],
)
def test_what_cannot_be_settled(at_counter, steps, cause):
    code, told = at_counter(*steps)
    assert (code, causes(told)[-1]) == (1, cause)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ("settle x", "an amount is in yuan"),
        ("settle 1.234", "an amount is in yuan"),
        ("settle 42949672.96", "an amount is in yuan"),
        ("settle ١", "an amount is in yuan"),
        ("load -1", "an amount is in yuan"),
        ("settle 1 --account 1", "--account and --pooled are of --mode 3"),
        ("settle 1 --mode 3 --account x", "an amount is in yuan"),
        ("give-up x", "names a record by its number"),
        ("recover --online", "--online does not go with recover"),
    ],
)
def test_wrong_input(at_counter, capfd, step, said):
    Path("steps").write_text(step, encoding="utf-8")
    assert run(("terminal", "social", "--script", "steps", "--pin-file", "pins")) == 2
    assert said in capfd.readouterr().err
    del at_counter


@pytest.mark.parametrize("address", ["nowhere", ":6001", "host:0", "host:65536", "host:x", "host:٦"])
def test_an_address_that_is_none(address, capfd):
    assert run(("terminal", "social", "upload", "--backend", address)) == 2
    assert "HOST:PORT is wanted" in capfd.readouterr().err


@pytest.mark.parametrize("number", ["1", "99000000000A", "9900000000011", "٩90000000001"])
def test_a_terminal_number_that_is_none(number, capfd):
    assert run(("terminal", "social", "upload", "--terminal", number, *BACK_END)) == 2
    assert "12 digits are wanted" in capfd.readouterr().err


def test_without_a_psam_the_terminal_has_the_number_that_was_given(at_counter, line, capfd):
    fixed = "--card a.card --pin-file pins --clock 20260115093000 --json"
    words = ("settle", "50", "--mode", "1", "--path", "hsm", *fixed.split(), *BACK_END)
    assert run(("terminal", "social", *words, "--terminal", "990000000042")) == 0
    told = json.loads(capfd.readouterr().out.splitlines()[0])
    assert texts(told)["number at the terminal"].startswith("990000000042 ")
    del at_counter, line


def test_a_storage_that_is_none(tmp_path, capfd):
    path = tmp_path / "letter"
    path.write_text("Dear Sir,", encoding="utf-8")
    assert run(("terminal", "social", "journal", "--storage", str(path))) == 2
    assert "it is no terminal's journal" in capfd.readouterr().err
    assert path.read_text(encoding="utf-8") == "Dear Sir,"


# --- cut off ----------------------------------------------------------------------------------------------------------


def test_pulled_in_the_middle_and_put_back_in_another_run(at_counter):
    """The debit is on the card and its answer lost; another process, with the same storage, finishes it."""
    code, told = at_counter(OWN_ACCOUNT, "pull B02C", "settle 8.50 --mode 3 --account 0")
    assert (code, causes(told)) == (1, [None, None, "no-card"])
    _, told = at_counter("journal")
    assert "its answer is not known" in texts(told[0])["settlement"]
    code, told = at_counter("recover", "log")
    assert (code, "1 brought to an end" in told[0]["en"]) == (0, True)
    assert texts(told[0])["total"] == "8.50"
    assert len([each for each in told[1]["details"] if each["name"] == "settlement"]) == 1
    code, told = at_counter("recover", "journal")
    assert "nothing was open" in told[0]["en"]
    assert "complete" in texts(told[1])["settlement"]


def test_settled_again_without_a_look(at_counter):
    """The cashier hears of the first one in place of a second, and that is a second one only when he asks once more."""
    again = "settle 8.50 --mode 3 --account 0"
    code, told = at_counter(OWN_ACCOUNT, "pull B02C", f"try {again}", "insert", f"try {again}", again, "journal")
    assert (code, causes(told)) == (0, [None, None, "no-card", None, "recovered", None, None])
    first, second = told[2]["stop"], told[4]["stop"]
    assert (first["booked"], first["record"]) == ("unknown", 1)
    assert (second["booked"], second["record"]) == ("yes", 1)
    assert "8.50 yuan, complete; the card has booked it, record 1" in second["en"]
    assert [each["text"].split()[0] for each in told[6]["details"]] == ["1", "2"]


def test_a_stop_before_the_card_was_asked_says_so(at_counter):
    _, told = at_counter("settle 1 --mode 3")
    assert (told[0]["stop"]["booked"], told[0]["stop"]["record"]) == (None, None)
    _, told = at_counter(OWN_ACCOUNT, "settle 1 --mode 3")
    assert (told[1]["stop"]["booked"], told[1]["stop"]["record"]) == ("no", 1)


def test_another_card_waits_until_the_first_is_set_aside(at_counter, capfd):
    at_counter(OWN_ACCOUNT, "pull B02C", "settle 8.50 --mode 3 --account 0")
    words = ("--storage", "t.db", "--pin-file", "pins", "--card", "social-3.0")
    assert run(("terminal", "social", "recover", *words)) == 1
    assert "pending" in capfd.readouterr().out
    assert run(("terminal", "social", "recover", "--set-aside", *words)) == 0
    capfd.readouterr()
    code, told = at_counter("give-up 1")
    assert (code, "never came back" in told[0]["en"]) == (0, True)


def test_a_report_that_was_lost_goes_out_again_and_counts_once(at_counter, line):
    line.deaf = True
    code, told = at_counter("settle 50 --mode 1", back_end=True)
    assert (code, "report waiting" in told[0]["en"]) == (0, True)
    line.deaf = False
    code, told = at_counter("upload", back_end=True)
    assert (code, "1 taken, 0 refused, 0 waiting" in told[0]["en"]) == (0, True)
    assert sum(line.desk.books.balances().values()) == 0


def test_a_report_that_the_back_end_does_not_take_is_said_with_its_reason(at_counter, line):
    line.refuses = True
    code, told = at_counter("settle 50 --mode 1", back_end=True)
    assert (code, told[0]["done"], told[0]["stop"]["cause"]) == (1, False, "back-end-refused")
    assert "report refused by the back end" in told[0]["en"]
    assert told[0]["stop"]["en"].endswith("the back end refused: the amounts are not those of the pre-settlement")
    assert told[0]["stop"]["advice"] == "do what the back end's reason asks for"
    assert texts(told[0])["TAC"]


def test_what_was_off_line_says_so_and_why(at_counter, line):
    """What is asked and not answered is one record, what is settled another."""
    line.down = True
    code, told = at_counter("update DF04EF06 90=1 92=00 93=00", "settle 50 --mode 2", "journal", back_end=True)
    assert code == 0, told
    assert "off line, as the back end did not answer" in told[1]["en"]
    assert "后台无应答" in told[1]["zh"]
    assert texts(told[1])["request without an answer"].startswith("record 1, 50.00")


def test_without_a_line_nothing_is_lost(at_counter, line):
    line.down = True
    code, told = at_counter("try settle 50 --mode 1", "upload", back_end=True)
    assert (code, causes(told)) == (0, ["no-back-end", None])


def test_an_update_that_was_cut_off_is_read_back(at_counter):
    code, told = at_counter("read", "pull 00DC", "update DF04EF05 8F=2")
    assert (code, causes(told)[-1]) == (1, "no-card")
    code, told = at_counter("try update DF04EF05 8F=1", "journal", "recover", "inquire DF04EF05,8F")
    assert (code, causes(told)) == (0, ["pending", None, None, None])
    assert "update pending" in texts(told[1])
    assert texts(told[2])["update"].startswith("complete")


def test_an_update_whose_card_never_comes_back_is_given_up(at_counter):
    at_counter("read", "pull 00DC", "update DF04EF05 8F=2")
    code, told = at_counter("give-up update", "journal", "update DF04EF05 8F=1")
    assert (code, told[0]["en"]) == (0, "no update is pending")
    assert "update pending" not in texts(told[1])


def test_an_update_on_line(at_counter, line):
    (entry,) = line.desk._means.cards.values()
    address, items = next(iter(entry.updates.items()))
    code, told = at_counter(f"update {address} --online", back_end=True)
    assert (code, len(told[0]["details"])) == (0, len(items))
    code, told = at_counter("update DF01EF99 --online", back_end=True)
    assert (code, causes(told)) == (1, ["refused"])
