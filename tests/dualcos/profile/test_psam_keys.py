"""The keys of a PSAM as its profile says them: a tier for all, as listed, one by one (SSC-9 §6, App. A, App. B).

Written from the tables of the standard, the key index and the lists of terminal programs, not from the tables of the
program. Values are worked out by ``foreign_ciphers`` of roots that are worked out here.
"""

from __future__ import annotations

import hashlib
from typing import NamedTuple

import pytest

import dualcos
from dualcos.dialogue.psam import PsamKey
from dualcos.profile.psam_order import psam_order
from dualcos.profile.schema import ProfileError, load, parse
from tests.dualcos.profile import foreign_ciphers as foreign

TEXT = """
title = "t"
title_zh = "t"
ref = []
chip.serial = "0000C0F2"
keys.label = "demo"
psam = {{ city = "990000", terminal = "990000000002", {more} }}
"""
FACTORS = (b"990000sh", b"990000sx")
"""F1 of the province, F2 of the city (SSC-9 §7.3.1, §7.3.2)."""
STEPS = {"root": 3, "province": 2, "city": 1}
FILES = {"national": 0x11, "provincial": 0x12, "city": 0x13}
OWN = "000102030405060708090A0B0C0D0E0F"


def made(more: str) -> dict[str, tuple[PsamKey, ...]]:
    """The keys by environment."""
    profile = parse(TEXT.format(more=more))
    return {each.name[:3].decode(): each.keys.held for each in psam_order(profile, profile.psam).environments}


def places(keys) -> list[str]:
    """As people write them: file, usage and identifier."""
    return [f"{key.file:02X}:{key.head.usage:02X}/{key.head.kid:02X}" for key in keys]


def value(name: str, steps: int, length: int = 16, *, sm: bool = False) -> bytes:
    """The test key so many steps above the card, from the root that every profile of this label has for the name."""
    key = hashlib.sha256(f"dualcos test key demo social {name}".encode()).digest()[:length]
    for factor in FACTORS[: 3 - steps]:
        key = foreign.child(key, factor, sm=sm)
    return key


def is_key(held: PsamKey, wanted: bytes, *, sm: bool = False) -> bool:
    return held.key.check_value == foreign.ecb(wanted, bytes(16 if sm else 8), sm=sm)[:3]


# --- what the documents list -------------------------------------------------------------------------------------


class Listed(NamedTuple):
    """A key of SSC-9 table B1 or of the index of 2013: where in a PSAM, at whose tier, in whose range of App. A."""

    name: str
    place: str
    tier: str
    range: str
    length: int = 16


LISTED = (
    Listed("IRK", "67/08", "root", "national"),
    Listed("STKSSSE", "26/09", "city", "national", 8),
    Listed("STKDF04", "26/23", "city", "national", 8),
    Listed("UK3DF01", "27/24", "city", "national"),
    Listed("UK5DF02", "27/28", "city", "national"),
    Listed("UK2DF04", "27/2A", "city", "national"),
    Listed("RK1DF03", "67/2B", "root", "national"),
    Listed("RK2DF03", "67/2C", "root", "national"),
    Listed("RK1DF04", "67/2D", "root", "national"),
    Listed("PUK", "48/10", "province", "provincial"),
    Listed("BK", "48/11", "province", "provincial"),
    Listed("UKSSSE", "48/12", "province", "provincial"),
    Listed("RKSSSE", "47/0A", "province", "national"),
    Listed("LKDF03", "48/40", "province", "provincial"),
    Listed("UK1DF01", "48/42", "province", "provincial"),
    Listed("UK1DF03", "48/47", "province", "provincial"),
    Listed("DSK", "48/4A", "province", "provincial"),
    Listed("RK3DF07", "47/B1", "province", "national"),
    Listed("STKDF05", "48/B3", "province", "national", 8),
)
REGIONAL = (
    Listed("UK1SSSE", "48/13", "province", "provincial"),
    Listed("RKEF0C", "48/5D", "province", "provincial"),
    Listed("UKEF0CDF03", "28/58", "city", "provincial"),
    Listed("UKEF0FDF03", "28/5B", "city", "provincial"),
    Listed("UKEF0CDF04", "28/5C", "city", "provincial"),
    Listed("UKEF0DDF04", "28/54", "city", "provincial"),
)
EVERYWHERE = {tier: made(f'tier = "{tier}"')["sx1"] for tier in (*STEPS, "as listed")}


def found(keys, place: str) -> PsamKey:
    usage, identifier = (int(each, 16) for each in place.split("/"))
    (key,) = (each for each in keys if (each.head.usage, each.head.kid) == (usage, identifier))
    return key


def root(one: Listed) -> str:
    """Three groups of most keys; the first has the key's own name."""
    return one.name


@pytest.mark.parametrize("tier", EVERYWHERE)
@pytest.mark.parametrize("one", LISTED, ids=[one.name for one in LISTED])
def test_a_tier_for_all_or_as_listed(one, tier):
    steps = STEPS[one.tier if tier == "as listed" else tier]
    usage, identifier = one.place.split("/")
    key = found(EVERYWHERE[tier], f"{steps << 5 | int(usage, 16) & 0x1F:02X}/{identifier}")
    assert key.file == FILES[one.range]
    assert key.head.algorithm == (1 if one.length == 8 else 0)
    assert is_key(key, value(root(one), steps, one.length))


@pytest.mark.parametrize("tier", STEPS)
@pytest.mark.parametrize("one", [*LISTED, *REGIONAL], ids=[one.name for one in (*LISTED, *REGIONAL)])
def test_one_row_is_one_key_at_its_tier(one, tier):
    """And nothing else, where the tables give nothing; 28/09 beside 26/09, which a PIN needs, is of the same row."""
    keys = made(f'tier = "none", keys = [{{ key = "{one.name}", tier = "{tier}" }}]')["sx1"]
    usage, identifier = one.place.split("/")
    place = f"{STEPS[tier] << 5 | int(usage, 16) & 0x1F:02X}/{identifier}"
    assert is_key(found(keys, place), value(root(one), STEPS[tier], one.length))
    assert found(keys, place).file == FILES[one.range]
    assert {key.head.kid for key in keys} == {int(identifier, 16)}


@pytest.mark.parametrize("one", REGIONAL, ids=[one.name for one in REGIONAL])
def test_a_regional_key_is_where_its_programs_look(one):
    assert places(made(f'tier = "none", keys = [{{ key = "{one.name}" }}]')["sx1"]) == [
        f"{FILES[one.range]:02X}:{one.place}"
    ]


def test_a_row_stands_in_place_of_what_the_tables_give():
    plain = EVERYWHERE["city"]
    keys = made('keys = [{ key = "UKSSSE", tier = "root" }, { key = "UKSSSE", tier = "province" }]')["sx1"]
    assert len(keys) == len(plain) + 1
    assert {key.head.usage for key in keys if key.head.kid == 0x12} == {0x68, 0x48}
    others = [key for key in places(plain) if not key.endswith("/12")]
    assert [key for key in places(keys) if not key.endswith("/12")] == others


def test_older_names_go():
    keys = made('tier = "none", keys = [{ key = "UKMF", tier = "city" }, { key = "STK", tier = "city" }]')["sx1"]
    assert places(keys) == ["12:28/12", "11:26/09", "11:28/09"]


def test_in_one_environment_only():
    both = made('sx3 = "SM4", keys = [{ key = "UKSSSE", tier = "root", environments = ["sx3"] }]')
    assert is_key(found(both["sx1"], "28/12"), value("UKSSSE", 1))
    assert is_key(found(both["sx3"], "68/12"), value("UKSSSE", 3, sm=True), sm=True)
    assert len(both["sx1"]) == len(both["sx3"])


RECORD = (
    ('{ key = "UKSSSE", tier = "city" }', "12:28/12", 0, value("UKSSSE", 1)),
    ('{ key = "UKSSSE", group = 3, tier = "city" }', "12:28/12", 0, value("UKSSSE group 3", 1)),
    ('{ key = "UKSSSE", usage = "47" }', "12:47/12", 0, value("UKSSSE", 2)),
    ('{ key = "UKSSSE", identifier = "81", tier = "city" }', "13:28/81", 0, value("UKSSSE", 1)),
    ('{ key = "UKSSSE", file = "0011", tier = "city" }', "11:28/12", 0, value("UKSSSE", 1)),
    ('{ key = "UKSSSE", algorithm = "DES", tier = "city" }', "12:28/12", 1, value("UKSSSE", 1, 8)),
    (f'{{ key = "UKSSSE", tier = "city", value = "{OWN}" }}', "12:28/12", 0, bytes.fromhex(OWN)),
    (f'{{ key = "STKSSSE", usage = "28", value = "{OWN[:16]}" }}', "11:28/09", 1, bytes.fromhex(OWN[:16])),
    (f'{{ usage = "0C", identifier = "85", value = "{OWN}" }}', "13:0C/85", 0, bytes.fromhex(OWN)),
    ('{ key = "DLK01", usage = "69", identifier = "01" }', "11:69/01", 0, value("DLK01", 3)),
    ('{ key = "DPK02", group = 2, tier = "root" }', "11:62/02", 0, value("DPK02 group 2", 3)),
    ('{ key = "DPK02", group = 1, identifier = "02", tier = "city" }', "11:22/02", 0, value("DPK02", 1)),
)


@pytest.mark.parametrize(("row", "place", "algorithm", "wanted"), RECORD, ids=[each[0] for each in RECORD])
def test_all_of_a_record_can_be_said(row, place, algorithm, wanted):
    """Usage, identifier or version, algorithm, tier, file, value given or derived (SSC-9 §6.1)."""
    (key,) = made(f'tier = "none", keys = [{row}]')["sx1"]
    assert places([key]) == [place]
    assert key.head.algorithm == algorithm
    assert is_key(key, wanted)


def test_an_sm4_key_among_those_of_des():
    (key,) = made('tier = "none", keys = [{ key = "RKSSSE", tier = "province", algorithm = "SM4" }]')["sx1"]
    assert key.head.algorithm == 3
    assert is_key(key, value("RKSSSE", 2, sm=True), sm=True)


def test_groups_are_those_that_the_authority_announces():
    """SSC-9 §5.5 to §5.7: byte 2 of 001A, 001B, 001C, each of the keys in its own file."""
    more = "national = { group = 2 }, provincial = { group = 3, purchase_index = 2 }, group = 1"
    profile = parse(TEXT.format(more=f'tier = "as listed", {more}'))
    order = psam_order(profile, profile.psam)
    assert [each.hex()[:4] for each in order.announced] == ["0102", "0203", "0101"]
    held = order.environments[0].keys.held
    assert is_key(found(held, "47/0A"), value("RKSSSE group 2", 2))
    assert is_key(found(held, "48/12"), value("UKSSSE group 3", 2))
    assert is_key(found(held, "48/10"), value("PUK", 2))  # has one group


def test_what_file_0015_says():
    profile = parse(TEXT.format(more='issuer = "07", version = "0A", card_type = "03", fci = "BEEF"'))
    assert psam_order(profile, profile.psam).public.hex().upper() == "07" + "00000000000000000001" + "0A03BEEF"


NAMES_OF_SX1 = ("MF master", "sx1 application master", "KID-01 root", "KID-02 province", "KID-03 city")


@pytest.mark.parametrize("name", NAMES_OF_SX1)
def test_the_psams_own_keys_can_be_given(name):
    """Master keys and the keys of the three authorities (SSC-9 §5, App. A: 00 to 07)."""
    profile = parse(TEXT.format(more=f'own_keys = {{ "{name}" = "{OWN}" }}'))
    keys = psam_order(profile, profile.psam).environments[0].keys
    own = dict(zip(NAMES_OF_SX1, (keys.master, keys.application, *keys.authorities), strict=True))
    given = foreign.ecb(bytes.fromhex(OWN), bytes(8))[:3]
    assert [each for each in NAMES_OF_SX1 if own[each].check_value == given] == [name]


@pytest.mark.parametrize("name", ["MF", "sx2 master", "sx3 application master", "KID-04"])
def test_an_own_key_that_the_psam_has_not_is_refused(name):
    with pytest.raises(ProfileError, match="the PSAM has no such key; it has MF master, sx1 application"):
        made(f'own_keys = {{ "{name}" = "{OWN}" }}')


def test_a_key_file_has_room_for_all_its_keys():
    """254 keys are a file's most (SSC-9 §5)."""
    rows = [
        f'{{ usage = "{usage}", identifier = "{number:02X}", value = "{OWN}", file = "0013" }}'
        for usage in ("26", "27", "28", "46")
        for number in range(64)
    ]
    assert len(made(f'tier = "none", keys = [{", ".join(rows[:254])}]')["sx1"]) == 254
    made_of = dualcos.card(parse(TEXT.format(more=f'tier = "none", keys = [{", ".join(rows[:70])}]')), seed=1)
    made_of.power_on()
    assert made_of.exchange(bytes.fromhex("00A4040006D15600000590"))[:1] == b"\x61"
    assert made_of.exchange(bytes.fromhex("BFDE2705100001020304050607" + "00" * 8)) == b"\x90\x00"
    with pytest.raises(ProfileError, match=r"255 keys for file 0013 of sx1; it holds 254"):
        made(f'tier = "none", keys = [{", ".join(rows[:255])}]')


def test_the_shipped_one_is_of_three_tiers():
    profile = load("psam-mixed-tiers")
    for made_in in psam_order(profile, profile.psam).environments:
        steps = {key.head.usage >> 5 for key in made_in.keys.held}
        assert steps == {1, 2, 3}
        assert {"12:48/13", "12:48/5D", "12:48/12", "12:28/12", "11:22/01"} <= set(places(made_in.keys.held))


# --- what no PSAM can be made of -----------------------------------------------------------------------------------


NONE = "no key of the social side that a PSAM may hold is called"
FAULTS = (
    (
        'keys = [{ key = "RKSSE" }]',
        f'[0].key: {NONE} "RKSSE"; did you mean RKSSSE?',
    ),
    (
        'keys = [{ key = "RKSSSE", tier = "root" }, { key = "AC" }]',
        f'[1].key: {NONE} "AC"; ',
    ),
    (
        'keys = [{ key = "MK", usage = "28", identifier = "80" }]',
        f'[0].key: {NONE} "MK"; ',
    ),
    (
        'keys = [{ key = "PIN", usage = "28", identifier = "80" }]',
        f'[0].key: {NONE} "PIN"; ',
    ),
    (
        f'keys = [{{ identifier = "80", value = "{OWN}" }}]',
        "[0].usage: missing; a key outside the tables needs usage, identifier and value",
    ),
    (
        f'keys = [{{ usage = "28", value = "{OWN}" }}]',
        "[0].identifier: missing; ",
    ),
    (
        'keys = [{ usage = "28", identifier = "80" }]',
        "[0].value: missing; ",
    ),
    (
        'keys = [{ key = "DTK" }]',
        "[0].usage: missing; no table gives a PSAM DTK",
    ),
    (
        'keys = [{ key = "DTK", usage = "2C" }]',
        "[0].identifier: missing; no table gives a PSAM DTK",
    ),
    (
        'keys = [{ key = "RKSSSE", tier = "root", usage = "47" }]',
        "[0].tier: usage 47 is of tier province, 2 steps from the card; with tier root it is usage 67",
    ),
    (
        'keys = [{ key = "RKSSSE", tier = "province", usage = "67" }]',
        "[0].tier: usage 67 is of tier root, 3 steps from the card; with tier province it is usage 47",
    ),
    (
        'keys = [{ key = "RKSSSE", tier = "city", usage = "07" }]',
        "[0].tier: usage 07 is of one card, 0 steps from the card; with tier city it is usage 27",
    ),
    (
        'keys = [{ key = "RKSSSE", usage = "87" }]',
        "[0].usage: 87 leaves 4 steps; the tree has 3",
    ),
    (
        'keys = [{ key = "RKSSSE", usage = "41" }]',
        "[0].usage: 41 is of type 01; types are 02, 06, 07, 08, 09, 0C",
    ),
    (
        'keys = [{ key = "RKSSSE", usage = "07" }]',
        "[0].value: missing; usage 07 leaves no step: it is the key of one card",
    ),
    (
        'keys = [{ key = "PUK", group = 2 }]',
        "[0].group: PUK has one group; leave it out",
    ),
    (
        f'keys = [{{ usage = "28", identifier = "80", value = "{OWN}", group = 1 }}]',
        "[0].group: a key outside the tables belongs to no group",
    ),
    (
        'keys = [{ key = "RKSSSE", value = "0001020304050607", algorithm = "3DES" }]',
        "[0].value: a key of 3DES has 32 hex digits",
    ),
    (
        f'keys = [{{ key = "RKSSSE", value = "{OWN}", algorithm = "DES" }}]',
        "[0].value: a key of DES has 16 hex digits",
    ),
    (
        'mf = "SM4", keys = [{ key = "RKSSSE", value = "0001020304050607" }]',
        "[0].value: a key of SM4 has 32 hex digits",
    ),
    (
        'keys = [{ key = "RKSSSE", environments = ["sx2"] }]',
        "[0].environments: the PSAM has no sx2; it has sx1",
    ),
    (
        'mf = "", keys = [{ key = "RKSSSE" }]',
        ": a blank chip holds no keys; ",
    ),
    (
        'keys = [{ key = "RKSSSE" }, { key = "RKSSSE" }]',
        "[1]: usage 27 identifier 0A of sx1 is RKSSSE already, by $.psam.keys[0]; ",
    ),
    (
        'keys = [{ key = "UKEF0FDF03", tier = "city" }]',
        "[0]: usage 28 identifier 5B of sx1 is LKDF06 already, by the tables; ",
    ),
    (
        'sx3 = "SM4", keys = [{ key = "PUK", usage = "27", identifier = "0A", environments = ["sx3"] }]',
        "[0]: usage 27 identifier 0A of sx3 is RKSSSE already, by the tables; ",
    ),
    (
        'keys = [{ key = "DPK02", group = 1 }]',
        "[0]: usage 22 identifier 01 of sx1 is DPK01 already, by the tables; ",
    ),
    (
        'keys = [{ key = "RKSSSE", tier = "county" }]',
        '[0].tier: "county" does not go; "city" or "province" or "root"',
    ),
    (
        'keys = [{ key = "RKSSSE", usage = "4" }]',
        "[0].usage: does not go; one byte, 2 hex digits",
    ),
    (
        'keys = [{ key = "RKSSSE", value = "00" }]',
        "[0].value: does not go; a key of 8 or 16 bytes, 16 or 32 hex digits",
    ),
    (
        'keys = [{ key = "RKSSSE", version = 1 }]',
        "[0].version: unknown field `version`; ",
    ),
)


@pytest.mark.parametrize(("more", "fault"), FAULTS, ids=[each[0] for each in FAULTS])
def test_what_no_psam_can_be_made_of_is_refused_in_a_line(more, fault):
    with pytest.raises(ProfileError) as refused:
        parse(TEXT.format(more=more))
    said = str(refused.value)
    assert said.startswith(f"profile: $.psam.keys{fault}"), said
    assert "\n" not in said
    assert OWN not in said


@pytest.mark.parametrize(
    "more",
    [
        'keys = [{ key = "RKSSSE" }, { key = "RKSSSE", algorithm = "SM4" }]',
        'sx3 = "SM4", keys = [{ key = "PUK", environments = ["sx1"] }, { key = "PUK", environments = ["sx3"] }]',
        'keys = [{ key = "RKSSSE", tier = "city" }, { key = "RKSSSE", tier = "root" }]',
        'keys = [{ key = "LKDF06", tier = "root" }, { key = "UKEF0FDF03", tier = "city" }]',
    ],
)
def test_what_differs_in_cipher_environment_or_tier_is_no_second_key(more):
    made(more)


def test_a_second_key_under_one_name_is_one_too_many_in_another_file_too():
    """DELIVERY SESSION KEY names no file."""
    with pytest.raises(ProfileError, match=r"keys\[1\]: usage 27 identifier 0A of sx1 is RKSSSE already"):
        made('keys = [{ key = "RKSSSE" }, { key = "RKSSSE", file = "0013" }]')
