"""The social session says the published commands (``vectors/ssse/numbers.json``), and in the order of the rules.

One test root for every key of a card 0081 544C86 8699 3101 0000A1B2 of the city 310100.
"""

from __future__ import annotations

import pytest
from test_dialogue_driver import Told

from cos.ssse.tables import file_structure
from cos.ssse.tables.table_model import FREE, PIN, File, FileForm, Version, by_key, pin_and, pin_or
from dualcos.dialogue.driver import perform
from dualcos.dialogue.social import SocialKeys, SocialSession, internal_authentication, items, pin_field, read_start
from keys.algorithms import DES, SM4, TDES
from keys.card_key_store import KeyNotFound
from keys.custody.social_key_service import SocialCard, SocialKeyService, TierKey
from keys.key_handle import KeyHandle

ROOT = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C")
CARD = SocialCard("310100", bytes.fromhex("0081544C86869931010000A1B2"))
FACTOR, ORIGINAL = "9F4C21E07B3A58D6", "3D1E8A6B70C2F495"
DRAWN = ("0084000008", "5AC3907E12F4B86D 9000")


def session(algorithm=TDES):
    ciphers = {("RKSSSE", 1): algorithm, ("UKSSSE", 1): algorithm, ("IRK", 1): algorithm, ("STKSSSE", 0): DES}
    keys = {name: TierKey(KeyHandle(cipher, ROOT[: cipher.key_length])) for name, cipher in ciphers.items()}
    held = SocialKeys(SocialKeyService(keys), CARD, pin_field("123456"))
    return SocialSession(held, file_structure.structure(Version.V2))


def by_fid(at, fid):
    return next(each for each in at.directories if each.fid == fid)


@pytest.mark.parametrize(("algorithm", "data"), [(TDES, "9ABD282FEA9C3D2E"), (SM4, "9F7DFD03FBB87894")])
@pytest.mark.parametrize(("group", "tail"), [(0, ""), (1, "01")])
def test_external_authentication_of_the_published_numbers(algorithm, data, group, tail):
    """SSC-4 §9.5, SSC-5 §6.4: authentication data come first, the group last."""
    at = session(algorithm)
    lc = f"{16 + len(tail) // 2:02X}"
    link = Told(("0084000008", FACTOR + "9000"), (f"0082000A{lc}{data}{ORIGINAL}{tail}", "9000"))
    answer = perform(link, at.authenticate(at.home.key("RKSSSE"), group, bytes.fromhex(ORIGINAL)))
    assert answer.sw == 0x9000
    assert not link.pairs


def test_a_card_proves_itself_by_its_own_key_only():
    """SSC-7 §5.4."""
    at, original = session(), bytes.fromhex(ORIGINAL)
    link = Told((f"0088000010{FACTOR}{ORIGINAL}", "9ABD282FEA9C3D2E 9000"))
    answer = perform(link, internal_authentication(bytes.fromhex(FACTOR), original))
    proves = at.keys.service.proves
    assert proves(CARD, bytes.fromhex(FACTOR), original, answer.data)
    assert not proves(CARD._replace(city="310200"), bytes.fromhex(FACTOR), original, answer.data)


@pytest.mark.parametrize(
    ("header", "data", "enciphered", "command"),
    [
        ("84240000", "", False, "8424000004F6636AAE"),
        ("84240001", "123456", True, "842400010C7319F145ADC16E395847CC2C"),
        ("04DC0A00", "0A0131", False, "04DC0A00070A0131A2A5D138"),
        ("04DC0A00", "0A0131", True, "04DC0A000C7E313E2CD059EFB626CF1D01"),
        ("84160000", "", False, "8416000004BA3D7F18"),
    ],
)
def test_commands_with_mac_of_the_published_numbers(header, data, enciphered, command):
    """SSC-4 §8.2, §8.3, under STKSSSE."""
    at, link = session(), Told(DRAWN, (command, "9000"))
    perform(link, at.secured(at.home, header, bytes.fromhex(data), enciphered=enciphered))
    assert not link.pairs


class Refusing:
    """Refuses everything and notes what it was asked."""

    def __init__(self):
        self.asked = []

    def exchange(self, command):
        self.asked.append(f"{command[1]:02X}{command[3]:02X}")
        return b"\x69\x82"


@pytest.mark.parametrize(
    ("rule", "asked"),
    [
        (FREE, ["A400"]),
        (PIN, ["A400", "2000"]),
        (by_key("UKSSSE"), ["A400", "8400", "8204"]),
        (pin_or("UKSSSE"), ["A400", "8400", "8204"]),
        (pin_and("UKSSSE"), ["A400", "2000", "8400", "8204"]),
    ],
)
def test_what_a_rule_asks_for_is_shown_after_select_and_nothing_else(rule, asked):
    """V2.0 tables 3 to 8: of "or" the key, of "and" the PIN first."""
    at, link = session(), Refusing()
    file = File(0xEF15, "", "", FileForm.TRANSPARENT, FREE, rule, "")
    perform(link, at.earn(at.home, file, write=True))
    assert link.asked == asked


def test_items_end_where_the_card_does_and_skip_what_is_no_item():
    link = Told(
        ("00B2013400", "080130 9000"),
        ("00B2023400", "0905 9000"),
        ("00B2033400", "0A0131 9000"),
        ("00B2043400", "6A83"),
    )
    assert perform(link, items(0x06, 9)) == {0x08: b"0", 0x0A: b"1"}


@pytest.mark.parametrize(
    ("form", "command"), [(FileForm.TRANSPARENT, "00B0850010"), (FileForm.LINEAR_VARIABLE, "00B2012C00")]
)
def test_a_file_is_read_by_its_short_identifier(form, command):
    link = Told((command, "6982"))
    assert perform(link, read_start(File(0xEF05, "", "", form, FREE, FREE, ""))).sw == 0x6982


@pytest.mark.parametrize(("digits", "data"), [("", ""), ("1234", "1234"), ("12345", "12345F")])
def test_the_pin_as_it_travels(digits, data):
    """SSC-7 §5.6."""
    assert pin_field(digits).hex().upper() == data


def test_a_key_of_another_directory_is_not_taken():
    """APPLICATION BLOCK needs the directory's own LK (SSC-7 §13); nothing is sent."""
    at = session()
    with pytest.raises(KeyNotFound):
        next(at.block_application(by_fid(at, 0xDF04), "LKDF03"))


def test_nothing_secret_is_shown():
    assert "123456" not in repr(session())
