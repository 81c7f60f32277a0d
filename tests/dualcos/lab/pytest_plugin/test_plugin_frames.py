"""Whatever error comes out of dualcos, pytest shows the frames of whoever tests, and none of ours: those hold PINs."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from dualcos.lab.pytest_plugin import own_frames

PIN = "314159"
COMMAND = '"0020000003" + "3141" + "59"'
"""In two pieces, so that where all of it is shown it was shown of a frame of dualcos."""
CONFTEST = f"""
import pytest

@pytest.fixture
def give(): return lambda take: take(bytes.fromhex({COMMAND}))
"""
OF_THE_CARD = """
def test_off(card, give):
    MINE = 1
    give(card.exchange)

def test_sent(card, give):
    give(card.send)

def test_of_the_psam(psam, give):
    give(psam.send)

def test_a_dialogue(card):
    session = card.social_session()
    card.perform(session.verify())

def test_amid_another(card, give):
    try:
        give(card.exchange)
    except Exception:
        raise KeyError("mine")

def test_told_by_pytest(card, give):
    try:
        give(card.exchange)
    except Exception:
        pytest.fail("mine")

def test_caused_by_it(card, give):
    try:
        give(card.exchange)
    except Exception as error:
        raise KeyError("mine") from error

def test_in_a_group(card, give):
    try:
        give(card.exchange)
    except Exception as error:
        raise ExceptionGroup("mine", [error])

def test_a_state_that_cannot_come_back(card, saved_state, give, monkeypatch):
    card.power_on()
    state = saved_state()
    give(card.exchange)
    monkeypatch.setattr(type(card), "_traced", None)
    state.restore()

@pytest.mark.dualcos(faults="lost-answers")
def test_by_a_script(card, give):
    give(card.send)

def test_of_no_fixture(give):
    give(dualcos.card("social-1.0", seed=1).exchange)

class TestOfUnittest(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def held(self, card, give): self.card, self.give = card, give

    def test_off(self):
        self.give(self.card.exchange)
"""
HEAD = "import dualcos, pytest, unittest\n"
AS_BYTES = "1AY"
"""The PIN's bytes as Python prints them."""
OUR_PLACES = ("def exchange(", "return self.card.exchange", "dispatcher = self._dispatcher", "def perform(")


@pytest.mark.parametrize(
    ("form", "chosen", "failed"),
    [
        ("--tb=long", "test", 12),
        ("--tb=auto", "test_off or another or group", 4),
        ("--tb=short", "test_off or another or group", 4),
        ("--tb=native", "test_off or another or group", 4),
        ("--full-trace", "test_off and not Unittest", 1),
    ],
)
def test_no_form_shows_our_frames(inner, pytester, form, chosen, failed):
    source, more = HEAD + OF_THE_CARD, ("--showlocals", "--junitxml=report.xml", "-k", chosen)
    ran = inner(source, form, *more, conftest_dot_py=CONFTEST)
    assert ran.outcomes["failed"] == failed
    for shown in (ran.out, (pytester.path / "report.xml").read_text("utf-8")):
        assert "CardOff: the card has no power" in shown
        assert "in dualcos: cos/card.py:" in shown
        assert [place for place in (*OUR_PLACES, PIN, AS_BYTES) if place in shown] == []
    if form in ("--tb=long", "--tb=short", "--full-trace"):
        assert "MINE       = 1" in ran.out  # a user's variables are his


def test_a_users_frame_between_ours_stays(inner):
    source = """
from dualcos.dialogue.driver import perform
class Line:
    def exchange(self, command):
        whose = "mine"
        raise OSError("line is dead")

def test_one():
    perform(Line(), (each for each in [b"123456789"]))
"""
    ran = inner(source, "-l")
    assert "whose      = 'mine'" in ran.out
    assert "def perform" not in ran.out


@pytest.mark.parametrize("where", ["psam", "reader, saved_state"])
def test_a_bug_of_ours_before_a_test_is_one_line(inner, where):
    conftest = """
import pytest
from dualcos.lab.pytest_plugin import exchange_journal

@pytest.fixture(autouse=True)
def planted(monkeypatch):
    def bug(self, *said): {}["bug"]
    bug.__code__ = bug.__code__.replace(co_filename=exchange_journal.__file__)
    monkeypatch.setattr(exchange_journal.ExchangeJournal, "enter", bug)
"""
    ran = inner(f"def test_one({where}): pass", "-l", "--dualcos-set=ssse.pin=314159", conftest_dot_py=conftest)
    (line,) = ran.out.partition("ERROR at setup of test_one")[2].partition("\n")[2].partition("\n===")[0].splitlines()
    assert line.startswith("dualcos: KeyError: 'bug' (dualcos/lab/pytest_plugin/exchange_journal.py:")


def test_while_a_file_is_collected(inner):
    source = f"import dualcos\ngiven = bytes.fromhex({COMMAND})\ndualcos.card('social-1.0', seed=1).exchange(given)"
    ran = inner(source, "-l", "--tb=long")
    assert ran.outcomes == {"error": 1}
    assert "CardOff: the card has no power" in ran.out
    assert [place for place in OUR_PLACES if place in ran.out] == []


def test_a_thread_has_no_variables(inner):
    source = """
import threading
def test_one(card, give):
    thread = threading.Thread(target=give, args=[card.exchange])
    thread.start()
    thread.join()
"""
    ran = inner(source, "-l", "-W", "error::pytest.PytestUnhandledThreadExceptionWarning", conftest_dot_py=CONFTEST)
    assert ran.outcomes["failed"] == 1
    assert "CardOff: the card has no power" in ran.out
    assert [secret for secret in (PIN, AS_BYTES) if secret in ran.out] == []


def test_an_error_that_several_tests_are_told_says_its_place_once(inner):
    """pytest keeps what a fixture of all tests has raised."""
    source = """
import dualcos, pytest
@pytest.fixture(scope="module")
def held(): dualcos.card("social-1.0", seed=1).exchange(bytes(5))
@pytest.mark.parametrize("turn", range(2))
def test_one(held, turn): pass
"""
    ran = inner(source, "-l")
    assert ran.outcomes == {"error": 2}
    assert ran.out.count("in dualcos: cos/card.py:") == 2
    assert [place for place in OUR_PLACES if place in ran.out] == []


def test_expected_errors_are_expected(inner):
    source = """
import pytest
from cos.card import CardOff

@pytest.mark.xfail(raises=CardOff, strict=True)
def test_one(card):
    card.send("0084000008")
"""
    assert inner(source).outcomes == {"xfailed": 1}


def test_whoever_tests_dualcos_itself_sees_it_all(inner, pytester, monkeypatch):
    monkeypatch.setattr(own_frames, "HOME", pytester.path)
    assert "dispatcher = self._dispatcher" in inner("def test_one(card): card.send('0084000008')").out


def test_others_failures_are_as_they_were(inner, pytester):
    """Of code that has nothing to do with a card."""
    source = "def deep(given):\n    return given['x']\n\ndef test_one():\n    deep({})\n"
    ran = inner(source, "-l", "--junitxml=report.xml")
    for kept in ("given = {}", "deep({})", "KeyError: 'x'", "test_inner.py:2: KeyError"):
        assert kept in ran.out
    assert "in dualcos" not in ran.out
    assert ElementTree.parse(pytester.path / "report.xml").find(".//failure") is not None  # noqa: S314 - pytest's own
