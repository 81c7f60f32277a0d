# ruff: noqa: S603 - the command lines are our own
"""``dualcos host`` as a process: asked over TCP, killed between the books and the answer; orders for cards meanwhile;
its ledger; and the page on it, run as it stands.
"""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from served_on_leash import ENVIRONMENT, ROOT, ServedOnLeash, blocks, shown

from apdu import tlv
from dualcos.cli import main
from dualcos.cli.beijing_time import beijing_now
from dualcos.cli.host_acquirer import HostDay
from dualcos.issuance.acquirer.acquirer_books import AcquirerBooks
from dualcos.issuance.acquirer.acquirer_settings import AcquirerSettings
from dualcos.issuance.bank.authorisation.bank_books import BankBooks
from dualcos.issuance.bank.authorisation.card_orders import CARD_ORDERS
from dualcos.messages.acquirer_messages import NoLineAnswer
from dualcos.messages.authorisation import Business
from dualcos.messages.line_client import TcpLine
from keys.line_cryptography import LineMac
from tests.demonstration_bank import AGREED_MERCHANT, demonstration_issuer
from tests.paying_cards import PayingCard
from tests.stored_secrets import lies_in
from tests.terminal_at_front import MERCHANT, TERMINAL, TerminalAtFront

PAGE = (ROOT / "docs/how-to/run-a-bank-host.md").read_text("utf-8")
CARD, PIN = "dual-2.0-3des", "918273"


@pytest.fixture
def serve(tmp_path) -> Iterator[Any]:
    started: list[ServedOnLeash] = []

    def start(*argv: str) -> ServedOnLeash:
        started.append(ServedOnLeash(tmp_path, "host", "--card", CARD, *argv))
        return started[-1]

    yield start
    for each in started:
        each.killed()


def told(capfd, name: str, *argv: str, code: int = 0) -> dict[str, Any]:
    assert main.run(["host", *argv, "--json"]) == code
    found: dict[str, Any] = json.loads(capfd.readouterr().out)
    Draft202012Validator(json.loads((ROOT / f"docs/json/host-{name}.json").read_text("utf-8"))).validate(found)
    return found


def card_of_today() -> PayingCard:
    """What it pays has the day by which a served host goes."""
    return PayingCard(terminal={0x9A: beijing_now()[2:8]})


def test_killed_between_the_books_and_the_answer_it_gives_the_same_answer(serve, tmp_path, capfd):
    """SIGKILL once the purchase is booked and before a byte of the answer; another process goes on."""
    (tmp_path / "slow.toml").write_text('[[rule]]\nmatch = { message = "purchase" }\ndelay = 600.0\n')
    store = str(tmp_path / "b.db")
    first = serve("--store", "b.db", "--rules", "slow.toml")
    line = TcpLine("127.0.0.1", first.port, 0.3)
    terminal = TerminalAtFront(line, card_of_today())
    terminal.signed_on()
    message = terminal.pays()
    with pytest.raises(NoLineAnswer):
        terminal.ask(message)
    first.line()
    assert "消费 purchase" in first.line()  # told once it is in the books
    first.killed()
    line.close()
    before = told(capfd, "ledger", "ledger", "--store", store)
    assert [(each["standing"], each["code"]) for each in before["messages"]] == [("approved", "00")]
    second = serve("--store", "b.db")
    terminal.line = line = TcpLine("127.0.0.1", second.port, 5)
    answer = terminal.ask(message)
    assert (answer.text(39), answer.text(37)) == ("00", before["messages"][0]["reference"])
    assert terminal.seal_holds
    assert terminal.code(terminal.reverses(message)) == "00"
    line.close()
    assert second.end()[0] == 0
    after = told(capfd, "ledger", "ledger", "--store", store)
    assert (after["sum"], after["acquirer_sum"], after["between"]) == (0, 0, 0)
    assert [each["standing"] for each in after["messages"]] == ["reversed", "approved"]
    assert [each["state"] for each in after["authorisations"]] == ["reversed"]


def test_a_line_for_each_request_orders_meanwhile_and_a_clean_end(serve, tmp_path, capfd):
    running = serve("--store", "b.db", "--rules", "answer-lost", "--terminal", f"{TERMINAL}:{MERCHANT}")
    line = TcpLine("127.0.0.1", running.port, 0.6)
    terminal = TerminalAtFront(line, card_of_today())
    terminal.signed_on()
    track = f"{terminal.card.pan}=30122010000000000"
    lost = terminal.pays("purchase", 10_000, {35: track})
    assert terminal.code(lost) == ""
    assert terminal.code(terminal.reverses(lost)) == "00"
    assert terminal.code(terminal.pays().having({4: None})) == "30"
    assert TerminalAtFront(line, number="00000009").signed_on().text(39) == "97"
    ordered = told(capfd, "card", "card", CARD, "lost", "--store", str(tmp_path / "b.db"))
    assert (ordered["state"], [each["state"] for each in ordered["scripts"]]) == ("oral loss", ["queued"])
    assert terminal.code(terminal.pays("purchase", 10_000, terminal.with_pin(PIN))) == "41"
    line.close()
    code, out, err = running.end(signal.SIGINT)
    lines = out.splitlines()
    wanted = (
        "签到 sign-on → 00 交易成功 approved reference=",
        "purchase pan=629999*********0202 amount=10000 → no answer 无应答 | rule 规则 1: 丢弃 no answer after commit",
        "冲正 reversal pan=629999*********0202 amount=10000 code=98 → 00",
        "! 0200 of 12345678: field 4 is missing",
        "→ 30 报文格式错误",
        "! 0800 of 00000009: the terminal is in no register",
        "→ 97",
        "→ 41 挂失卡，没收 lost card",
        "stopped 已停止",
    )
    assert (code, err, len(lines)) == (0, "", len(wanted))
    for said, part in zip(lines, wanted, strict=True):
        assert part in said
    for secret in (track, track[20:], PIN, terminal.card.pan, lost.raw(52).hex()):
        assert secret not in out.lower()


def test_json_lines_are_as_declared_and_hostile_frames_do_no_harm(serve):
    running = serve(
        *("--json", "--rules", "card-lost", "--mac-kind", "x9.19", "--keys", "tagged"),
        *("--agreed", f"{AGREED_MERCHANT}:10:2", "--card", "bank-value-added"),
    )
    line = TcpLine("127.0.0.1", running.port, 2)
    for hostile in (b"", b"\0" * 11, b"\x60" * 200, bytes(range(256))):
        line.ask(hostile, lambda _: True)
    terminal = TerminalAtFront(line, card_of_today(), merchant=AGREED_MERCHANT, mac=LineMac.X919)
    assert len(terminal.signed_on().raw(62)) == 50
    member = {2: PayingCard("bank-value-added").pan, 63: "01 MB10COUPON 001"}
    assert terminal.ask(terminal.pays("price", 10_000, member)).text(4) == "000000009000"
    assert terminal.code(terminal.pays()) == "41"
    line.close()
    code, out, err = running.end()
    assert code == 0
    assert [each[:2] for each in err.splitlines()] == ["! "] * 4 + ["st"]
    facts = [json.loads(each) for each in (running.first + out).splitlines()]
    valid = Draft202012Validator(json.loads((ROOT / "docs/json/host-serve.json").read_text("utf-8")))
    assert [error.message for each in facts for error in valid.iter_errors(each)] == []
    ready, _, price, purchase = facts
    assert (ready["port"], ready["mac"]) == (running.port, "x9.19")
    assert ready["cards"] == ["629999*********0202", "629999*********9019"]
    assert (price["message"], price["answered"]["amount"]) == ("price", 9_000)
    assert purchase["rule"]["actions"] == ["done first: lost"]
    assert (purchase["code"], purchase["answered"]["chip"], purchase["carried_out"]) == ("41", "91 72", True)
    assert not {"pin_block", "track2", "keys", "mac"} & {*purchase["asked"], *purchase["answered"]}


def test_a_switch_between_acquirer_and_bank_changes_no_answer_and_is_told(serve, tmp_path, capfd):
    running = serve("--switched", "--store", "b.db", "--rules", "card-lost")
    line = TcpLine("127.0.0.1", running.port, 5)
    terminal = TerminalAtFront(line, card_of_today())
    terminal.signed_on()
    assert terminal.code(terminal.pays("balance")) == "00"
    assert terminal.code(terminal.pays("purchase", 10_000)) == "41"
    line.close()
    code, out, err = running.end()
    assert (code, err) == (0, "")
    told_of = [each for each in out.splitlines() if "switch" in each]
    assert told_of == [
        "  转接 switch 0200 余额查询 balance → 0210 00 approved",
        "  转接 switch 0200 消费 purchase → 0210 41 lost card",
    ]
    books = told(capfd, "ledger", "ledger", "--store", str(tmp_path / "b.db"))
    assert (books["sum"], books["acquirer_sum"], books["between"]) == (0, 0, 0)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("serve --card social-2.0", "no card with a bank side; bank-dda has one"),
        ("serve --rules answr-lost", "did you mean answer-lost?"),
        ("serve --opening -1", "--opening -1: fen, from 0 to 999999999999"),
        ("serve --opening 1000000000000", "--opening 1000000000000: fen"),
        ("serve --agreed M:100:1", "--agreed: a merchant's number"),
        ("serve --agreed :1:1", "--agreed"),
        ("serve --agreed M:1:-1", "--agreed"),
        ("serve --terminal 123456789:M", "--terminal: a terminal's number"),
        ("serve --terminal 1:1234567890123456", "--terminal"),
        ("serve --terminal :1", "--terminal"),
        ("serve --terminal 1:", "--terminal"),
        ("serve --cut-over 240000", "--cut-over: a time of day"),
        ("serve --cut-over 2300", "--cut-over: a time of day"),
        ("serve --cut-over-minutes -1", "--cut-over-minutes"),
        ("serve --key-hours 1h", "--key-hours: a whole number"),
        ("serve --store .", "is a folder"),
        ("ledger --store none.db", "host serve --store none.db` makes some"),
        ("ledger --store half.db", "half.db-acquirer: there are no books"),
        ("card bank-dda lots --store half.db", "did you mean lost?"),
        ("card bank-dda --store none.db", "host serve --store none.db` makes some"),
        ("card social-2.0 --store half.db", "no card with a bank side"),
        ("card bank-dda lost --put-data 9F58=05 --store half.db", "one order at a time"),
        ("card bank-dda --put-data 9F58=05 --update-record 4.1=7000 --store half.db", "one order at a time"),
        ("card bank-dda --put-data 9F5805 --store half.db", "as 9F58=05"),
        ("card bank-dda --update-record 31.1=7000 --store half.db", "as 4.1=7000"),
        ("card bank-dda --update-record 4.256=7000 --store half.db", "as 4.1=7000"),
        ("card bank-dda --update-record 0.1=7000 --store half.db", "as 4.1=7000"),
        (f"card bank-dda --put-data 9F58={'00' * 120} --store half.db", "a terminal takes 128"),
        ("card bank-dda --change-pin --pin-file short --store half.db", "4 to 12 digits"),
        ("card bank-dda --change-pin --pin-file 1234 --store half.db", "has no place on a command line"),
        ("card bank-dda --pin-file short --store half.db", "it is for --change-pin"),
        ("behaviours slo", "slow"),
        ("behaviours", ""),
        ("card bank-dda --store half.db", ""),
    ],
)
def test_what_cannot_be_done_at_a_host_is_one_line(words, why, capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    BankBooks("half.db").close()
    (tmp_path / "short").write_text("123\n")
    code = main.run(["host", *words.split()])
    out, err = capfd.readouterr()
    assert (code, bool(out)) == ((2, False) if why else (0, True))
    assert why in err
    assert len(err.splitlines()) == bool(why)


def test_scripts_for_a_cards_data_and_pin_ride_on_answers(tmp_path, capfd):
    """Each waits for the card, and goes out as it was ordered; the PIN is told nowhere."""
    store, pins = tmp_path / "b.db", tmp_path / "pins"
    BankBooks(store).close()
    pins.write_text(f"{PIN}\n")
    orders = {
        "put-data 9F58": (("--put-data", "9f58=05"), "04DA9F58"),
        "update-record 4.1": (("--update-record", "4.1=70089F1401059F230109"), "04DC0124"),
        "change-pin": (("--change-pin", "--pin-file", str(pins)), "84240002"),
    }
    for number, (name, (words, header)) in enumerate(orders.items(), 1):
        found = told(capfd, "card", "card", CARD, *words, "--store", str(store))
        script = found["scripts"][-1]
        assert (found["order"], found["script"]) == (name, f"{number:08X}")
        assert (script["identifier"], script["commands"], script["state"]) == (f"{number:08X}", [header], "queued")
    assert not lies_in(store.read_bytes(), PIN.encode())
    card = PayingCard(CARD)
    issuer = demonstration_issuer([CARD], store)
    one_done = ("03A00000", "03A00010", "03A00010")  # what the card counts behind its last transaction
    requests = [card.asks(Business.PURCHASE, 100, chip=card.chip(100, said)) for said in one_done]
    sent = [tlv.find(issuer.answer(request).chip, 0x72, 0x86) for request in requests]
    issuer.close()
    assert [command and command[:4].hex().upper() for command in sent] == [header for _, header in orders.values()]


def test_books_have_one_host_at_a_time(serve, tmp_path, capfd):
    running = serve("--store", "b.db")
    assert main.run(["host", "serve", "--card", CARD, "--store", str(tmp_path / "b.db")]) == 2
    assert "b.db: another `dualcos host serve` has these books" in capfd.readouterr().err
    told(capfd, "ledger", "ledger", "--store", str(tmp_path / "b.db"))
    assert running.end()[0] == 0
    assert serve("--store", "b.db").end()[0] == 0


def test_the_day_of_a_served_host_is_cut_over_when_it_is_told(serve):
    began = f"{beijing_now()[8:12]}00"
    running = serve("--cut-over", began, "--cut-over-minutes", "9", "--key-hours", "1")
    line = TcpLine("127.0.0.1", running.port, 5)
    terminal = TerminalAtFront(line, card_of_today())
    terminal.signed_on()
    assert terminal.code(terminal.pays()) == "90"
    line.close()


def test_acquirer_and_bank_have_the_business_date_of_the_message():
    """The clock goes on while a message is carried out."""
    times = iter(["20260115225958", "20260115225959", "20260115230000", "20260115230001"])
    day = HostDay(AcquirerSettings(), lambda: next(times))
    assert (day.now(), day.date(), day.date()) == ("20260115225959", "20260115", "20260115")
    assert (day.now(), day.date()) == ("20260115230000", "20260116")


def test_books_that_do_not_agree_are_told(tmp_path, capfd):
    for wrong in ({"account/A1": 5, "acquirer/1": -5}, {}):
        store = tmp_path / f"{len(wrong)}.db"
        with BankBooks(store) as bank, AcquirerBooks(f"{store}-acquirer"), bank.transaction():
            if wrong:
                bank.post("20260115093000", "purchase", "r", wrong)
            else:
                bank._ask("INSERT INTO entry VALUES (1, '', '', '')")
                bank._ask("INSERT INTO posting VALUES (1, 'account/A1', 7)")
        found = told(capfd, "ledger", "ledger", "--store", str(store), code=1)
        assert (found["sum"], found["between"]) == ((0, -5) if wrong else (7, 0))
        assert main.run(["host", "ledger", "--store", str(store)]) == 1
        said = capfd.readouterr().out
        assert ("differ by -5 fen" if wrong else "not whole 账不平") in said


# --- the page --------------------------------------------------------------------------------------------------------


def without_chance(lines: list[str]) -> list[str]:
    """Lines without the day in reference numbers, approval codes and the time of day."""
    said = [re.sub(r"\b\d{4}(\d{8})\b", r"\1", re.sub(r"approval=\d{6}", "approval=", line)) for line in lines]
    return [re.sub(r"^\d\d:\d\d:\d\d ", "", line) for line in said]


def test_the_page_on_the_host_is_run_as_it_stands(serve, tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    parts = blocks(PAGE)
    (tmp_path / "pay.py").write_text(next(text for kind, text in parts if kind == "python"))
    (tmp_path / "my.toml").write_text(next(text for kind, text in parts if kind == "toml"))
    running: dict[str, ServedOnLeash] = {}
    for words, lines in (each for kind, text in parts if not kind for each in shown(text)):
        if words[:3] == ["dualcos", "host", "serve"]:
            port = words[words.index("--port") + 1]
            running[port] = serve(*["0" if word == port else word for word in words[3:]])
            said = running[port].first.replace(str(running[port].port), port).splitlines()
            assert said == lines or not lines
        elif words[0] == "python":
            command = [sys.executable, words[1], str(running[words[2]].port), *words[3:]]
            done = subprocess.run(
                command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", env=ENVIRONMENT, check=True
            )
            assert without_chance(done.stdout.splitlines()) == without_chance(lines)
        else:
            assert main.run(words[1:]) == 0
            assert without_chance(capfd.readouterr().out.splitlines()) == without_chance(lines)
    assert list(running) == ["7002", "7003"]
    _, out, _ = running["7002"].end()
    (log,) = [text for kind, text in parts if not kind and not shown(text)]
    assert without_chance(out.splitlines())[:2] == without_chance(log.splitlines())


def test_the_page_names_every_order():
    assert [name for name in CARD_ORDERS if f"`{name}`" not in PAGE] == []
