"""``--form``: what a form of terminal is not for is a stop in one line, with advice, before a card is asked; what it is
for is done; the settings of a financial terminal may not say another one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from dualcos.cli.main import run
from tests.dualcos.cli.cashier_at_terminal import Cashier

SOCIAL_PIN, BANK_PIN = "123456", "1234"
CARD = ("--card", "dual-2.0-3des")


@pytest.fixture
def said(capfd, tmp_path, monkeypatch):
    """Steps of a terminal in an empty folder; code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    for name, pin in (("social", SOCIAL_PIN), ("financial", BANK_PIN), ("full", SOCIAL_PIN)):
        Path(f"{name}.pins").write_text(f"{pin}\n" * 9, encoding="utf-8")

    def call(terminal: str, *words: str) -> tuple[int, str, str]:
        pad = ("--pin-file", f"{terminal}.pins", "--clock", "20261129120000")
        return (run(("terminal", terminal, *words, *pad)), *capfd.readouterr())

    return call


def facts(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


REFUSED = [
    ("social", "kiosk", ("block", "card", "--yes"), "SSC-7 §5.10", "自助终端无操作员，不办卡片锁定", "pos|pc"),
    ("social", "kiosk", ("update", "DF04EF05", "8F=2"), "SSC-7 §5.10", "自助终端无操作员，不办更改应用信息", "pos|pc"),
    ("social", "kiosk", ("pin", "unblock"), "SSC-7 §5.10", "自助终端无操作员，不办个人密码解锁、重置", "pos|pc"),
    ("social", "atm", ("settle", "1"), "inferred", "自动柜员机不办医疗消费", "pos|pc|kiosk"),
    ("social", "atm", ("load", "1"), "inferred", "自动柜员机不办账户划入", "pos|pc|kiosk"),
    ("social", "atm", ("pin", "change"), "inferred", "自动柜员机不办更改个人密码", "pos|pc|kiosk"),
    ("financial", "pos", ("withdraw", "100"), "PBOC-6 A.3", "POS终端不办取款", "atm"),
    ("financial", "pc", ("transfer", "1", "12345678"), "PBOC-6 A.3", "PC加读写器不办转账", "atm"),
    ("financial", "kiosk", ("void", "000001"), "inferred", "自助终端无操作员，不办消费撤销", "pos|pc"),
    ("financial", "atm", ("purchase", "1"), "PBOC-6 A.3", "自动柜员机不办消费", "pos|pc|kiosk"),
]


@pytest.mark.parametrize(("terminal", "form", "step", "clause", "zh", "where"), REFUSED)
def test_a_business_that_the_form_is_not_for_is_a_stop(said, terminal, form, step, clause, zh, where):
    """The card has no power yet. Where else it is done comes from the table."""
    trace = ("--trace", "passed.jsonl")
    code, out, _ = said(terminal, *step, *CARD, "--form", form, "--json", *trace)
    did, end = facts(out)
    assert (code, did["done"], end["done"]) == (1, False, 0)
    stop = did["stop"]
    assert (stop["cause"], stop["clause"]) == ("other-terminal", clause)
    assert stop["zh"] == f"此终端不办此业务：{zh}"
    assert f"--form {where}`" in stop["advice"]
    assert ('"event":"cold"' in Path("passed.jsonl").read_text(encoding="utf-8")) is False
    code, out, _ = said(terminal, *step, *CARD, "--form", form)
    stopped = [line for line in out.splitlines() if "✗" in line]
    assert (code, len(stopped), zh in stopped[0], clause in stopped[0]) == (1, 1, True, True)


@pytest.mark.parametrize("form", ["pos", "pc", "kiosk", "atm"])
def test_every_form_of_both_reads_and_inquires(said, form):
    assert said("social", "read", *CARD, "--form", form)[0] == 0
    assert said("social", "inquire", "SSSEEF06", *CARD, "--form", form)[0] == 0
    assert said("financial", "read", *CARD, "--form", form)[0] == 0


@pytest.mark.parametrize("form", ["pos", "pc"])
def test_a_counter_unblocks_and_updates(said, form):
    assert said("social", "pin", "unblock", *CARD, "--form", form)[0] == 0
    assert said("social", "update", "DF04EF05", "8F=2", *CARD, "--form", form)[0] == 0


def test_a_holder_changes_his_pin_at_a_kiosk(said):
    Path("social.pins").write_text("123456\n654321\n654321\n", encoding="utf-8")
    assert said("social", "pin", "change", *CARD, "--form", "kiosk")[0] == 0


def test_a_terminal_is_a_pc_or_a_pos_where_nothing_is_said(said):
    code, out, _ = said("financial", "withdraw", "100", *CARD)
    assert (code, "POS终端不办取款" in out) == (1, True)
    assert said("social", "pin", "unblock", *CARD)[0] == 0


# --- settings ---------------------------------------------------------------------------------------------------------


def test_settings_and_option_may_not_say_two_forms(said):
    Path("till.toml").write_text('form = "kiosk"\n', encoding="utf-8")
    for how in (("--settings", "till.toml"), ("--terminal-set", "form=kiosk")):
        code, out, err = said("financial", "read", *CARD, *how, "--form", "pos")
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert '--form pos: the settings say form = "kiosk"' in err
        assert said("financial", "read", *CARD, *how, "--form", "kiosk")[0] == 0


@pytest.mark.parametrize(("form", "kind", "meant"), [("pc", "25", "a kiosk"), ("kiosk", "21", "a POS")])
def test_a_type_of_another_form_is_one_line(said, form, kind, meant):
    code, out, err = said("financial", "read", *CARD, "--form", form, "--terminal-set", f"kind={kind}")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"form: {form} does not go with kind {kind}" in err
    assert f"which are of {meant}" in err


@pytest.mark.parametrize(("form", "kind"), [("pos", "31"), ("pc", "32"), ("kiosk", "34"), ("kiosk", "35")])
def test_a_holders_own_device_is_no_terminal_of_these_forms(said, form, kind):
    code, out, err = said("financial", "read", *CARD, "--form", form, "--terminal-set", f"kind={kind}")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"kind: no {form} is of type {kind} (9F35); it is 2" in err


@pytest.mark.parametrize("form", ["kiosk", "atm"])
def test_whoever_runs_an_unattended_terminal_does_so_on_a_command_line(said, form):
    assert said("social", "journal", "--form", form)[0] == 0
    assert said("financial", "journal", "--form", form)[0] == 0
    assert said("full", "bills", "--form", form)[0] == 0


@pytest.mark.parametrize("words", [("--document", "yes"), ("--telephone", "123456")])
@pytest.mark.parametrize(("form", "en"), [("kiosk", "a kiosk"), ("atm", "an ATM")])
def test_nobody_speaks_for_an_attendant_who_is_not_there(said, form, en, words):
    code, out, err = said("financial", "read", *CARD, "--form", form, *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert f"{words[0]} is an attendant's to say, and {en} has none" in err


# --- asked for one by one ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("terminal", "form", "gone"),
    [
        ("social", "atm", ("block", "settle", "load", "update", "journal", "upload")),
        ("financial", "kiosk", ("void", "refund", "withdraw", "sign-on", "settle", "journal")),
        ("full", "kiosk", ("cash", "cancel", "take-back", "bills", "slip", "upload")),
    ],
)
def test_a_menu_has_what_the_form_is_for(terminal, form, gone):
    """And an unattended one signs itself on."""
    cashier = Cashier(terminal, *CARD, "--form", form)
    try:
        if terminal == "social":
            cashier.sees("Enter")
            cashier.types("")
        else:
            cashier.sees("sign-on")  # by itself: nobody is there to do it
        cashier.sees("choose by number")
        menu = cashier.sees("quit")
    finally:
        cashier.close()
    offered = {line.split()[1] for line in menu.splitlines() if len(line.split()) > 2 and line.split()[0].isdecimal()}
    assert {"pull", "read"} <= offered
    assert not offered & set(gone)
