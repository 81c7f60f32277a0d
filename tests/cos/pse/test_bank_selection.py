"""Selection of the bank side: by whole and partial name, next occurrence, from MF, SSSE and PSE (PBOC-5 §6.4, B.13)."""

from __future__ import annotations

import pytest
from bank_terminal import AID, ARQC, PSE

from apdu import tlv
from apdu.command import parse
from cos.kernel.directory_headers import DirectoryHeader, DirectoryKind
from cos.kernel.files import FileSystem

SSSE = "7378312E73682EC9E7BBE1B1A3D5CF"
SECOND = "A000000333010102"
PARTIAL = "A0000003330101"


@pytest.fixture
def two(made):
    """A card with a second application behind the first, not personalised: found, but nothing to transact with."""
    card = made()
    header = DirectoryHeader(0xDFB2, DirectoryKind.ADF, 0, 0, card_block_reaches_mf=False, name=bytes.fromhex(SECOND))
    environment = card.card._dispatcher._environments["pse"][1]
    FileSystem(environment.grant.nvm).put_directory(0xDFB2, header.encode())
    return card


def name_of(answer):
    return tlv.find(answer.data, 0x6F, 0x84).hex().upper()


@pytest.mark.parametrize("length", range(5, 9))
@pytest.mark.parametrize("where", ["MF", SSSE, PSE, AID])
def test_every_beginning_of_five_bytes_leads_to_the_application(made, where, length):
    card = made("dual-2.0-3des")
    card.sw("00A40000023F00") if where == "MF" else card.select(where)
    answer = card.select(AID[: 2 * length])
    assert (answer.sw, name_of(answer)) == (0x9000, AID)
    assert card.card.environment == "pse"


@pytest.mark.parametrize("name", ["A00000033302", "A000000333010103", AID + "00", PSE[:10], PSE + "00", "A000000003"])
@pytest.mark.parametrize("where", [PSE, AID, SSSE])
def test_other_names_lead_nowhere_and_change_nothing(made, where, name):
    card = made("dual-2.0-3des")
    card.select(where)
    before = card.card.environment
    assert card.select(name).sw == 0x6A82
    assert card.card.environment == before
    if where == AID:
        assert card.gpo("00" + "000000001000" + "0156").sw == 0x9000


def test_next_finds_each_directory_once(two):
    assert name_of(two.select(PARTIAL)) == AID
    assert name_of(two.select(PARTIAL, 2)) == SECOND
    assert two.select(PARTIAL, 2).sw == 0x6A82
    assert two.select(PARTIAL, 2).sw == 0x6A82
    assert name_of(two.select(PARTIAL)) == AID


def test_next_follows_the_same_name_directly(two):
    two.select(PARTIAL)
    assert two.select(PARTIAL[:-2], 2).sw == 0x6A82
    two.select(PARTIAL)
    assert two.sw("00B2010C00") == 0x9000
    assert two.select(PARTIAL, 2).sw == 0x6A82
    assert two.select(PARTIAL, 2).sw == 0x6A82


def test_next_without_a_first(two):
    two.card.power_on()
    assert two.select(PARTIAL, 2).sw == 0x6A82
    two.select(PSE)
    assert two.select(PSE, 2).sw == 0x6A82


def test_sel083_next_twice_then_the_whole_name(made):
    card = made()
    card.select(PARTIAL)
    assert card.select(PARTIAL, 2).sw == 0x6A82
    assert card.select(PARTIAL, 2).sw == 0x6A82
    card.start()
    assert card.gac(ARQC).cid == ARQC


@pytest.mark.parametrize("name", [PSE, AID, PARTIAL])
def test_selection_in_the_middle_ends_the_transaction(made, name):
    """Conformance case PSE090; selecting the same application again starts afresh too."""
    card = made()
    card.start()
    card.gac(ARQC)
    assert card.select(name).sw == 0x9000
    assert card.ea() in (0x6985, 0x6D00)


def test_leaving_for_the_other_side_and_coming_back(made):
    card = made("dual-3.0-sm4")
    card.select()
    card.gpo("00" + "000000001000" + "0156")
    card.gac(ARQC)
    assert card.select(SSSE).sw == 0x9000
    assert card.select().sw == 0x9000
    assert card.ea() == 0x6985
    card.gpo("00" + "000000001000" + "0156")
    assert card.short(ARQC)[1] == "03A09000"


def test_the_two_sides_do_not_answer_for_each_other(made):
    card = made("dual-2.0-3des")
    card.select(SSSE)
    assert card.sw("80CA9F3600") == 0x6E00 or card.sw("80CA9F3600") == 0x6D00
    card.select()
    assert card.sw("00B0850000") == 0x6D00


def test_at_t1_answers_come_at_once(made):
    card = made()
    environment = card.card._dispatcher._environments["pse"][1]
    direct = environment._replace(transmission=type(environment.transmission)(case4="direct", le00="data"))
    session = direct.open()
    answer = session.handle(parse(bytes.fromhex(f"00A4040008{AID}00")))
    assert (answer.sw, answer.data[:1]) == (0x9000, b"\x6f")
    assert session.handle(parse(bytes.fromhex("00B2010C"))).sw == 0x9000
    assert session.handle(parse(bytes.fromhex("80CA9F36"))).data.hex() == "9f36020000"
    assert session.handle(parse(bytes.fromhex("80CA9F3604"))).sw == 0x6C05


def test_at_t0_a_warning_goes_before_its_data(made):
    """PBOC-3 annex A.7: 6283 first, bare; the FCI waits for GET RESPONSE."""
    card = made()
    card.start()
    card.gac(ARQC)
    card.gac(0x00, b"05")
    assert card.sw(card.script("841E0000")) == 0x9000
    assert card.raw(f"00A4040008{AID}") == (b"", 0x6283)
    length = card.raw("00C0000000")
    assert length.sw >> 8 == 0x6C
    answer = card.raw(f"00C00000{length.sw & 0xFF:02X}")
    assert (answer.sw, answer.data[:1]) == (0x9000, b"\x6f")
