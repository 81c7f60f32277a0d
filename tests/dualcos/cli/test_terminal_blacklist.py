"""The blacklist at ``dualcos terminal social``: pulled from a back end, gone by, too old."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from dualcos.cli.counter import terminal_on_desk
from dualcos.cli.main import run
from dualcos.issuance.bureau.blacklist_publisher import BlacklistPublisher, PublisherFile
from dualcos.messages.blacklist import ListedRange
from dualcos.messages.social_services import Answer, Request
from tests.blacklist_lists import KEY, NOW, OTHER_KEY, PUBLISHER
from tests.demonstration_desk import demonstration_desk

NEXT_WEEK = "20261206120000"
WHOSE = ("--blacklist", "held", "--publisher", PUBLISHER, "--public-key", KEY.public.hex())


class PublishingDesk:
    """A back end with a publisher, over no wire."""

    def __init__(self, publisher: BlacklistPublisher) -> None:
        self._desk = demonstration_desk(["social-2.0"], lists=publisher)

    def ask(self, request: Request) -> Answer:
        return self._desk.ask(request)

    def close(self) -> None:
        """Its books are in memory, and kept for the next call."""


@pytest.fixture
def bureau(monkeypatch, tmp_path) -> BlacklistPublisher:
    monkeypatch.chdir(tmp_path)
    file = PublisherFile(publisher=PUBLISHER, regions=("990000",), public_key=KEY.public.hex().upper())
    publisher = BlacklistPublisher.begin("bureau.list", file)
    publisher.publish(KEY, NOW)
    monkeypatch.setattr(terminal_on_desk, "TcpBackEnd", lambda host, port: PublishingDesk(publisher))  # noqa: ARG005
    return publisher


@pytest.fixture
def facts(capfd):
    def call(*words: str, clock: str = NOW, whose: tuple[str, ...] = WHOSE) -> tuple[int, dict[str, Any]]:
        code = run(("terminal", "social", *words, *whose, "--card", "social-2.0", "--clock", clock, "--json",
                    "--backend", "127.0.0.1:1"))  # fmt: skip
        return code, json.loads(capfd.readouterr().out.splitlines()[0])

    return call


def test_a_card_passes_until_the_list_has_it_and_the_list_is_fresh(bureau, facts):
    code, told = facts("read")
    assert (code, told["stop"]["cause"]) == (1, "list-too-old")
    assert "blacklist pull" in told["stop"]["advice"]
    code, told = facts("blacklist", "pull")
    assert (code, told["en"]) == (0, "0 entries held")
    assert facts("read")[0] == 0
    bureau.add([ListedRange(first="T00000000", last="T99999999", reason="02", since="20260101", until="20361231")], NOW)
    bureau.publish(KEY, NOW)
    assert facts("read")[0] == 0, "it has not heard of it yet"
    assert facts("blacklist", "pull")[1]["en"] == "1 entry held"
    code, told = facts("read")
    assert (code, told["stop"]["cause"]) == (1, "blacklisted")
    assert facts("read", clock=NEXT_WEEK)[1]["stop"]["cause"] == "list-too-old"
    assert {each["name"]: each["text"] for each in facts("blacklist")[1]["details"]} == {"list": "2", "issued": NOW}


def test_what_a_bureau_signs_now_a_terminal_takes_now(tmp_path, monkeypatch, capfd):
    """From the command that signs over the one that answers to the one that pulls: all three have one clock."""
    monkeypatch.chdir(tmp_path)
    lock = ("--lock", "file:me.txt")
    for words in (
        ("keys", "key-file", "me.txt"),
        ("blacklist", "key", "new", "b.key", *lock),
        ("blacklist", "key", "show", "b.key", *lock, "-o", "b.pub"),
        ("blacklist", "new", "city.list", "--publisher", PUBLISHER, "--region", "990000", "--public-key", "b.pub"),
        ("blacklist", "publish", "city.list", "--key", "b.key", *lock),
    ):
        assert run(words) == 0
    capfd.readouterr()
    serve = ("backend", "serve", "--port", "0", "--card", "social-2.0", "--blacklist", "city.list", "--json")
    with subprocess.Popen(  # noqa: S603 - our own command line
        [sys.executable, "-m", "dualcos", *serve], stdout=subprocess.PIPE, text=True, encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}, stderr=subprocess.DEVNULL,
    ) as server:  # fmt: skip
        assert server.stdout is not None
        port = json.loads(server.stdout.readline())["port"]
        words = ("--card", "social-2.0", "--backend", f"127.0.0.1:{port}", *WHOSE[:-1], "b.pub", "--json")
        assert run(("terminal", "social", "blacklist", "pull", *words)) == 0
        taken = json.loads(capfd.readouterr().out.splitlines()[0])
        assert run(("terminal", "social", "read", *words)) == 0
        server.terminate()
    assert {each["name"]: each["text"] for each in taken["details"]}["lists taken"] == "1"


@pytest.mark.usefixtures("bureau")
def test_a_list_of_another_key_is_not_taken(facts):
    code, told = facts("blacklist", "pull", whose=(*WHOSE[:-1], OTHER_KEY.public.hex()))
    details = {each["name"]: each["text"] for each in told["details"]}
    assert (code, details["lists taken"], details["list"]) == (1, "0", "0")
    assert (told["done"], told["stop"]["cause"]) == (False, "list-untrusted")
    assert details["not taken"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("blacklist",), "this terminal has no blacklist"),
        (("blacklist", "nope", *WHOSE), "blacklist takes pull"),
        (("read", *WHOSE[:2]), "go together"),
        (("read", *WHOSE[2:]), "go together"),
        (("read", *WHOSE[:-1], "00"), "--public-key takes 64 hex digits"),
    ],
)
def test_wrong_input(words, line, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert run(("terminal", "social", *words)) == 2
    assert line in capfd.readouterr().err
    assert not Path("held").exists() or words[1] == "nope"
