"""TR-31 key blocks (ANSI X9.143): every field of the header is obeyed or refused, none is passed over.

Blocks are made by ``psec`` with headers written here by hand, under keys invented for this test.
"""

from __future__ import annotations

import warnings

import pytest

from keys.custody.key_store_file import KeyFile, KeyFileError
from keys.custody.key_transport import TransportError, check_value
from keys.custody.ownership import KeyOwner, Purpose
from keys.custody.sealing import Lock, new_key_file

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from psec import tr31

KBPK = bytes.fromhex("1D7B3F5A92C4E60817A3D5F9240E6C8B")
KEY = bytes.fromhex("5A1C93E7064FB82D71CE3896A5F04B2D")
HMAC_KEY = bytes(range(32))


def block(header: str, value: bytes = KEY, kbpk: bytes = KBPK, **optional: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = tr31.Header()
        made.load(header)
        for name, data in optional.items():
            made.blocks[name.removeprefix("_")] = data
        return tr31.wrap(kbpk, made, value)


def store(algorithm: str = "3DES", owner: KeyOwner = KeyOwner.BANK) -> KeyFile:
    found = KeyFile(owner)
    found.add("exchange", Purpose.EXCHANGE, algorithm, KBPK)
    return found


def received(text: str, algorithm: str = "3DES", **how: int) -> tuple:
    key, told = store(algorithm).receive("k", "exchange", text, **how)
    return key, told


def refused(text: str, algorithm: str = "3DES", **how: int) -> str:
    into = store(algorithm)
    with pytest.raises((TransportError, KeyFileError)) as error:
        into.receive("k", "exchange", text, **how)
    assert [key.name for key in into.entries()] == ["exchange"]
    for secret in (KEY, KBPK, HMAC_KEY):
        assert secret.hex() not in str(error.value).lower()
    return str(error.value)


# --- version of the block ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("version", "under"), [("A", "3DES"), ("B", "3DES"), ("C", "3DES"), ("D", "AES")])
def test_the_binding_method_belongs_to_the_transport_key(version, under):
    text = block(f"{version}0000E5TX00N0000")
    key, told = received(text, under)
    assert (key.purpose, key.algorithm, key.kcv) == (Purpose.KMC, "3DES", "575613")
    assert bool(told) is (version in "AC")
    assert all("weakly" in line for line in told)
    for other in {"3DES", "AES", "SM4"} - {under}:
        assert f"this transport key is {other}" in refused(text, other)


def test_an_unknown_version_of_the_format_is_named():
    assert "version E is not known" in refused("E" + block("B0000E5TX00N0000")[1:])


# --- what the key is for ----------------------------------------------------------------------------------------------

USAGES = {
    "E0": Purpose.ISSUER_AC,
    "E1": Purpose.ISSUER_ENC,
    "E2": Purpose.ISSUER_MAC,
    "E5": Purpose.KMC,
    "K0": Purpose.EXCHANGE,
    "M7": Purpose.FILE_MAC,
    "30": Purpose.FIRST_BANK,
    "31": Purpose.BANK_MASTER,
}
MODES = {"K0": "BN", "M7": "CN"}  # all it does here: both ways, making and verifying; all others derive: X, or N


@pytest.mark.parametrize("mode", "BCDEGNSTVXY")
@pytest.mark.parametrize("usage", USAGES)
def test_the_mode_of_use_must_allow_what_is_done_here(usage, mode):
    algorithm, value = ("H", HMAC_KEY) if usage == "M7" else ("T", KEY)
    text = block(f"B0000{usage}{algorithm}{mode}00N0000", value)
    if mode in MODES.get(usage, "XN"):
        assert received(text)[0].purpose is USAGES[usage]
    else:
        assert f"allows mode of use {mode} only" in refused(text)


@pytest.mark.parametrize("usage", ["B0", "C0", "D0", "E3", "E4", "E6", "K1", "M3", "P0", "V2", "99"])
def test_another_usage_is_refused(usage):
    assert f"usage {usage}" in refused(block(f"B0000{usage}TX00N0000"))


@pytest.mark.parametrize(
    ("header", "value", "said"),
    [
        ("B0000E5AX00N0000", KEY, "is 3DES, this one is AES"),
        ("B0000E5DX00N0000", KEY[:8], "is 3DES, this one is DES"),
        ("B0000E5HX00N0000", HMAC_KEY, "is 3DES, this one is HMAC"),
        ("B0000E54X00N0000", KEY, "is 3DES, this one is SM4"),
        ("B0000E0AX00N0000", KEY, "is 3DES or SM4, this one is AES"),
        ("B0000M7TC00N0000", KEY, "is HMAC, this one is 3DES"),
        ("B0000K0DB00N0000", KEY[:8], "is 3DES or AES or SM4, this one is DES"),
        ("B0000E5RX00N0000", KEY, "algorithm R is not known"),
        ("B0000E5EX00N0000", KEY, "algorithm E is not known"),
        ("B0000E5TX00N0000", KEY[:8], "single DES"),
        ("B0000E5TX00N0000", KEY[:8] * 2, "single DES"),
        ("B0000E5TX00N0000", KEY[:8] * 3, "single DES"),
        ("B0000E5TX00N0000", KEY + KEY[:8], "ask for the first 16 bytes"),
        ("B0000E5TX00N0000", KEY + HMAC_KEY[:8], "three-key 3DES"),
        ("B0000E5TX00N0000", bytes(16), "all its bits are 0"),
        ("B000022TX00N0000", KEY, "belongs to the social bureau"),
    ],
)
def test_usage_algorithm_and_length_fit_each_other(header, value, said):
    into = store()
    with pytest.raises(Exception, match=said):
        into.receive("k", "exchange", block(header, value))
    assert not into.holds("k")


# --- version of the key, component ------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", ["c1", "c2", "c9", "cA", "c0"])
def test_a_component_is_no_key(number):
    said = refused(block(f"B0000E5TX{number}N0000"))
    assert f"carries a component ({number})" in said
    assert "keys components" in said
    assert "carries a component" in refused(block(f"B0000E5TX{number}N0000"), version=1)


@pytest.mark.parametrize(
    ("number", "asked", "version"), [("00", None, 1), ("00", 7, 7), ("01", None, 1), ("42", None, 42), ("42", 42, 42)]
)
def test_the_key_has_the_version_that_its_block_says(number, asked, version):
    how = {} if asked is None else {"version": asked}
    assert received(block(f"B0000E5TX{number}N0000"), **how)[0].version == version


def test_another_version_than_was_asked_for_is_refused():
    assert "carries version 2 of its key, not 1" in refused(block("B0000E5TX02N0000"), version=1)


@pytest.mark.parametrize("number", ["A1", "1A", "C1", "0c"])
def test_a_version_that_is_no_number_is_refused(number):
    assert f"version {number}" in refused(block(f"B0000E5TX{number}N0000"))


# --- exportability, context -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("letter", "goes_on"), [("N", False), ("E", True), ("S", True)])
def test_what_came_as_not_exportable_is_not_sent_on(tmp_path, letter, goes_on):
    there = store()
    there.receive("k", "exchange", block(f"B0000E5TX00{letter}0000"))
    lock = Lock(new_key_file())
    there.save(tmp_path / "s", lock)
    again = KeyFile.open(tmp_path / "s", lock)
    for each in (there, again):
        if goes_on:
            assert received(each.send("k", "exchange"))[0].kcv == "575613"
        else:
            with pytest.raises(KeyFileError, match="not exportable"):
                each.send("k", "exchange")


def test_a_private_exportability_is_refused():
    assert "exportability 1" in refused(block("B0000E5TX0010000"))


def test_a_block_for_the_senders_own_storage_is_refused():
    """The context is under the MAC: one that was made so, by hand, as the library has no field for it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = tr31.KeyBlock(KBPK, "B0000E5TX00N0000")
        whole = made.wrap(KEY)
        header = whole[:14] + "10"
        inside = made._b_wrap(header, KEY, 8)
    assert "own storage" in refused(inside)


# --- optional blocks --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("optional", "said"),
    [
        ({"LB": "CITY 9901"}, "CITY 9901"),
        ({"TS": "20261128190000Z"}, "20261128"),
        ({"TC": "20261128190000Z"}, "20261128"),
    ],
)
def test_what_is_only_told_is_told(optional, said):
    _, told = received(block("B0000E5TX00N0000", **optional))
    assert len(told) == 1
    assert said in told[0]


def test_padding_says_nothing():
    assert received(block("B0000E5TX00N0000", PB="0000"))[1] == ()


@pytest.mark.parametrize("name", ["AL", "BI", "CT", "DA", "FL", "IK", "KS", "KV", "WP", "_10", "_99"])
def test_what_restricts_a_key_and_is_not_kept_here_is_refused(name):
    said = refused(block("B0000E5TX00N0000", **{name: "00604B120F9292800000"}))
    assert f"optional block {name.removeprefix('_')}" in said


@pytest.mark.parametrize(
    ("name", "data", "good"),
    [
        ("KC", "00575613", True),
        ("KC", "00575614", False),
        ("KC", "005756", True),
        ("KC", "0057", False),
        ("KP", "00" + check_value("3DES", KBPK).hex().upper(), True),
        ("KP", "00575613", False),
    ],
)
def test_check_values_of_a_block_are_held_against_its_keys(name, data, good):
    text = block("B0000E5TX00N0000", **{name: data})
    if good:
        assert received(text)[0].kcv == "575613"
    else:
        assert "check value" in refused(text)


@pytest.mark.parametrize(("hashed", "good"), [("21", True), ("10", False), ("20", False), ("23", False), ("31", False)])
def test_an_hmac_key_is_for_one_hash(hashed, good):
    text = block("B0000M7HC00N0000", HMAC_KEY, HM=hashed)
    if good:
        assert received(text)[0].purpose is Purpose.FILE_MAC
    else:
        assert f"hash {hashed}" in refused(text)


# --- what is no block, or not ours ------------------------------------------------------------------------------------


def damaged() -> dict[str, str]:
    """Texts by name: every block has another padding, so that their own words name no test."""
    whole, labelled = block("B0000E5TX00N0000"), block("B0000E5TX00N0000", LB="HERE")
    return {
        "nothing": "",
        "a key": KEY.hex(),
        "a component": f"{KEY.hex().upper()} 575613",
        "a beginning": "B0096",
        "another armour": "-----BEGIN PGP MESSAGE-----",
        **{f"cut at {at}": whole[:at] for at in (15, 16, 40, -1)},
        "too long": whole + "00",
        "another usage": whole.replace("E5", "E0", 1),
        "another exportability": whole.replace("X00N", "X00E", 1),
        "another mode": whole.replace("X00N", "N00N", 1),
        "another label": labelled.replace("HERE", "HERO"),
        "under another key": block("B0000E5TX00N0000", kbpk=KEY),
        "no ASCII": whole[:-1] + "é",
    }


@pytest.mark.parametrize("name", damaged())
def test_a_text_that_does_not_open_is_refused_and_not_repeated(name):
    text = damaged()[name]
    said = refused(text)
    assert len(text) < 24 or text[16:40] not in said


def test_a_block_in_lines_is_one_block():
    text = block("B0000E5TX00N0000")
    assert received(f" {text[:32]}\r\n{text[32:64]}\n{text[64:]}\n")[0].kcv == "575613"


# --- what is sent -----------------------------------------------------------------------------------------------------

SENT = {
    Purpose.ISSUER_AC: ("E0TX", "3DES", KEY),
    Purpose.KMC: ("E5TX", "3DES", KEY),
    Purpose.EXCHANGE: ("K0AB", "AES", KEY),
    Purpose.FIRST_BANK: ("30TX", "3DES", KEY),
    Purpose.FILE_MAC: ("M7HC", "HMAC", HMAC_KEY),
}


@pytest.mark.parametrize("purpose", SENT)
@pytest.mark.parametrize(("version", "written"), [(1, "01"), (42, "42"), (200, "00")])
def test_what_is_sent_says_what_it_is(purpose, version, written):
    field, algorithm, value = SENT[purpose]
    here = store()
    here.add("k", purpose, algorithm, value, version=version)
    text = here.send("k", "exchange", version=version)
    assert text[0] == "B"
    assert text[5:16] == f"{field}{written}N0000"
    assert store().receive("k", "exchange", text, version=version)[0].version == version
