"""``dualcos terminal full`` between a back end, an acquirer and an issuer, all in this process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from dualcos.cli.counter import terminal_on_desk
from dualcos.cli.main import run
from dualcos.cli.till import till_on_desk
from dualcos.leash.ready_behaviours import BANK, ready_behaviours
from dualcos.messages.acquirer_messages import Answering, NoLineAnswer
from dualcos.messages.social_services import Answer, NoAnswer, Request
from tests.demonstration_acquirer import demonstration_line
from tests.demonstration_bank import taken_from_first
from tests.demonstration_desk import demonstration_desk

CARD = "dual-2.0-3des"
SOCIAL_PIN, BANK_PIN = "123456", "1234"
"""Both of the card: its bank side compares its own, too."""
NOW = "20261129120000"


class BothLines:
    """``social_down``, ``bank_down``: nobody answers there. ``refusing``: the back end's answer to a request of that
    type, in place of its own. ``killed_at_bank``: the program is killed when so many requests have been carried out.
    """

    def __init__(self) -> None:
        self.desk = demonstration_desk([CARD, "social-2.0"], now=lambda: NOW)
        self.host = demonstration_line([CARD], now=lambda: NOW)
        self.social_down = self.bank_down = False
        self.refusing: dict[type, Callable[[int], Answer]] = {}
        self.killed_at_bank: int | None = None

    def bank_is(self, behaviour: str) -> None:
        """By that rule from now on; empty for none."""
        self.host.leash.exchange(ready_behaviours(BANK)[behaviour].rule if behaviour else ())

    @property
    def gone(self) -> int:
        """Fen that the bank has taken from the card's account, and not given back."""
        return taken_from_first(self.host.issuer)

    def close(self) -> None:
        """Both ends."""
        self.desk.books.close()
        self.host.close()


class _BackEnd:
    def __init__(self, lines: BothLines) -> None:
        self._lines = lines

    def ask(self, request: Request) -> Answer:
        if self._lines.social_down:
            raise NoAnswer("the line is down", sent=False)
        if type(request) in self._lines.refusing:
            return self._lines.refusing[type(request)](request.running)
        return self._lines.desk.ask(request)

    def close(self) -> None:
        """Hang up."""


class _Acquirer:
    def __init__(self, lines: BothLines) -> None:
        self._lines = lines

    def ask(self, payload: bytes, belongs: Answering) -> bytes:
        if self._lines.bank_down:
            raise NoLineAnswer("the line is down", sent=False)
        answer = self._lines.host.line.ask(payload, belongs)
        if self._lines.killed_at_bank is not None:
            self._lines.killed_at_bank -= 1
            if self._lines.killed_at_bank < 0:
                self._lines.killed_at_bank = None
                raise KeyboardInterrupt
        return answer

    def close(self) -> None:
        """Hang up."""


@pytest.fixture
def lines(tmp_path, monkeypatch) -> Iterator[BothLines]:
    """The working directory is a new one, with PINs for both pads."""
    monkeypatch.chdir(tmp_path)
    there = BothLines()
    monkeypatch.setattr(terminal_on_desk, "TcpBackEnd", lambda host, port: _BackEnd(there))  # noqa: ARG005 - as called
    monkeypatch.setattr(till_on_desk, "TcpLine", lambda host, port, patience: _Acquirer(there))  # noqa: ARG005 - same
    Path("social.pins").write_text(f"{SOCIAL_PIN}\n" * 9, encoding="utf-8")
    Path("bank.pins").write_text(f"{BANK_PIN}\n" * 9, encoding="utf-8")
    yield there
    there.close()


Said = Callable[..., tuple[int, str, str]]
Told = Callable[..., tuple[int, list[dict[str, Any]]]]


@pytest.fixture
def said(lines, capfd) -> Said:  # noqa: ARG001 - which have to be there
    """Steps, in one insertion; code, stdout, stderr."""

    def call(*steps: str, more: str = "", card: str = CARD) -> tuple[int, str, str]:
        Path("steps").write_text("\n".join(steps), encoding="utf-8")
        ways = f"--script steps --card {card} --clock {NOW} --host 127.0.0.1:9 --backend 127.0.0.1:9"
        pins = "--pin-file social.pins" * ("--pin-file" not in more.split())
        pins += " --bank-pin-file bank.pins" * ("--bank-pin-file" not in more)
        return (run(("terminal", "full", *f"{ways} {pins} {more}".split())), *capfd.readouterr())

    return call


@pytest.fixture
def told(said) -> Told:
    """The same as facts, a line a step, then the end."""

    def call(*steps: str, more: str = "", card: str = CARD) -> tuple[int, list[dict[str, Any]]]:
        code, out, _ = said(*steps, more=f"{more} --json", card=card)
        return code, [json.loads(line) for line in out.splitlines()]

    return call


def states(step: dict[str, Any]) -> list[str]:
    """Of the bills that a step is about."""
    return [each["state"] for each in step["bills"]]


def stops(sheets: list[dict[str, Any]]) -> list[str | None]:
    """Why each step went no further."""
    return [each["stop"]["cause"] if each["stop"] else None for each in sheets[:-1]]
