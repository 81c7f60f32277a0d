"""A test has the card that it asks for, as it was made, whatever other tests have done to it."""

from __future__ import annotations

import pytest

from dualcos import card as card_of
from dualcos import keep_card

SELECT = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"


def test_every_test_finds_the_card_as_it_was_made(inner):
    source = f"""
import pytest
seen = []
@pytest.mark.parametrize("turn", range(3))
def test_one(card, turn):
    with pytest.raises(RuntimeError):
        card.send("0084000008")
    card.power_on()
    card.send("{SELECT}")
    seen.append((card.send("0020000003 999999").sw, card.send("0084000008").data))
    assert seen[-1] == seen[0] and seen[0][0] == 0x63C2
"""
    assert inner(source).outcomes == {"passed": 3}


def test_an_answer_is_the_cards_own_or_the_whole_one(inner):
    source = f"""
def test_one(card):
    command = bytes.fromhex("{SELECT}")
    assert card.power_on() == card.atr == card.reset()
    assert card.exchange(command) == bytes.fromhex("6118")
    assert card.send(command) == card.send("{SELECT}")
    assert (card.send(command).sw, len(card.send(command).data)) == (0x9000, 24)
    card.power_off()
"""
    assert inner(source).outcomes == {"passed": 1}


def test_a_marker_says_which_card(inner):
    source = """
import pytest
pytestmark = pytest.mark.dualcos("social-1.0", settings=["ssse.pin=246813"])

def test_of_the_file(card):
    assert (card.name, card.profile.ssse.pin) == ("social-1.0", "246813")

@pytest.mark.dualcos(settings=["ssse.pin_tries=5"], holder="middle-dot")
def test_adds_to_it(card):
    assert (card.profile.ssse.pin, card.profile.ssse.pin_tries, card.profile.holder) == ("246813", 5, "middle-dot")

@pytest.mark.dualcos("dual-3.0-sm4")
def test_begins_anew(card, psam):
    assert (card.name, psam.name, card.profile.ssse.pin) == ("dual-3.0-sm4", "psam-sm4", "123456")

@pytest.mark.dualcos("bank-only", psam="psam-mixed-tiers", psam_settings=["psam.city=310000"])
def test_psam(card, psam):
    assert (card.name, psam.name, psam.profile.psam.city) == ("bank-only", "psam-mixed-tiers", "310000")
    with pytest.raises(LookupError, match="bank-only has no social-security environment"):
        card.social_session()

class TestBoth:
    pytestmark = pytest.mark.dualcos("social-2.0", "social-3.0")
    def test_each(self, card, dualcos_profile):
        assert card.name == dualcos_profile

@pytest.mark.dualcos("dual-2.0-3des", seed=1)
def test_seed(card, request):
    request.config.stash.setdefault(KEY, []).append(challenge(card))

@pytest.mark.dualcos("dual-2.0-3des", seed=2)
def test_another_seed(card, request):
    assert challenge(card) not in request.config.stash[KEY]

@pytest.mark.dualcos("dual-2.0-3des", settings=[], seed=1)
def test_the_same_seed(card, request):
    assert challenge(card) in request.config.stash[KEY]

KEY = pytest.StashKey()
def challenge(card):
    card.power_on()
    return card.send("0084000008").data
"""
    ran = inner(source, "-v", "--strict-markers")
    assert ran.outcomes == {"passed": 9}
    assert "TestBoth::test_each[social-2.0] PASSED" in ran.out


def test_the_command_line_and_the_ini_file_say_which_card(inner):
    source = """
def test_one(card, psam, request):
    print("CARD", card.name, card.profile.ssse.pin, psam.name)
"""
    inner(source, pytest_dot_ini="[pytest]\ndualcos = social-1.0\n")
    assert "CARD social-1.0 123456 psam-3des" in inner(source, "-s").out
    told = inner(source, "-sv", "--dualcos", "social-2.0", "--dualcos", "social-3.0", "--dualcos-set", "ssse.pin=8642")
    assert told.outcomes == {"passed": 2}
    assert "CARD social-2.0 8642 psam-3des" in told.out
    assert "CARD social-3.0 8642 psam-sm4" in told.out
    assert "CARD social-1.0 123456 psam-sm4" in inner(source, "-s", "--dualcos-psam", "psam-sm4").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--dualcos", "nope"), "profile nope: No such file or directory; built in are bank-cda"),
        (("--dualcos-psam", "nope"), "profile nope: No such file or directory"),
        (("--dualcos-set", "ssse.pin=x"), "$.ssse.pin: does not go; a PIN, 4 to 12 digits, or nothing"),
        (("--dualcos", "test_inner.py"), "test_inner.py"),
    ],
    ids=["no card", "no PSAM", "no setting", "no profile in it"],
)
def test_a_card_that_is_not_there_is_one_line(inner, arguments, told):
    ran = inner("def test_one(card): pass", *arguments)
    assert ran.code == pytest.ExitCode.USAGE_ERROR
    (line,) = ran.err.split("\n\n")[0].splitlines()
    assert line.startswith("ERROR: dualcos: ")
    assert told in line


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ('"nope"', "profile nope: No such file"),
        ('settings=["ssse.pin=x"]', "does not go; a PIN"),
        ("setings=[]", "@pytest.mark.dualcos knows no setings; it takes cards, and settings, seed"),
        ('settings="ssse.pin=1234"', "takes a list of settings"),
        ("settings=None", "takes a list of settings"),
        ('faults="nope"', "nope"),
        ("settings=[1]", "takes a list of settings"),
        ('["social-1.0", "social-2.0"]', "takes cards by name"),
        ('"social-1.0", 2', "takes cards by name"),
        ("None", "takes cards by name"),
        ("faults=None", "takes the name of a fault script"),
        ("seed=None", "takes a number as seed"),
        ("seed=True", "takes a number as seed"),
        ("seed=1.5", "takes a number as seed"),
        ("holder=7", "takes a name as holder"),
        ("psam=['psam-sm4']", "takes a profile or a card file as psam"),
        ("psam_settings='psam.city=310000'", "takes a list of psam_settings"),
        ("psam_settings=[None]", "takes a list of psam_settings"),
    ],
)
def test_a_marker_that_cannot_be_followed_is_one_line(inner, marker, told):
    ran = inner(f"import pytest\n@pytest.mark.dualcos({marker})\ndef test_one(card): pass")
    assert ran.outcomes == {"error": 1}
    (line,) = ran.out.partition("ERROR at setup of test_one")[2].partition("\n")[2].partition("\n===")[0].splitlines()
    assert line.startswith("dualcos: ")
    assert told in line


def test_one_marker_that_makes_no_sense_stops_no_other_test(inner):
    source = """
import pytest
@pytest.mark.dualcos("social-1.0", ["social-2.0"])
def test_one(card): pass

@pytest.mark.dualcos("social-1.0", pathlib.Path("mine.card"), seed="random")
def test_two(card): pass

def test_three(card): pass
"""
    ran = inner(f"import pathlib{source}")
    assert ran.outcomes == {"passed": 2, "error": 2}
    assert "profile mine.card: No such file" in ran.out


@pytest.mark.parametrize("last", ["-1", "all", ""])
def test_how_much_is_shown_is_a_number(inner, last):
    ran = inner("def test_one(card): pass", f"--dualcos-last={last}")
    assert ran.code == pytest.ExitCode.USAGE_ERROR
    assert f"takes how many exchanges a failure shows, or 0 for all, not {last!r}" in ran.err


def test_a_fixture_of_ones_own_says_which_card_it_is(inner):
    source = """
import pathlib, pytest

class TestFixture:
    @pytest.fixture(params=["social-1.0", pathlib.Path("dual-3.0-sm4")])
    def dualcos_profile(self, request): return request.param
    def test_its_card(self, card, psam, dualcos_profile):
        assert card.name == str(dualcos_profile)
        assert psam.name == ("psam-sm4" if card.name.endswith("sm4") else "psam-3des")

class TestNoName:
    @pytest.fixture
    def dualcos_profile(self): return 7
    def test_none(self, card): pass

@pytest.mark.parametrize("dualcos_profile", ["bank-only", "social-2.0"], indirect=True)
def test_through_ours(card, dualcos_profile): assert card.name == dualcos_profile

@pytest.mark.parametrize("dualcos_profile", ["bank-only", "social-2.0"])
def test_by_hand(card, dualcos_profile): assert card.name == dualcos_profile

@pytest.mark.parametrize(argnames=("turn", "dualcos_profile"), argvalues=[(1, "bank-only")])
def test_by_hand_among_others(card, turn): assert card.name == "bank-only"
"""
    ran = inner(source, "--dualcos", "social-2.0", "--dualcos", "social-3.0")
    assert ran.outcomes == {"passed": 7, "error": 1}
    assert "dualcos: the fixture dualcos_profile gives the name of a profile or card file, not 7" in ran.out


def test_a_card_file_beside_the_test_stays_as_it_is(inner, pytester):
    path = pytester.path / "mine.card"
    card = card_of("social-2.0", seed=1)
    keep_card(card, str(path))
    card.close()
    before = path.read_bytes()
    source = f"""
import pytest
@pytest.mark.dualcos("mine.card")
@pytest.mark.parametrize("turn", range(2))
def test_one(card, turn):
    card.power_on()
    card.send("{SELECT}")
    assert card.send("0020000003 999999").sw == 0x63C2

@pytest.mark.dualcos("mine.card", settings=["ssse.pin=1234"])
def test_burnt_in(card): pass
"""
    ran = inner(source)
    assert ran.outcomes == {"passed": 2, "error": 1}
    assert "mine.card is a card file, its settings are burnt in" in ran.out
    assert path.read_bytes() == before


def test_states_come_back_with_all_that_is_volatile(inner):
    source = f"""
def test_card_and_psam(card, psam, saved_state):
    card.power_on()
    card.send("{SELECT}")
    card.send("0020000003 999999")
    psam.power_on()
    state = saved_state()
    first = [each.send("0084000008").data for each in (card, psam)]
    for _ in range(2):
        card.send("0020000003 999999")
        card.power_off()
        psam.reset()
        state.restore()
        assert card.send("00A4020002 EF06").sw == 0x9000
        assert card.send("0020000000").sw == 0x63C2
        state.restore()
        assert [each.send("0084000008").data for each in (card, psam)] == first
    with saved_state():
        card.power_off()
    card.exchange(bytes(4))

def test_of_nothing(saved_state): pass
"""
    ran = inner(source)
    assert ran.outcomes == {"passed": 1, "error": 1}
    assert "saved_state is about card, psam or reader: name one of them beside it" in ran.out


def test_a_reader_shows_both_cards_to_programs(inner):
    source = f"""
import os, sys
from tests.dualcos.reader.wire import WireClient

def test_one(reader, psam, saved_state):
    assert (reader.name, reader.sam_name) == ("dualcos Card Slot 00 00", "dualcos SAM Slot 01 00")
    assert dict(os.environ) == os.environ | reader.env
    done = reader.run([sys.executable, "-c", "import os; print(os.environ['PCSCLITE_CSOCK_NAME']); exit(3)"])
    (path,) = reader.env.values()
    assert (done.returncode, done.stdout) == (3, path + "\\n")
    with saved_state(), WireClient(path) as client:
        for name in (reader.name, reader.sam_name):
            card = client.open(name)
            assert client.transmit(card, bytes.fromhex("{SELECT}"))[1][:1] == b"\\x61"
    reader.hand.take()
    with WireClient(path) as client:
        assert client.connect(reader.name)[0] != 0
    reader.hand.put_back()

def test_next(reader):
    assert reader.sam_name == ""
    assert os.path.exists(*reader.env.values())
    with WireClient(*reader.env.values()) as client:
        client.open(reader.name)
"""
    assert inner(source).outcomes == {"passed": 2}


def test_a_card_that_misbehaves_begins_its_script_in_every_test(inner):
    script = """
title = "first challenge lost"
[[rule]]
name = "lost"
purpose = "asked again"
clause = "SSC-5 §6.5"
command = "0084????"
fault = { kind = "remove" }
"""
    source = """
import pytest
from dualcos.reader.silent_card import CardGone

@pytest.mark.dualcos(faults="lost.toml")
@pytest.mark.parametrize("turn", range(2))
def test_one(card, turn):
    card.power_on()
    with pytest.raises(CardGone):
        card.send("0084000008")
    with pytest.raises(RuntimeError):
        card.send("0084000008")
    card.power_on()
    assert len(card.send("0084000008").data) == 8

def test_another(card):
    card.power_on()
    assert len(card.send("0084000008").data) == 8
"""
    assert inner(source, lost_dot_toml=script).outcomes == {"passed": 3}


def test_the_projects_own_fixtures_stand_before_the_plug_ins(inner):
    source = """
import pytest
@pytest.fixture
def card(): return 7
def test_one(card, request): assert card == 7 and "dualcos_profile" not in request.fixturenames
def test_two(card, saved_state): pass
"""
    assert inner(source, "--dualcos", "social-2.0", "--dualcos", "social-1.0").outcomes == {"passed": 1, "error": 1}


def test_a_projects_own_card_is_shown_in_the_reader(inner):
    source = """
import dualcos, pytest
from tests.dualcos.reader.wire import WireClient

@pytest.fixture
def card(): return dualcos.card("social-1.0", seed=1)

def test_one(card, reader):
    with WireClient(*reader.env.values()) as client:
        assert client.transmit(client.open(reader.name), bytes.fromhex("0084000008"))[1][-2:] == bytes.fromhex("9000")
    assert card.powered
"""
    assert inner(source).outcomes == {"passed": 1}
