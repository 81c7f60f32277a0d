"""A payment terminal's settings as somebody writes them: what they make of kernel and terminal, what they refuse."""

from __future__ import annotations

import pytest

from dualcos.messages.terminal_parameters import AuthorityKey, AuthorityKeyName, key_record
from dualcos.terminal.financial.kernel.kernel_settings import ATM, KIOSK, POS, CardholderChoice, RevokedCertificate
from dualcos.terminal.financial.terminal_file import TerminalFileError, terminal_file

RID = bytes.fromhex("A000000333")
KEY = AuthorityKey(AuthorityKeyName(RID, 0x0B), bytes(range(1, 129)), b"\x03", "20301231")
TEST = {
    AuthorityKeyName(RID, 0xF1): AuthorityKey(AuthorityKeyName(RID, 0xF1), bytes(range(1, 97)), b"\x03", "20991231")
}


def zeros(count: int) -> bytes:
    return bytes(count)


@pytest.mark.parametrize(("form", "usual"), [("pos", POS), ("atm", ATM), ("kiosk", KIOSK)])
def test_a_form_alone_says_what_a_terminal_is(form, usual):
    data = terminal_file({"form": form}).data()
    same = ("kind", "capabilities", "additional", "category", "country", "currency")
    assert [getattr(data, name) for name in same] == [getattr(usual, name) for name in same]


def test_what_is_said_stands_before_the_form():
    told = {"kind": "21", "capabilities": "E0C0C8", "additional": "6000F0A001", "choice": "confirm", "category": "5812"}
    data = terminal_file(told).data()
    assert (data.kind, int(data.capabilities), int(data.additional)) == ("21", 0xE0C0C8, 0x6000F0A001)
    assert (data.choice, data.category) == (CardholderChoice.CONFIRM, "5812")


def test_every_application_has_the_same_parameters():
    told = {"aids": ["A000000333010101", "A0000003330102"], "floor_limit": 100, "tac_denial": "0000000001", "ddol": ""}
    first, second = terminal_file(told).applications()
    assert (first.aid.hex(), second.aid.hex()) == ("a000000333010101", "a0000003330102")
    for each in (first, second):
        assert (each.floor_limit, each.tac.denial, each.default_ddol) == (100, bytes.fromhex("0000000001"), b"")


def test_the_exception_file_knows_its_accounts_and_no_others():
    risk = terminal_file({"exceptions": ["6228480000000000"]}).kernel(TEST, zeros).risk
    assert risk.is_excepted is not None
    assert (risk.is_excepted("6228480000000000", "00"), risk.is_excepted("6228480000000001", "00")) == (True, False)
    assert terminal_file({}).kernel(TEST, zeros).risk.is_excepted is None


def test_a_certificate_that_was_called_back_is_named_by_its_authoritys_key_and_its_number():
    settings = terminal_file({"revoked": ["A000000333F1000001"]}).kernel(TEST, zeros)
    assert settings.revoked == {RevokedCertificate(AuthorityKeyName(RID, 0xF1), b"\0\0\1")}
    assert terminal_file({}).kernel(TEST, zeros).revoked == frozenset()


def test_keys_are_the_test_authorities_and_those_of_the_file():
    record = key_record(KEY).hex()
    both = terminal_file({"authority_keys": [record]}).keys(TEST)
    assert both == {**TEST, KEY.name: KEY}
    assert terminal_file({"authority_keys": [record], "test_keys": False}).keys(TEST) == {KEY.name: KEY}


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"form": "till"}, "form"),
        ({"terminal": "1234567"}, "terminal"),
        ({"kind": "27"}, "kind"),
        ({"aids": []}, "aids"),
        ({"nope": 1}, "nope"),
    ],
)
def test_what_is_no_setting_is_named(told, words):
    with pytest.raises(TerminalFileError, match=words):
        terminal_file(told)


def test_a_key_with_a_wrong_check_sum_is_named():
    record = key_record(KEY)
    with pytest.raises(TerminalFileError, match=r"authority_keys\[0\].*check sum"):
        terminal_file({"authority_keys": [(record[:-1] + bytes((record[-1] ^ 1,))).hex()]}).keys({})


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("DF0314", "DF1314", "check sum"),
        ("DF040103", "DF040101", "exponent"),
        ("DF040103", "DF040105", "exponent"),
        ("DF070101", "DF070109", "DF07"),
    ],
)
def test_a_key_that_nothing_proves_is_named(old, new, words):
    """Without a check sum, with an exponent under which anything is a signature, of an unknown algorithm."""
    record = key_record(KEY).hex().upper()
    assert old in record
    with pytest.raises(TerminalFileError, match=words):
        terminal_file({"authority_keys": [record.replace(old, new)]}).keys({})


@pytest.mark.parametrize("name", ["tac_online", "tac_default"])
def test_a_terminal_that_does_cda_has_codes_that_see_it_fail(name):
    """A forged card has none of its own that would; one that does no CDA may have them."""
    blind = {name: "D84004F800"}
    for form in ("pos", "kiosk"):
        with pytest.raises(TerminalFileError, match=f"{name}.*CDA"):
            terminal_file({"form": form, **blind}).applications()
    assert terminal_file({"form": "atm", **blind}).applications()
    assert terminal_file({}).applications()
