"""A right card passes whatever its profile says of it: vectors name the card's own data, and hold none of a specimen's.

Built-in cards are played with fields that they could have otherwise; over all of them every field there is has another
value once. ``make cards-otherwise`` plays each value alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType

import pytest

import dualcos
from dualcos.lab.conformance import run_report
from dualcos.lab.conformance.applying import NotForThisCard
from dualcos.lab.conformance.card_on_bench import Bench, ReaderBench
from dualcos.lab.conformance.playing import VectorVerdict, play_all
from dualcos.lab.conformance.profile_data import as_bytes, data_of
from dualcos.lab.conformance.vector_file import Case
from dualcos.lab.conformance.vector_file import load as load_vectors
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.schema import Profile, load
from dualcos.profile.social_order import social_order
from tests.conformance.cards_otherwise import VECTORS, common, judged, variations

HERE = "990000", "9900"  # region codes of every invented card: too short to be a literal of one
OPTIONS = (
    "ssse.options.card_block_scope=card",
    "ssse.options.cyclic_number_adds=false",
    "ssse.options.select_ef_p1=standard",
    "ssse.options.read_binary_le00=data",
    "ssse.options.get_response_nothing=6400",
    "ssse.options.missing_mac=6988",
    "ssse.options.secured_updates=enciphered",
    "ssse.options.block_keys_lock=true",
    "ssse.options.wrong_mac_counts_for_puk=false",
    "ssse.options.unblock_may_clear_pin=false",
    "ssse.options.blocked_twice=9000",
)
MEDICAL = (
    "ssse.options.medical.type_code=binary",
    "ssse.options.medical.tac_balance=old",
    "ssse.options.medical.load_proof_mac=MAC2",
    "ssse.options.medical.logged_sequence=after",
    "ssse.options.medical.read_starting_day=PIN",
)
TABLES = ("ssse.options.medical.initialize_lasts=next command", "ssse.options.medical.starting_day_right=master key")
MADE = ("chip.maker=1234", "chip.cos=ABCDEF", "chip.card_maker=1234", "chip.region=9977", "chip.serial=DEADBEEF")
INTERFACE = tuple(f"chip.transmission.atr.{each}" for each in ("ta1=94", "tb1=", "tc1=0A", "ta2=10", "tc2=0A"))
KEY = "5EED0001C0FFEE025EED0003C0FFEE04"
PERSON = (
    "ssse.holder.name=测试另一持卡人",
    "ssse.holder.birth=20310203",
    "ssse.holder.sex=9",
    "ssse.holder.ethnic=05",
    "ssse.holder.sequence=567",
    "ssse.holder.card_body=ZZ999942",
    "ssse.holder.card_class=4",
    "ssse.holder.issued=20310203",
    "ssse.holder.expires=20410203",
)
AUTHORITIES = tuple(
    f"psam.{each}.{field}"
    for each in ("national", "provincial", "municipal")
    for field in ("group=2", "purchase_index=3", "valid_from=20310203", "valid_to=20310203")
)
# What is otherwise on which card, and how many vectors must still pass there.
CARDS: Mapping[str, tuple[int, tuple[str, ...]]] = MappingProxyType(
    {
        "social-1.0": (
            150,
            ("ssse.pin=999999", "ssse.pin_tries=2", "keys.label=another maker", "close=false", *MADE, *INTERFACE),
        ),
        "social-2.0": (
            800,
            (
                *("ssse.pin=98765432101", "ssse.pin_tries=15", "ssse.city=998877", *PERSON, *OPTIONS, *MEDICAL),
                *(f"ssse.master={KEY}", f"keys.transport={KEY}", "chip.transmission.le00=data"),
                *("chip.transmission.trailing_le=6700", "chip.transmission.get_response=class 00"),
            ),
        ),
        "social-3.0": (300, ("ssse.pin=", f"keys.card_master={KEY}", "ssse.unemployment_in=DF03", *TABLES)),
        "social-3.0-pki": (
            450,
            (
                *("ssse.pin=8642", "ssse.pin_tries=1", "chip.transmission.case4=direct", "holder=empty-items"),
                *("pki.user_pin=8642", "pki.manager_pin=987654321012", "pki.pin_tries=1", f"pki.master={KEY}"),
                *(
                    f"pki.application_master={KEY[::-1]}",
                    f"pki.public_key=0040{'5A' * 64}",
                    "pki.certificate_room=4096",
                ),
                *("pki.signature_certificate=3003020155", "pki.encryption_certificate=3003020155"),
                "pki.certificate_write=manager PIN",
            ),
        ),
        "dual-2.0-3des": (
            800,
            (
                *("ssse.pin=654321", "ssse.pin_tries=4", "ssse.dir_sfi=14", "ssse.dir_wrapped=true"),
                *("chip.mf_fci=6F0784055A5A5A5A5A", "ssse.identification=990000D156000005DEADBEEF01020304"),
                *("ssse.institution=99000000000000000000000B", "ssse.holder.card_check=X"),
                *("ssse.charset=gb18030", "ssse.unemployment_in=DF03", "holder=every-item-full"),
                *('ssse.extensions=["SSSE/EF0C"]', "pse.pin=8642", "pse.pin_tries=1", "pse.label=ANOTHER"),
            ),
        ),
        "psam-3des": (
            10,
            (
                *(
                    "psam.city=998877",
                    "psam.terminal=998877000042",
                    "psam.issuer=03",
                    "psam.version=03",
                    "psam.fci=1234",
                ),
                *("psam.serial=99887700000000000042", "psam.card_type=03", "psam.group=3", "psam.purchase_index=3"),
                *("psam.valid_from=20310203", "psam.valid_to=20310203", *AUTHORITIES),
                *("psam.options.mac_answer=block", "psam.options.wrong_mac2=9302", "psam.sx2=SM4", "psam.sx3=SM4"),
                *("psam.options.delivered_key=one calculation", "psam.options.terminal_sequence=80 72"),
                *("psam.options.failed_authentication=6982", "psam.options.initialize_environment=accepted"),
            ),
        ),
        "psam-sm4": (
            5,
            (
                *("psam.mf=3DES", "psam.tier=province", "psam.options.session_factor=16"),
                "psam.options.factor_order=province first",
            ),
        ),
        "dual-3.0-sm4": (
            400,
            ("chip.transmission.protocol=T=1", "ssse.version=2.0", "ssse.algorithm=3DES", "ssse.pin=123456789012"),
        ),
    }
)


INCONCLUSIVE = VectorVerdict.INCONCLUSIVE
PIN_FILES = ("verify", "change-pin", "pin-unblock")
PINS = (
    *(f"ssse.pin={pin}" for pin in ("999999", "654321", "888888", "000000", "12345", "123456789012", "")),
    *(f"ssse.pin_tries={tries}" for tries in (1, 2, 15)),
)


@pytest.mark.parametrize("name", CARDS)
def test_a_right_card_passes_whatever_its_profile_says(name):
    least, settings = CARDS[name]
    found = judged(name, settings)
    assert not found.refused
    assert not found.wrong, "\n".join(map(run_report.line, found.wrong))
    assert found.passed >= least


def test_every_field_is_otherwise_on_one_of_the_cards():
    """The bank side aside: its vectors are for the cards they name, but for the name that every bank side has."""
    changed = {setting.partition("=")[0] for _, settings in CARDS.values() for setting in settings}
    assert all(load(name, settings=settings) != load(name) for name, (_, settings) in CARDS.items())
    fields = {each.path for name in CARDS for each in variations(name) if not each.path.startswith("pse.")}
    assert fields - changed == set()
    of_banks = {case.id for case in common() if case.profile.startswith("bank") or case.path.parent.name == "pse"}
    assert of_banks == {"CARD-ENVIRONMENT-PSE", "CARD-ENVIRONMENT-NO-SSSE"}


@pytest.mark.parametrize("setting", PINS)
def test_what_is_about_the_pin_bears_any_pin(setting):
    """Digits that are wrong or new elsewhere, an odd number of them, the most, none; one try and the most."""
    played = [case for name in PIN_FILES for case in load_vectors(VECTORS / "ssse" / f"{name}.json")]
    results = list(play_all(played, Bench("social-2.0", settings=(setting,))))
    assert not [run_report.line(each) for each in results if each.verdict in (VectorVerdict.FAIL, INCONCLUSIVE)]
    passed = sum(each.verdict is VectorVerdict.PASS for each in results)
    assert passed >= (5 if setting == "ssse.pin=" else 35)


# --- a card in a reader -----------------------------------------------------------------------------------------------

IN_READER = ("ssse.pin=8642", "ssse.pin_tries=6", "keys.label=another maker", *MADE)


def test_a_real_card_with_another_pin_passes():
    card = personalised_card(load("social-2.0", settings=IN_READER), 5)
    before = card.dump()
    bench = ReaderBench(card, "social-2.0", settings=IN_READER)
    results = [each for each in play_all(common(), bench) if each.verdict is not VectorVerdict.NOT_APPLICABLE]
    assert not [run_report.line(each) for each in results if each.verdict is not VectorVerdict.PASS]
    assert len(results) > 300
    assert card.dump() == before


def test_a_card_that_is_told_otherwise_plays_nothing_made_for_the_specimen():
    card = dualcos.card("social-2.0", 5)
    bench = ReaderBench(card, "social-2.0", settings=("ssse.pin=8642",))
    made_for = load_vectors(VECTORS / "ssse" / "response-class.json")
    mine = next(case for case in made_for if case.live and case.profile == "social-2.0" and not case.conditions)
    with pytest.raises(NotForThisCard, match=r"made for the card social-2\.0"):
        bench.target(mine)


# --- no literal of a specimen -----------------------------------------------------------------------------------------

# Hex that is there for another reason than that the specimen has it too.
_HASHED = "a message whose hash is asked for, not a PIN"
OTHER_REASONS: Mapping[str, str] = MappingProxyType(
    {"PKI-FILES-13": _HASHED, "PKI-FILES-14": _HASHED, "PKI-FILES-15": _HASHED}
)


@cache
def needles(name: str) -> Mapping[str, str]:
    """What stands on the card of a profile and on no other: hex, and what it is."""
    profile = load(name)
    found = {whole.hex().upper(): path for path, whole in _fields(profile) if len(whole) > 2}
    found[profile.chip.historical.hex().upper()] = "chip"
    for what in ("transport_key", "card_master_key"):
        found[getattr(profile, what).hex().upper()] = what
    if profile.ssse is not None:
        found[profile.social_key("master").hex().upper()] = "social master"
        for (directory, file), records in social_order(profile, profile.ssse).contents.items():
            for record in records:
                value = record[2:]
                if len(value.rstrip(b"\x00")) > 5 and len(set(value)) > 3:
                    found[value.rstrip(b"\x00").hex().upper()] = f"{directory:04X}/{file:04X}"
    return found


def _fields(profile: Profile) -> Iterator[tuple[str, bytes]]:
    for path, said in data_of(profile).items():
        if isinstance(said, str) and ".options." not in path and said not in HERE:
            whole = as_bytes(said)
            if whole is not None:
                yield path, whole


def texts(case: Case) -> Iterator[str]:
    """Every piece of hex in the steps of a vector and of its routines."""
    for step in case.every_step():
        pieces = [step.send or "", step.routine or ""]
        for wanted in step.alternatives():
            pieces += [wanted.data or "", *wanted.tlv.values()]
        yield from ("".join(piece.split()).upper() for piece in pieces)


def test_no_literal_of_a_specimen_stands_in_what_is_played_on_other_cards():
    found = {
        f"{case.id}: {what}"
        for case in common()
        for text in texts(case)
        for needle, what in needles(_profile(case)).items()
        if needle in text and case.id not in OTHER_REASONS
    }
    assert not found


def test_the_search_would_find_each_kind_of_literal():
    held = set(needles("social-2.0").values()) | set(needles("social-3.0-pki").values())
    assert {"ssse.pin", "pki.user_pin", "pki.manager_pin", "chip.serial", "transport_key", "DDF1/EF06"} <= held


def _profile(case: Case) -> str:
    return case.profile if "/" not in case.profile else str((case.path.parent / case.profile).resolve())
