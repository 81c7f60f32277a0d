"""A bug's line names its file by path, wherever the bug is, and nothing of what the exception says."""

import pytest

from cos.card import Card
from dualcos import card as made
from dualcos.cli.main import run
from dualcos.reader.bug_place import place_of
from dualcos.reader.supervised_card import Supervised
from firewall.dispatcher import Dispatcher
from firewall.hardware.chip import Chip


class PinInTheText(Exception):
    pass


def spoilt(*_given, **_more):
    raise PinInTheText("123456")


def test_a_bug_in_the_card_is_told_by_path(monkeypatch):
    card = made("social-2.0")
    card.power_on()
    monkeypatch.setattr(Dispatcher, "exchange", lambda *_: Chip.region(None, "x", 1))
    told = []
    supervised = Supervised(card, told.append)
    supervised.exchange(bytes(5))
    (line,) = told
    assert " at firewall/hardware/chip.py:" in line
    assert "123456" not in line


def test_a_bug_of_the_command_is_told_by_path(monkeypatch, capsys):
    monkeypatch.delenv("DUALCOS_DEBUG", raising=False)
    monkeypatch.setattr(Card, "power_on", spoilt)
    assert run(["send", "social-2.0", "00A40000"]) not in (0, 1, 2)
    (line,) = capsys.readouterr().err.splitlines()
    assert "at tests/dualcos/reader/test_bug_place.py:" in line
    assert "123456" not in line


def test_a_bug_elsewhere_has_its_whole_path():
    with pytest.raises(ZeroDivisionError) as raised:
        exec(compile("\n1 / 0", "/elsewhere/bug.py", "exec"))  # noqa: S102 - a file outside the repository
    assert place_of(raised.value) == "/elsewhere/bug.py:2"
    assert place_of(ValueError()) == "?"
