"""Where sources disagree and both readings occur in the field, both work: each setting at both values."""

from __future__ import annotations

import pytest
from msgspec import structs
from social_terminal import SSSE, Terminal, profile_with

from cos.profile import load

DF03 = "00A4000002DF03"


def terminal(**settings) -> Terminal:
    found = Terminal(profile_with(**settings))
    found.send(SSSE)
    return found


@pytest.mark.parametrize(("scope", "elsewhere"), [("environment", "9000"), ("card", "6A81")])
def test_card_block_scope(scope, elsewhere):
    t = Terminal(profile_with("dual-2.0-3des", card_block_scope=scope))
    t.send(SSSE)
    assert t.authenticate("BK", 0x05) == "9000"
    assert t.sw(t.secured("STKSSSE", "84160000")) == "9000"
    for _ in range(2):
        assert t.sw(SSSE) == "6A81"
        assert t.send("00A404000E315041592E5359532E4444463031")[1] == elsewhere
        t.card.reset()


@pytest.mark.parametrize("adds", [True, False])
def test_cyclic_file_written_by_number(adds):
    t = terminal(cyclic_number_adds=adds)
    t.send("00A4000002DF02")
    assert t.authenticate("UK6DF02", 0x89) == "9000"
    first, second = bytes([1]) * 0x12, bytes([2]) * 0x12
    for record in (first, second):
        assert t.sw(b"\x00\xdc\x01\xb4\x12" + record) == "9000"
    assert t.authenticate("RK1DF02", 0x88) == "9000"
    assert t.send("00B201B412")[0] == second
    assert (t.send("00B202B412")[0] == first) is adds


@pytest.mark.parametrize(("reading", "word"), [("field", "9000"), ("standard", "6A82")])
def test_elementary_file_selected_with_p1_00(reading, word):
    t = terminal(select_ef_p1=reading)
    assert t.sw("00A4000002EF05") == word
    assert t.sw("00A4020002EF05") == "9000"


@pytest.mark.parametrize(("reading", "word"), [("transmission", "6C28"), ("data", "9000")])
def test_read_binary_le_00(reading, word):
    t = terminal(read_binary_le00=reading)
    t.send("00A4000002DF01")
    assert t.sw("00B0960000") == "9000"  # 256 bytes and more are left: no reading objects
    assert t.sw("00B0010000") == word  # 296 bytes, 40 left from offset 256


@pytest.mark.parametrize("word", ["6F00", "6400"])
def test_get_response_with_nothing_waiting(word):
    assert terminal(get_response_nothing=word).sw("00C0000000") == word


@pytest.mark.parametrize("word", ["6987", "6988"])
def test_missing_mac(word):
    t = terminal(missing_mac=word)
    assert t.authenticate("PUK", 0x06) == "9000"
    t.challenge()
    assert t.sw("8424000002AABB") == word


@pytest.mark.parametrize(("lock", "words"), [(False, ["63C3"] * 5), (True, ["63C2", "63C1", "63C0", "6983", "6983"])])
def test_block_keys_lock_or_not(lock, words):
    t = terminal(block_keys_lock=lock)
    assert [t.authenticate("BK", 0x05, wrong=True) for _ in words] == words


@pytest.mark.parametrize(("counts", "word"), [(True, "6983"), (False, "9000")])
def test_wrong_mac_and_the_unlocking_key(counts, word):
    t = terminal(wrong_mac_counts_for_puk=counts)
    assert t.authenticate("PUK", 0x06) == "9000"
    for _ in range(3):
        t.challenge()
        assert t.sw("842400000400000000") == "6988"
    assert t.authenticate("PUK", 0x06) == word


@pytest.mark.parametrize(("may", "word"), [(True, "9000"), (False, "6700")])
def test_unblocking_may_clear_the_pin(may, word):
    t = terminal(unblock_may_clear_pin=may)
    assert t.authenticate("PUK", 0x06) == "9000"
    assert t.sw(t.secured("STKSSSE", "84240001")) == word
    assert t.sw("0020000000") == ("9000" if may else "63C3")


@pytest.mark.parametrize("word", ["9303", "9000"])
def test_application_blocked_twice(word):
    t = terminal(blocked_twice=word)
    t.send(DF03)
    assert t.authenticate("LKDF03", 0x83) == "9000"
    block = t.secured("STKDF03", "841E0001")
    assert t.sw(block) == "9000"
    assert t.sw(block) == word
    assert t.sw("00A4020002EF05") == "9303"
    t.send(SSSE)
    assert t.sw(DF03) == "9303"


@pytest.mark.parametrize(("le00", "word"), [("6Cxx", "6C12"), ("data", "9000")])
def test_read_record_le_00(le00, word):
    t = Terminal(profile_with(transmission={"le00": le00}))
    t.send(SSSE)
    assert t.sw("00B2012C00") == word


@pytest.mark.parametrize(("case4", "word"), [("61xx", "6118"), ("direct", "9000")])
def test_answers_to_commands_with_data(case4, word):
    assert Terminal(profile_with(transmission={"case4": case4})).sw(SSSE) == word


@pytest.mark.parametrize(("trailing", "word"), [("ignore", "9000"), ("6700", "6700")])
def test_superfluous_le(trailing, word):
    t = Terminal(profile_with(transmission={"trailing_le": trailing}))
    t.send(SSSE)
    assert t.sw("002000000312345600") == word


@pytest.mark.parametrize(("protocol", "atr"), [("T=0", "3B6D0000"), ("T=1", "3BED00008131FE45")])
def test_one_protocol_per_atr(protocol, atr):
    assert Terminal(profile_with(transmission={"protocol": protocol})).card.atr.hex().upper().startswith(atr)


@pytest.mark.parametrize("form", ["MAC", "enciphered"])
def test_secured_updates(form):
    t = terminal(secured_updates=form)
    assert t.authenticate("UKSSSE", 0x04) == "9000"
    record = bytes.fromhex("020132")
    send = t.enciphered if form == "enciphered" else t.secured
    assert t.sw(send("STKSSSE", "04DC022C", record)) == "9000"
    assert t.send("00B2022C03") == (record, "9000")
    other = t.secured if form == "enciphered" else t.enciphered
    assert t.sw(other("STKSSSE", "04DC022C", record)) == ("6988" if form == "enciphered" else "6A85")


@pytest.mark.parametrize("pin", ["", "1234", "123456", "12345678901"])
def test_card_without_and_with_a_pin(pin):
    profile = load("social-2.0")
    t = Terminal(structs.replace(profile, ssse=structs.replace(profile.ssse, pin=pin)))
    t.send(SSSE)
    assert t.sw("0020000000") == ("63C3" if pin else "9000")
    t.send("00A4000002DF01")
    assert t.sw("00B2012C06") == ("6982" if pin else "6C04")
    if pin:
        packed = bytes.fromhex(pin + "F" * (len(pin) % 2))
        assert t.sw(b"\x00\x20\x00\x00" + bytes((len(packed),)) + packed) == "9000"
        assert t.sw("00B2012C06") == "6C04"
