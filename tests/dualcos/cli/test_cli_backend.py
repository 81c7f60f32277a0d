# ruff: noqa: S603 - the command lines are our own
"""``dualcos backend`` as a process: asked over TCP, killed between the books and the answer, ended by signals; and the
page on it, run as it stands.
"""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from msgspec import structs
from served_on_leash import ENVIRONMENT, ROOT, ServedOnLeash, blocks, shown

from dualcos.cli import main
from dualcos.cli.beijing_time import beijing_now
from dualcos.issuance.bureau.blacklist_publisher import BlacklistPublisher, PublisherFile
from dualcos.issuance.bureau.terminal_services.desk_books import DeskBooks
from dualcos.leash.leash_rules import ACTIONS
from dualcos.messages.length_frames import framed
from dualcos.messages.social_client import TcpBackEnd
from dualcos.messages.social_services import (
    CardCheckAsked,
    CommandAsked,
    LoadGranted,
    NoAnswer,
    PremiumAsked,
    PremiumCancelled,
    PremiumDue,
    PremiumPaid,
    PreSettled,
    ServiceDone,
    ServiceRefused,
    SettlementCancelled,
    SettlementTaken,
    SettlementTakenBack,
)
from dualcos.terminal.social.blacklist_held import BlacklistSettings, HeldBlacklist
from tests.blacklist_lists import CODES, KEY, NOW, NUMBERS, PUBLISHER, named
from tests.blacklist_lists import card as listed
from tests.demonstration_desk import demonstration_desk
from tests.desk_cards import DeskCard, desk_card

PAGE = (ROOT / "docs/how-to/run-a-back-end.md").read_text("utf-8")
PIN = "918273"
SLOW_AFTER_COMMIT = "[[rule]]\ndelay = 600.0\n"
SLOW_TO_ANSWER = f"{SLOW_AFTER_COMMIT}match = {{ service = ['premium-paid', 'settlement-cancelled'] }}\n"


class Served(ServedOnLeash):
    """A running ``dualcos backend serve``."""

    def client(self, patience: float = 5) -> TcpBackEnd:
        return TcpBackEnd("127.0.0.1", self.port, patience)


@pytest.fixture
def serve(tmp_path) -> Iterator[Any]:
    started: list[Served] = []

    def start(*argv: str) -> Served:
        started.append(Served(tmp_path, "backend", "--card", "social-2.0", *argv))
        return started[-1]

    yield start
    for each in started:
        each.killed()


@pytest.fixture
def card() -> DeskCard:
    return desk_card("social-2.0")


def ledger(books: Path, capfd) -> dict[str, Any]:
    assert main.run(["backend", "ledger", "--store", str(books), "--json"]) == 0
    told: dict[str, Any] = json.loads(capfd.readouterr().out)
    schema = json.loads((ROOT / "docs/json/backend-ledger.json").read_text("utf-8"))
    Draft202012Validator(schema).validate(told)
    return told


def test_killed_between_the_books_and_the_answer_it_gives_the_same_answer(serve, card, tmp_path, capfd):
    """SIGKILL once the request is carried out and before a byte of the answer; another process goes on."""
    (tmp_path / "slow.toml").write_text(SLOW_AFTER_COMMIT)
    asked = card.load(700)
    first = serve("--store", "b.db", "--rules", "slow.toml")
    waiting = first.client(0.1)
    with pytest.raises(NoAnswer):
        waiting.ask(asked)
    assert "load" in first.line()  # told once it is in the books
    first.process.kill()
    first.process.communicate(timeout=20)
    waiting.close()
    before = ledger(tmp_path / "b.db", capfd)
    assert [load["state"] for load in before["loads"]] == ["in transit"]
    second = serve("--store", "b.db")
    client = second.client()
    granted = client.ask(asked)
    assert isinstance(granted, LoadGranted)
    assert granted.voucher == before["loads"][0]["voucher"]
    assert granted.time == before["loads"][0]["time"]
    assert ledger(tmp_path / "b.db", capfd) == before
    client.ask(card.credit(asked, granted))
    client.close()
    assert second.end()[0] == 0
    after = ledger(tmp_path / "b.db", capfd)
    assert (after["sum"], [load["state"] for load in after["loads"]]) == (0, ["credited"])


def test_killed_once_a_premium_is_paid_and_a_settlement_taken_back_it_does_neither_again(serve, card, tmp_path, capfd):
    (tmp_path / "slow.toml").write_text(SLOW_TO_ANSWER)
    first = serve("--store", "b.db", "--rules", "slow.toml")
    client = first.client()
    settled = client.ask(card.pre_settlement(5000))
    assert isinstance(client.ask(card.settlement(settled)), SettlementTaken)
    due = client.ask(PremiumAsked(**card.about()))
    assert isinstance(due, PremiumDue)
    client.close()
    [first.line() for _ in range(3)]
    cancelled = SettlementCancelled(**card.about(voucher=settled.voucher))
    paid = PremiumPaid(**card.about(voucher=due.voucher, amount=due.amount, time=due.period + "0115093000"))
    for request in (cancelled, paid):
        waiting = first.client(0.1)
        with pytest.raises(NoAnswer):
            waiting.ask(request)
        first.line()  # told once it is in the books
        waiting.close()
    first.process.kill()
    first.process.communicate(timeout=20)
    before = ledger(tmp_path / "b.db", capfd)
    assert [each["state"] for each in (*before["settlements"], *before["premiums"])] == ["cancelled", "paid"]
    second = serve("--store", "b.db")
    client = second.client()
    taken_back = client.ask(cancelled)
    assert isinstance(taken_back, SettlementTakenBack)
    assert taken_back.cancellation == before["settlements"][0]["cancellation"]
    assert client.ask(paid) == ServiceDone(running=paid.running)
    client.close()
    assert second.end()[0] == 0
    assert ledger(tmp_path / "b.db", capfd) == before


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_line_for_each_request_and_a_clean_end(serve, card, number):
    running = serve("--rules", "settlement-answer-lost")
    assert running.first.startswith("listening 已就绪")
    client = running.client(1)
    granted = client.ask(card.pre_settlement(5000))
    assert isinstance(granted, PreSettled)
    report = card.settlement(granted)
    with pytest.raises(NoAnswer):
        client.ask(report)
    assert isinstance(client.ask(report), SettlementTaken)
    assert isinstance(client.ask(CardCheckAsked(**card.about() | {"running": 1})), ServiceRefused)
    client.ask(CommandAsked(**card.about(key="0173", factor="11" * 8, header="842400010C", pin=PIN)))
    client.close()
    code, out, err = running.end(number)
    lines = out.splitlines()
    assert (code, err, lines[-1]) == (0, "", "stopped 已停止")
    wanted = (
        "预结算 pre-settlement total=5000",
        "no answer 无应答 | rule 规则 1: 丢弃 no answer after commit",
        "→ settled voucher=S0000000001-",
        "refused code=running-number-used 流水号已用于另一请求 this running number was another request's",
        "安全报文 secured command",
    )
    assert len(lines) == 6
    for line, part in zip(lines, wanted, strict=False):
        assert part in line
    assert PIN not in out
    assert report.tac not in out


def test_json_lines_are_as_declared_and_have_no_secret(serve, card, tmp_path):
    (tmp_path / "my.toml").write_text('[[rule]]\nnote = "n"\nmatch = { service = "command" }\nrefuse = "no"\n')
    running = serve("--json", "--rules", "my.toml", "--store", "b.db")
    client = running.client()
    client.ask(CommandAsked(**card.about(key="0173", factor="11" * 8, header="842400010C", pin=PIN)))
    client.ask(card.load(700))
    client.close()
    (tmp_path / "my.toml").write_text("[[rule]]\nno = 1\n")
    client.ask(CardCheckAsked(**card.about()))
    client.close()
    code, out, err = running.end()
    assert code == 0
    assert err.splitlines()[0].startswith("! my.toml: $.rule[0] has no field no; the rules before go on")
    told = [json.loads(line) for line in (running.first + out).splitlines()]
    valid = Draft202012Validator(json.loads((ROOT / "docs/json/backend-serve.json").read_text("utf-8")))
    assert [error.message for each in told for error in valid.iter_errors(each)] == []
    ready, command, load, _ = told
    assert (ready["port"], ready["store"], ready["rules"], ready["cards"]) == (
        running.port, "b.db", "my.toml", ["T0000001X"],
    )  # fmt: skip
    assert command["rule"] == {"number": 1, "note": "n", "actions": ["refused: no"]}
    assert (command["carried_out"], command["answered"]) == (False, {"code": "no"})
    assert load["asked"] == {"amount": 700, "balance": 0, "sequence": "0001", "number": "T0000001X"}
    assert PIN not in out
    assert PIN.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("b.db*"))


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("serve --card bank-dda", "no card with a social side; social-2.0 has one"),
        ("serve --card nope", "nope"),
        ("serve --rules nope", "nope: No such file"),
        ("serve --opening -1", "--opening -1: fen"),
        ("serve --port 70000", "ports are from 0 to 65535"),
        ("serve --store .", "is a folder"),
        ("ledger --store none.db", "backend serve --store none.db` makes some"),
        ("behaviours slo", "slow"),
        ("behaviours", ""),
    ],
)
def test_what_cannot_be_done_is_one_line(words, why, capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = main.run(["backend", *words.split()])
    out, err = capfd.readouterr()
    assert (code, bool(out)) == ((2, False) if why else (0, True))
    assert why in err
    assert len(err.splitlines()) == bool(why)


def test_what_a_bureau_publishes_a_terminal_pulls(serve, tmp_path):
    """From the publisher's file over TCP to the list that a terminal holds; the file is looked at at each request."""
    path = tmp_path / "city.list"
    file = PublisherFile(publisher=PUBLISHER, regions=("990000",), public_key=KEY.public.hex().upper())
    bureau = BlacklistPublisher.begin(path, file)
    running = serve("--blacklist", "city.list")
    (tmp_path / "held").mkdir()
    held = HeldBlacklist(tmp_path / "held", BlacklistSettings(PUBLISHER, KEY.public))
    client = running.client()
    asked = count(1).__next__

    def pulled() -> tuple[int, str, str]:
        taken = held.pull(client, "990000000001", asked, NOW)
        return taken.taken, "".join(taken.faults), held.verdict(CODES[0], NUMBERS[0], NOW).kind.value

    assert pulled() == (0, "", "too old")
    bureau.add([listed(0)], NOW)
    bureau.publish(KEY, NOW)
    assert pulled() == (1, "", "listed")
    whole = path.read_bytes()
    for spoilt in (whole[:-9], None):
        path.write_bytes(spoilt) if spoilt is not None else path.unlink()
        taken, fault, verdict = pulled()
        assert (taken, verdict) == (0, "listed")
        assert fault == "no list from the back end, lists-unreadable: the publisher's blacklist cannot be read"
    path.write_bytes(whole)
    bureau.remove([named(0)])
    bureau.publish(KEY, NOW)
    assert pulled() == (1, "", "clear")
    client.close()
    code, out, err = running.end()
    assert (code, err) == (0, "")
    said = [line for line in out.splitlines() if line.startswith("! ")]
    assert [line.partition("city.list: ")[0] for line in said] == ["! ", "! "]
    assert said[1] == "! city.list: No such file or directory"
    assert sum("lists-unreadable 黑名单文件无法读取" in line for line in out.splitlines()) == 2


def test_what_is_held_overdrawn_and_found_is_shown(tmp_path, card, capfd):
    desk = demonstration_desk(["social-2.0"], opening=10_000, path=tmp_path / "b.db", now=beijing_now)
    held = desk.ask(card.pre_settlement(900_000))
    elsewhere = demonstration_desk(["social-2.0"])
    asked = card.load(5)
    granted = elsewhere.ask(asked)
    report = structs.replace(card.credit(asked, granted), amount=5, balance=0, sequence="0001", time=granted.time)
    elsewhere.close()
    desk.ask(report)
    desk.ask(card.debited(0, 300, 300, voucher="S9"))
    told = ledger(tmp_path / "b.db", capfd)
    accounts = {each["account"].partition("/")[0]: each for each in told["accounts"]}
    assert (accounts["holder"]["held"], accounts["holder"]["overdrawn"]) == (held.account, False)
    assert [(each["held"], each["claimed"]) for each in told["settlements"]] == [(held.account, ""), (0, "S9")]
    assert [each["found"] for each in told["loads"]] == [True]
    desk.ask(card.debited(0, 10_001, 10_001))
    desk.close()
    assert main.run(["backend", "ledger", "--store", str(tmp_path / "b.db")]) == 0
    out = capfd.readouterr().out
    for part in (f"held 占用 {held.account}, overdrawn 透支", "found 补登", "待分担"):
        assert part in out
    assert out.count("overdrawn") == 1  # not of those that are always negative


def test_premiums_and_settlements_taken_back_are_shown(tmp_path, card, capfd):
    desk = demonstration_desk(["social-2.0"], path=tmp_path / "b.db", now=beijing_now)
    settled = desk.ask(card.pre_settlement(5000))
    desk.ask(card.settlement(settled))
    taken_back = desk.ask(SettlementCancelled(**card.about(voucher=settled.voucher)))
    resident, payment = desk.ask(PremiumAsked(**card.about(scheme="390"))), {"time": "20260115093000"}
    for each in (resident, desk.ask(PremiumAsked(**card.about(scheme="110")))):
        desk.ask(PremiumPaid(**card.about(voucher=each.voucher, amount=each.amount, **payment)))
    desk.ask(PremiumCancelled(**card.about(voucher=resident.voucher, **payment)))
    desk.close()
    told = ledger(tmp_path / "b.db", capfd)
    assert [each["cancellation"] for each in told["settlements"]] == [taken_back.cancellation]
    assert [(each["scheme"], each["period"], each["amount"], each["state"]) for each in told["premiums"]] == [
        ("390", "2026", 40_000, "due"),
        ("110", "202601", 96_320, "paid"),
    ]
    paid = told["premiums"][1]
    assert paid["payment"] == f"cash/{card.terminal}/20260115093000/{paid['voucher']}"
    assert main.run(["backend", "ledger", "--store", str(tmp_path / "b.db")]) == 0
    out = capfd.readouterr().out
    for part in (
        "premiums/110",
        "保费收入",
        "cancelled",
        "110 城镇企业职工基本养老保险 202601",
        f"paid {paid['payment']}",
    ):
        assert part in out


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE posting SET account = 'nobody/1' WHERE account = 'transit'",
        "UPDATE posting SET fen = 'many'",
        "UPDATE posting SET fen = 1.5",
        "UPDATE paper SET body = 7",
        "UPDATE paper SET body = x'FF'",
        "UPDATE paper SET body = '{}'",
        "DROP TABLE paper",
    ],
)
def test_damaged_books_are_one_line(tmp_path, card, capfd, damage):
    desk = demonstration_desk(["social-2.0"], path=tmp_path / "b.db")
    desk.ask(card.load(700))
    desk.books._ask(damage)
    desk.close()
    assert main.run(["backend", "ledger", "--store", str(tmp_path / "b.db")]) == 2
    out, err = capfd.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)


def test_books_that_are_not_whole_are_seen(tmp_path, capfd):
    books = DeskBooks(tmp_path / "b.db")
    books.post("20260115093000", "load", "L1", {"transit": 5, "opening": -5})
    books._ask("UPDATE posting SET fen = 6 WHERE account = 'transit'")
    books.close()
    assert main.run(["backend", "ledger", "--store", str(tmp_path / "b.db")]) == 1
    assert "these books are not whole 账不平" in capfd.readouterr().out


# --- the page --------------------------------------------------------------------------------------------------------

BLOCKS = blocks(PAGE)


def without_series(lines: list[str]) -> list[str]:
    """Vouchers without what each opening of the books draws."""
    return [re.sub(r"(\d{10})-[0-9A-F]{8}\b", r"\1", line) for line in lines]


def test_the_page_is_run_as_it_stands(serve, tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    program = next(text for kind, text in BLOCKS if kind == "python")
    (tmp_path / "my.toml").write_text(next(text for kind, text in BLOCKS if kind == "toml"))
    running: Served | None = None
    played = []
    for words, lines in (each for kind, text in BLOCKS if not kind for each in shown(text)):
        played.append(words[:3])
        if words[:3] == ["dualcos", "backend", "serve"]:
            running = serve(*["0" if word == "7001" else word for word in words[3:]])
            said = running.first.replace(str(running.port), "7001").splitlines()
            assert said == lines or not lines
        elif words[0] == "python":
            assert running is not None
            (tmp_path / words[1]).write_text(program.replace("7001", str(running.port)))
            done = subprocess.run(
                [sys.executable, words[1]], cwd=tmp_path, capture_output=True, text=True, encoding="utf-8",
                env=ENVIRONMENT, check=True,
            )  # fmt: skip
            assert without_series(done.stdout.splitlines()) == without_series(lines)
            assert running.end()[0] == 0
        else:
            assert words[0] == "dualcos"
            assert main.run(words[1:]) == 0
            assert without_series(capfd.readouterr().out.splitlines()) == without_series(lines)
    assert len(played) == 5


def test_the_page_names_every_action():
    assert [name for name in ACTIONS if f"`{name} = " not in PAGE] == []


@pytest.mark.parametrize("more", [(), ("--json",)])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_it_does_not_serve_where_nobody_learns_at_what_port(tmp_path, more):
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-m", "dualcos", "backend", "serve", "--card", "social-2.0", *more],
            cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, encoding="utf-8", timeout=60, check=False,
            env=ENVIRONMENT,
        )  # fmt: skip
    assert ended.returncode == 74
    assert "dualcos: the output could not be written: No space left on device" in ended.stderr


def test_a_behaviour_that_is_mistyped_is_asked_about(capfd):
    assert main.run(["backend", "serve", "--rules", "answr-lost"]) == 2
    said = capfd.readouterr().err
    assert said == "dualcos: --rules answr-lost: no such file and no such behaviour; did you mean answer-lost?\n"


def test_rules_with_a_name_that_no_message_has_and_frames_that_are_none_are_told(serve, tmp_path):
    (tmp_path / "my.toml").write_text('[[rule]]\nmatch = { servce = "load" }\n')
    running = serve("--rules", "my.toml", "--json")
    with socket.create_connection(("127.0.0.1", running.port), 5) as stranger:
        stranger.sendall(framed(b'{"service":"\\u001b[31m"}'))
        assert stranger.recv(1 << 16)
    code, out, err = running.end()
    assert (code, out) == (0, "")
    warned, unreadable, stopped = err.splitlines()
    assert warned == "! my.toml: rule 1: no request has 'servce' (did you mean service?); this does nothing 不起作用"
    assert unreadable.startswith("! unreadable 报文无法识别, 24 bytes: ")
    assert "\x1b" not in err
    assert stopped.startswith("stopped")
