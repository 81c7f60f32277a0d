"""A test that fails tells what passed its cards, in words, and no secret; one that passes tells nothing."""

from __future__ import annotations

import re
import sys
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest

from dualcos.explain import Explainer

SELECT = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
WRONG_PIN = f"""
def test_one(card):
    card.power_on()
    card.send("{SELECT}")
    assert card.send("0020000003 314159").sw == 0x9000
"""


def test_a_refusal_is_explained_in_both_languages(inner):
    ran = inner(WRONG_PIN)
    told = ran.section()
    assert "the PIN is wrong; 2 tries left  [SSC-7 §5.8]" in told
    assert "个人密码不正确；剩余 2 次" in told
    assert "its digits are wrong  [pin.digits]" in told
    assert "dual-2.0-3des: Social security card with financial function" in told
    assert "status word 63C2 == 9000" in ran.out
    assert "63C2: authentication failed, 2 tries left" in ran.out
    turned = inner(WRONG_PIN.replace("assert ", "assert 0x9000 == ").replace("sw == 0x9000", "sw"))
    assert "status word 9000 == 63C2" in turned.out


def test_no_secret_is_told(inner):
    told = inner(WRONG_PIN).section()
    assert "3 bytes not shown" in told
    assert "314159" not in told.replace(" ", "")


@pytest.mark.parametrize(("last", "left_out", "shown"), [("2", 2, 2), ("0", 0, 4), ("9", 0, 4)])
def test_so_much_is_shown_and_the_rest_is_counted(inner, last, left_out, shown):
    told = inner(WRONG_PIN, "--dualcos-last", last).section()
    assert (f"… {left_out} before these left out; --dualcos-last=0 shows all" in told) == bool(left_out)
    assert sum(line[:4].strip().isdecimal() for line in told.splitlines()) == shown
    assert "   4  63C2  SSSE        VERIFY" in told


def test_nothing_is_explained_where_nothing_fails(inner, monkeypatch):
    monkeypatch.setattr(Explainer, "explain", None)
    monkeypatch.setattr(Explainer, "follow", None)
    source = f"""
import pytest
{WRONG_PIN.replace("0x9000", "0x63C2")}
@pytest.mark.xfail
def test_two(card):
    card.power_on()
    assert not card.atr

def test_three(card):
    card.power_on()
    pytest.skip()
"""
    ran = inner(source)
    assert "dualcos: what passed" not in ran.out
    assert ran.outcomes == {"passed": 1, "skipped": 1, "xfailed": 1}


def test_an_explanation_that_fails_hides_no_failure(inner, monkeypatch):
    def bug(_self, _record):
        raise KeyError("bug")

    monkeypatch.setattr(Explainer, "explain", bug)
    ran = inner(WRONG_PIN)
    assert "status word 63C2 == 9000" in ran.out
    assert ran.section().count("could not be explained: a bug: KeyError at ") == 4


def test_both_cards_are_told_of_in_the_order_of_what_passed(inner):
    source = f"""
def test_one(card, psam):
    card.power_on()
    psam.power_on()
    card.send("0084000008")
    psam.send("{SELECT}")
    assert 0
"""
    heads = re.compile(r"^(?:sam│ )? {0,4}\d+  (?:----|[0-9A-F]{4})  ")
    told = [line[:4].strip() for line in inner(source).section().splitlines() if heads.match(line)]
    assert told == ["1", "sam│", "2", "sam│", "sam│"]


def test_what_is_told_goes_on_from_a_saved_state(inner):
    source = f"""
def test_one(card, saved_state):
    card.power_on()
    card.send("{SELECT}")
    state = saved_state()
    card.send("00A4000002 3F00")
    state.restore()
    card.send("00A4020002 EF06")
    assert 0
"""
    told = inner(source).section()
    behind = told.partition("saved state 恢复保存的状态\n")[2].splitlines()
    assert behind[0].startswith("   4  9000  SSSE        SELECT")
    assert "EF06" in behind[0]


def test_what_a_program_did_in_the_reader_is_told(inner):
    source = f"""
import sys
from tests.dualcos.reader.wire import WireClient

def test_one(reader):
    with WireClient(*reader.env.values()) as client:
        card = client.open(reader.name)
        client.transmit(card, bytes.fromhex("{SELECT}"))
        client.transmit(card, bytes.fromhex("0020000003314159"))
    done = reader.run([sys.executable, "-c", "print('terminal out of order')"])
    assert done.stdout == ""
"""
    ran = inner(source)
    assert "the PIN is wrong; 2 tries left" in ran.section()
    assert "terminal out of order" in ran.out.partition("Captured stdout call")[2]


def test_what_a_program_that_is_too_slow_has_printed_is_told(inner):
    source = """
import sys
PROGRAM = '''
import sys, time
print("card? \u5361", flush=True)
print("no card", file=sys.stderr, flush=True)
time.sleep(60)
'''
def test_one(reader):
    reader.run([sys.executable, "-c", PROGRAM], timeout=0.3)

def test_silent(reader):
    reader.run([sys.executable, "-c", "import time; time.sleep(60)"], timeout=0.01)
"""
    ran = inner(source, "-l")
    assert ran.outcomes == {"failed": 2}
    assert ran.out.count("TimeoutExpired: Command") >= 2
    assert "card? 卡" in ran.out.partition("Captured stdout call")[2]
    assert "no card" in ran.out.partition("Captured stderr call")[2]
    assert "subprocess.py" not in ran.out  # what a library does for us is ours


def test_a_fault_that_was_injected_is_told(inner):
    source = """
import pytest
@pytest.mark.dualcos(faults="slow-and-mute")
def test_one(card):
    card.power_on()
    card.reset()
    for _ in range(9):
        card.send("0084000008")
    assert 0
"""
    ran = inner(source, "--dualcos-last=3")
    assert "FAULT injected" in ran.section()


def test_a_build_server_is_told_too(inner, pytester):
    inner(WRONG_PIN, "--junitxml", "report.xml")
    failure = ElementTree.parse(pytester.path / "report.xml").find(".//failure")  # noqa: S314 - pytest's own output
    assert failure is not None
    assert "个人密码不正确；剩余 2 次" in (failure.text or "")


def test_a_failure_without_a_place_is_told_too(inner):
    """A strict xfail that passes has no traceback to add to."""
    source = "import pytest\n@pytest.mark.xfail(strict=True)\ndef test_one(card):\n    card.power_on()\n"
    ran = inner(source)
    assert ran.outcomes == {"failed": 1}
    assert "power on 上电复位" in ran.section()


def test_a_test_that_is_run_again_tells_of_its_last_run(inner):
    again = """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item, nextitem):
    runtestprotocol(item, nextitem=nextitem, log=False)
    item._initrequest()
"""
    told = inner(WRONG_PIN, conftest_dot_py=again).section()
    assert told.count("power on 上电复位") == 1
    assert "2 tries left" in told


def test_a_terminal_that_has_no_chinese_is_told_line_by_line(inner, monkeypatch):
    monkeypatch.setattr(sys, "__stdout__", SimpleNamespace(encoding="ascii"))
    told = inner(WRONG_PIN).section().partition("\n")[2]
    assert told.isascii()
    assert "\n            \\u2717 authentication: the PIN is wrong" in told
