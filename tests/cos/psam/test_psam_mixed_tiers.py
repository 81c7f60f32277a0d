"""One PSAM, several tiers: the shipped one and user cards, in one session (SSC-9 table B1; 密钥索引表 2013).

What terminal programs of two provinces ask their PSAMs for: 67/xx with three factors to read, 48/xx with two to write,
the purchase key, and the keys of extension files.
"""

from __future__ import annotations

import pytest
from counter_with_two_slots import DF04, SSSE, Terminal, social

import dualcos
from dualcos.profile.schema import load

MORE = ', extensions = ["SSSE/EF0C", "SSSE/EF0D"]'
R1, R2 = "9F4C21E07B3A58D6", "3D1E8A6B70C2F495"
CARDS = (
    pytest.param((("2.0", "3DES", MORE), ["psam.mf=3DES"], {}), id="3DES"),
    pytest.param((("3.0", "SM4", MORE), ["psam.mf=SM4"], {"wide": True}), id="SM4"),
)


@pytest.fixture(scope="module", params=CARDS)
def made(request):
    edition, settings, how = request.param
    card, key_card = (
        dualcos.card(each, seed=1) for each in (social(*edition), load("psam-mixed-tiers", settings=settings))
    )
    return card, card.snapshot(), key_card, how


@pytest.fixture
def counter(made):
    card, as_issued, key_card, how = made
    card.restore(as_issued)
    return Terminal(card, key_card, **how)


def test_root_province_and_city_keys_in_one_session(counter):
    """The application of the PSAM is entered once; what it delivers comes from three tiers."""
    card = counter.card
    assert counter.authentication_data(0x67, 0x08, R1, R2) == card.ok("0088000010" + R1 + R2)
    card.ok("0020000003123456")
    card.ok(DF04)
    card.ok("00A4020002EF06")
    assert card.sw("00B2010403") == 0x6982
    assert counter.prove(0x84, 0x67, 0x2D) == 0x9000  # RK1DF04, beside the PIN
    assert card.ok("00B2010403")[:4] == "9001"
    card.ok("00A4020002EF05")
    record = card.ok("00B201040A")
    assert card.sw("00DC01040A" + record) == 0x6982
    assert counter.prove(0x85, 0x48, 0x49) == 0x9000  # UK1DF04
    assert card.sw("00DC01040A" + record) == 0x9000
    counter.settle()


def test_regional_keys_open_the_extension_files(counter):
    card = counter.card
    card.ok("00A4020002EF0D")
    written = "EA0C" + "39" * 12
    assert card.sw("00DC01040E" + written) == 0x6982
    assert counter.prove(0x0D, 0x48, 0x13) == 0x9000
    assert card.sw("00DC01040E" + written) == 0x9000
    assert card.ok("00B201040E") == written

    card.ok("00A4020002EF0C")
    assert counter.prove(0x04, 0x28, 0x12) == 0x9000  # of the city
    assert card.sw("00DC010404" + "EE023132") == 0x9000
    assert card.sw("00B2010404") == 0x6982
    assert counter.prove(0x07, 0x48, 0x5D) == 0x9000
    assert card.ok("00B2010404") == "EE023132"


@pytest.mark.parametrize(("kid", "usage"), [(0x04, 0x48), (0x04, 0x28)])
def test_the_key_that_writes_is_there_at_two_tiers(counter, kid, usage):
    assert counter.prove(kid, usage, 0x12) == 0x9000


def test_a_regional_key_opens_no_other_file(counter):
    card = counter.card
    assert counter.prove(0x0D, 0x48, 0x13) == 0x9000
    card.ok("00A4020002EF0C")
    assert card.sw("00B2010404") == 0x6982
    assert counter.prove(0x07, 0x48, 0x13) == 0x63C2
    card.ok(SSSE)
