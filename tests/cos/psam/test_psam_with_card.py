"""A social card and a PSAM, and nothing between them but commands (SSC-7 §5, §6, §12, §13; SSC-9 §8)."""

from __future__ import annotations

import pytest
from counter_with_two_slots import DF01, DF04, SSSE, TIME, Terminal, social
from psam_hand import APPLICATION, SX2

import dualcos
from dualcos.profile.schema import parse

R1, R2 = "9F4C21E07B3A58D6", "3D1E8A6B70C2F495"


CASES = [
    pytest.param((("2.0", "3DES"), "psam-3des", {}), id="3DES"),
    pytest.param((("3.0", "SM4"), "psam-sm4", {"wide": True}), id="SM4"),
    pytest.param((("3.0", "SM4"), "psam-sm4", {"wide": True, "enter": f"{SX2} {APPLICATION}"}), id="SM4 in sx2"),
]


@pytest.fixture(params=CASES)
def terminal(request):
    edition, psam, how = request.param
    return Terminal(dualcos.card(social(*edition)), dualcos.card(psam), **how)


def test_built_in_social_card():
    terminal = Terminal(dualcos.card("social-2.0"), dualcos.card("psam-3des"))
    assert terminal.card.ok("0088000010" + R1 + R2) == terminal.authentication_data(0x07, 0x08, R1, R2)
    assert terminal.prove(0x04, 0x08, 0x12) == 0x9000


def test_internal_authentication(terminal):
    answer = terminal.card.ok("0088000010" + R1 + R2)
    assert terminal.authentication_data(0x07, 0x08, R1, R2) == answer
    assert terminal.authentication_data(0x07, 0x08, R2, R1) != answer


@pytest.mark.parametrize(
    ("directory", "kid", "kind", "identifier"),
    [
        (SSSE, 0x0A, 0x07, 0x0A),
        (SSSE, 0x04, 0x08, 0x12),
        (SSSE, 0x05, 0x08, 0x11),
        (SSSE, 0x06, 0x08, 0x10),
        (DF01, 0x85, 0x07, 0x24),
        (DF04, 0x86, 0x07, 0x2A),
        (DF04, 0x87, 0x08, 0x4A),
    ],
)
def test_external_authentication(terminal, directory, kid, kind, identifier):
    terminal.card.ok(directory)
    assert terminal.prove(kid, kind, identifier) == 0x9000


def test_another_key_does_not_serve(terminal):
    assert terminal.prove(0x04, 0x08, 0x11) == 0x63C2


def test_a_province_and_a_national_psam_reach_the_same_card_key():
    for tier, steps in (("province", 2), ("root", 3)):
        made = parse(
            f"""
            title = ""
            title_zh = ""
            ref = []
            chip.serial = "0000C009"
            keys.label = "demo"
            psam = {{ city = "990000", terminal = "990000000009", tier = "{tier}" }}
            """
        )
        terminal = Terminal(dualcos.card("social-2.0"), dualcos.card(made), tier=steps)
        assert terminal.prove(0x04, 0x08, 0x12) == 0x9000


def test_a_new_pin_with_nothing_but_the_psam(terminal):
    """PUK, then 84 24 enciphered and with MAC under STK: type 8, because type 6 cannot encipher (SSC-7 §13.3)."""
    assert terminal.prove(0x06, 0x08, 0x10) == 0x9000
    assert terminal.secured(0x09, "84240001", "654321") == 0x9000
    assert terminal.card.sw("0020000003123456") == 0x63C2
    assert terminal.card.sw("0020000003654321") == 0x9000


def test_card_block_with_the_mac_only_key(terminal):
    assert terminal.prove(0x05, 0x08, 0x11) == 0x9000
    assert terminal.secured(0x09, "84160000") == 0x9000
    assert terminal.card.sw(SSSE) == 0x6A81


def test_medical_purchase(terminal):
    """MAC1 of the PSAM satisfies the card, MAC2 of the card the PSAM; the year's totals have grown."""
    card = terminal.card
    card.ok("0020000003123456")
    sequence, answer = terminal.settle()
    assert card.ok("B026000206") == "000000C82024"
    assert card.ok(f"B02E003202{sequence}") == answer[8:] + answer[:8]
    assert card.ok("00B201441C")[:6] == sequence + "32"


def test_a_changed_amount_is_found_by_the_card(terminal):
    card, psam = terminal.card, terminal.psam
    card.ok("0020000003123456")
    card.ok(DF04)
    number = terminal.terminal_number()
    answer = card.ok(f"B02801011301{'00000000'}{'000000C9'}{'000007D0'}{number}")
    data = answer[36:44] + answer[28:32] + "00000000000000C8000007D0" + "32" + TIME + answer[32:36] + terminal.factors
    made = psam.ok(f"80700100{len(data) // 2:02X}{data}")
    assert card.sw("B02C01000F" + made[:8] + TIME + made[8:]) == 0x9302


GROUPED = """
    title = "t"
    title_zh = "t"
    ref = []
    chip.serial = "0000C0F2"
    keys.label = "demo"
    psam = {{ city = "990000", terminal = "990000000002", {more} }}
"""


@pytest.mark.parametrize("group", [1, 2, 3])
def test_a_psam_holds_one_group_of_keys_and_says_which(group):
    """SSC-9 table B1: three groups on the user card; 001A to 001C name the PSAM's, and the version picks the card's."""
    psam = dualcos.card(parse(GROUPED.format(more=f"group = {group}")), seed=1)
    terminal = Terminal(dualcos.card(social("2.0", "3DES"), seed=1), psam)
    assert terminal.psam.ok("00B09A0102") == f"{group:02X}20"
    for version in (1, 2, 3):
        original, factor = terminal.card.ok("0084000008"), terminal.card.ok("0084000008")
        data = terminal.authentication_data(0x08, 0x12, factor, original)
        word = terminal.card.sw(f"0082000411{data}{original}{version:02X}")
        assert (word == 0x9000) == (version == group)


@pytest.mark.parametrize("index", [1, 2])
def test_a_purchase_key_is_named_by_its_version(index):
    """SSC-9 table B1, note *: 22/01 to 03 are versions; whose index they are, 001A says."""
    psam = dualcos.card(parse(GROUPED.format(more=f"purchase_index = {index}")), seed=1)
    terminal = Terminal(dualcos.card(social("2.0", "3DES"), seed=1), psam)
    assert terminal.psam.ok("00B09A0001") == f"{index:02X}"
    terminal.card.ok(DF04)
    terminal.card.ok("0020000003123456")
    asked = f"{index:02X}000000000000006400000064"
    answer = terminal.card.ok(f"B028010113{asked}990000000002")
    sequence, version, algorithm, random = answer[28:32], answer[32:34], answer[34:36], answer[36:44]
    amounts = asked[2:]
    command = f"8070010024{random}{sequence}{amounts}32{TIME}{version}{algorithm}{terminal.factors}"
    answer = terminal.psam.ok(command)
    answer = terminal.card.ok(f"B02C01000F{answer[:8]}{TIME}{answer[8:]}")
    assert terminal.psam.sw(f"8072000004{answer[8:]}") == 0x9000


def test_a_kiosk_for_third_edition_cards():
    """As one program goes: sx3, its application by identifier, a 16-byte factor, the version behind the data."""
    enter = "00A404000F7378332E73682EC9E7BBE1B1A3D5CF 00A4000002DF01"
    card = dualcos.card(social("3.0", "SM4"), seed=1)
    terminal = Terminal(card, dualcos.card("psam-sm4", seed=1), wide=True, enter=enter)
    random = terminal.card.ok("0084000008")
    data = terminal.authentication_data(0x08, 0x12, random, random)
    assert terminal.card.sw(f"0082000411{data}{random}01") == 0x9000
    assert terminal.card.sw("00DC05280605042024" + "0115") == 0x9000
