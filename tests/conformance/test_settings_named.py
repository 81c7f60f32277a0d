"""A refusal that another value of a setting would not have given names that setting in the trace, and how to set it.

The same commands go to two cards that differ in one setting. Where one refuses what the other answers, the trace of
the one that refuses must name the setting. ``test_no_setting_is_left_out`` asks of each setting where that is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct, structs

from apdu.command import parse
from apdu.status import SW
from cos.kernel.transmission import TransmissionOptions
from cos.stacks import STACKS
from dualcos.explain import Exchange, Explainer, Happening, TracedCard
from dualcos.explain.setting_notes import Heard, SettingNotes
from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.playing import play
from dualcos.lab.conformance.vector_file import Case, load
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.schema import load as load_profile
from firewall.trace import Reason, TraceBuffer
from tests.conformance_taps import KeepsCommands

VECTORS = Path(__file__).parents[2] / "vectors"

# (setting, value that refuses, value that answers): a vector whose commands show it.
BY_VECTOR = {
    ("chip.transmission.le00", "6Cxx", "data"): "SSC-READING-RECORD-LE00-DATA",
    ("chip.transmission.trailing_le", "6700", "ignore"): "SSC-READING-TRAILING-LE-6700",
    ("chip.transmission.get_response", "class 00", "same class"): "PKI-CLASS-DIGEST-STRICT",
    ("ssse.options.card_block_scope", "card", "environment"): "MF-6A81-01-00A4",
    ("ssse.options.select_ef_p1", "standard", "field"): "SSC-READING-SELECT-TABLE",
    ("ssse.options.read_binary_le00", "transmission", "data"): "SSC-READING-BINARY-LE00-DATA",
    ("ssse.options.secured_updates", "MAC", "enciphered"): "SSC-NUMBERS-14-ENC",
    ("ssse.options.wrong_mac_counts_for_puk", True, False): "SSC-READING-PUK-COUNTS-NOT",
    ("ssse.options.unblock_may_clear_pin", False, True): "SSC-READING-CLEAR-PIN-6700",
    ("ssse.options.blocked_twice", "9303", "9000"): "SSC-READING-BLOCK-TWICE-9000",
    ("ssse.options.medical.initialize_lasts", "next command", "table"): "SSC-READING-INIT-NEXT",
    ("ssse.options.medical.read_starting_day", "PIN", "free"): "SSC-MEDICAL-33",
    ("pse.options.cda_unsupported_refused", True, False): "YYMW-CDA-REFUSED",
    ("pse.options.second_arqc", "6985", "aac"): "LJPZ-ARQC-6985",
    ("pse.options.second_arqc", "6985", "figure-20"): "LJPZ-ARQC-6985",
    ("pse.options.gpo_refuses_foreign", True, False): "YYCS-FOREIGN-08400156",
    ("pse.options.script_refused_after_failed_ea", True, False): "JBSB-V3-EA",
    ("pse.options.script_refused_after_wrong_mac", True, False): "JBSB-V3-MAC",
    ("psam.options.session_factor", "16", "16 or 8"): "PSAM-DELIVERY-07",
    ("psam.options.delivered_key", "one calculation", "one type"): "PSAM-CIPHER-07",
}
ADF = "00A4040008A000000333010101"
GPO = "80A800000B8309000000000123450156"
ARQC = (
    "80AE800034000000012345000000000000015600000480000156261124003F7C21A9143052544553542053484F502020202020202020202020"
)
WRONG_PIN = "0020008008249999FFFFFFFFFF"
# The same by commands of our own, to a built-in card.
BY_COMMANDS = {
    ("pse.options.get_data_atc", False, True): [ADF, "80CA9F3605"],
    ("pse.options.get_data_ptc", False, True): [ADF, "80CA9F1704"],
    ("pse.options.get_data_limits", False, True): [ADF, "80CA9F5804"],
    ("pse.options.get_data_static", False, True): [ADF, "80CA9F5105"],
    ("pse.options.verify_after_first_ac", False, True): [ADF, GPO, ARQC, "0020008008241234FFFFFFFFFF"],
    ("pse.options.master_key_in_use", False, True): ["00A404000E315041592E5359532E4444463031", "0084000008"],
}
# A setting that chooses between words of one refusal: a vector with that refusal, or commands.
WORDS: dict[str, str | list[str]] = {
    "ssse.options.get_response_nothing": ["00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "00B2010000", "00C0000010"],
    "ssse.options.missing_mac": "SSC-READING-NO-MAC-6988",
    "pse.options.missing_mac_word": "SDML-6987-NO-MAC",
    "pse.options.update_record_length": "GXSJ-UPR-6A84",
    "pse.options.verify_without_offline_pin": "CKRZ-6D00",
    "pse.options.personalised_word": [ADF, "80500000080000000000000000"],
    "pse.options.put_data_unknown_tag": "GXSJ-PUT-6A88-9F36",
    "pse.options.gpo_template_word": [ADF, "80A80000028400"],
    "pse.options.blocked_pin_always_6983": [
        ADF,
        *["0020008008249999FFFFFFFFFF"] * 3,
        ADF,
        "0020008008249999FFFFFFFFFF",
    ],
    "psam.options.wrong_mac2": "PSAM-PURCHASE-05",
    "psam.options.failed_authentication": "PSAM-EXTERNAL-05",
}
HERE = "tests/conformance/test_settings_named.py"
MEDICAL = "tests/cos/ssse/medical/test_medical_named.py"
READER = "tests/dualcos/reader/test_protocol_choice.py"
BY_TEST = {
    "chip.transmission.case4": HERE,
    "chip.transmission.protocol": READER,
    "pse.options.card_block_scope": HERE,
    "ssse.options.cyclic_number_adds": MEDICAL,
    "ssse.options.medical.type_code": MEDICAL,
    "ssse.options.medical.logged_sequence": MEDICAL,
    "ssse.options.medical.starting_day_right": MEDICAL,
    "ssse.options.block_keys_lock": HERE,
    "manager.options.plain_first_key": MEDICAL,
}
# What they change is in answers, counters or cryptograms; both values answer, or both refuse with the same word.
NEVER_REFUSE = frozenset(
    (
        "ssse.options.medical.tac_balance",
        "ssse.options.medical.load_proof_mac",
        "pse.options.exhausted_pin_first_rule_only",
        "pse.options.block_on_earlier_exhausted_pin",
        "pse.options.cvr_shows_block_at_check_12",
        "pse.options.skip_zero_amount",
        "pse.options.count_foreign_without_own_currency",
        "pse.options.count_foreign_when_declined",
        "pse.options.advice_only_if_tries_ran_out_now",
        "pse.options.second_ea_marks_cvr",
        "pse.options.arc_source",
        "pse.options.decline_if_mandatory_ea_missing",
        "pse.options.online_indicator_kept_when_turned_down",
        "pse.options.second_blocked_answers_aac",
        "pse.options.unable_cumulative_any_currency",
        "pse.options.unable_pin_bit_needs_ada",
        "pse.options.atc_stops_before_ffff",
        "pse.options.script_failure_sticky",
        "pse.options.script_missing_mac_counts",
        "psam.options.mac_answer",
        "psam.options.factor_order",
        "psam.options.terminal_sequence",
        "psam.options.initialize_environment",
        *(f"chip.transmission.atr.{byte}" for byte in ("ta1", "tb1", "tc1", "ta2", "tc2")),
    )
)


def paths(options: type[Struct], path: str) -> Iterator[str]:
    for field in structs.fields(options):
        if isinstance(field.type, type) and issubclass(field.type, Struct):
            yield from paths(field.type, f"{path}.{field.name}")
        else:
            yield f"{path}.{field.name}"


def every_setting() -> set[str]:
    found = {*paths(TransmissionOptions, "chip.transmission")}
    return found.union(*(paths(stack.options, f"{stack.label}.options") for stack in STACKS))


def test_no_setting_is_left_out():
    shown = {path for path, _, _ in (*BY_VECTOR, *BY_COMMANDS)} | WORDS.keys() | BY_TEST.keys()
    assert shown | NEVER_REFUSE == every_setting()
    assert not shown & NEVER_REFUSE


@pytest.mark.parametrize(("path", "file"), BY_TEST.items())
def test_the_test_named_for_it_asks(path, file):
    assert path in (VECTORS.parent / file).read_text("utf-8")


@pytest.fixture(scope="module")
def cases() -> dict[str, Case]:
    return {case.id: case for case in load(VECTORS)}


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench()


def nested(path: str, value: object) -> dict[str, Any]:
    name, _, rest = path.partition(".")
    return {name: nested(rest, value) if rest else value}


def merged(old: Any, new: Any) -> Any:
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    return {**old, **{name: merged(old.get(name), each) for name, each in new.items()}}


def having(case: Case, path: str, value: object) -> Case:
    overrides = merged(dict(case.overrides), nested(path, value))
    return case._replace(vector=structs.replace(case.vector, overrides=overrides))


def commands_of(case: Case, bench: Bench) -> list[bytes | None]:
    """What the vector sends where it is at home; None is a reset."""
    kept = KeepsCommands(bench.target(case))
    play(case, kept)
    return kept.sent


def vector_on(case: Case, bench: Bench, sent: list[bytes | None]) -> list[Happening]:
    target = bench.target(case)
    lab = target.lab
    lab.begin(case.vector.random)
    return explained(lab.card, lab._events, sent, lab.profile.under())


def explained(card, events: TraceBuffer, sent: list[bytes | None], under: str) -> list[Happening]:
    kept: list[Any] = []
    traced, explainer = TracedCard(card, events, kept.append), Explainer(under=under)
    for command in sent:
        if command is None:
            traced.power_on()
        else:
            traced.exchange(command)
    return [explainer.explain(record) for record in kept]


def commands_on(profile: str, path: str, value: object, commands: list[str]) -> list[Happening]:
    told = value if isinstance(value, str) else str(value).lower()
    set_so = load_profile(profile, settings=[f"{path}={told}"] if path else ())
    events = TraceBuffer()
    card = personalised_card(set_so, 0, trace=events)
    return explained(card, events, [None, *map(bytes.fromhex, commands)], set_so.under())


def refusal(refusing: list[Happening], answering: list[Happening]) -> Exchange:
    """The first command that one card refuses and the other answers."""
    for here, there in zip(refusing, answering, strict=True):
        if isinstance(here, Exchange) and isinstance(there, Exchange) and here.refused and not there.refused:
            return here
    raise AssertionError("both cards answer the same commands")


def note(path: str, would: object) -> str:
    return f"{path} = " + (f'"{would}"' if isinstance(would, str) else str(would).lower())


def demand_named(exchange: Exchange, path: str, now: object, values: set[object]) -> None:
    (found,) = (each for each in exchange.notes if each.startswith(f"setting {path} = "))
    assert any(found.startswith(f"setting {note(path, value)} would answer this") for value in values)
    assert note(path, now).partition(" = ")[2] in found.partition("(now ")[2]
    assert re.search(rf"`dualcos serve PROFILE --set '?{re.escape(path)}=", found)


def answering(path: str, now: object) -> set[object]:
    return {value for (each, refuses, value) in (*BY_VECTOR, *BY_COMMANDS) if (each, refuses) == (path, now)}


@pytest.mark.parametrize(("path", "refuses", "answers"), BY_VECTOR, ids=str)
def test_a_vector_shows_it(path, refuses, answers, cases, bench):
    case = cases[BY_VECTOR[path, refuses, answers]]
    sent = commands_of(case, bench)
    here = vector_on(having(case, path, refuses), bench, sent)
    there = vector_on(having(case, path, answers), bench, sent)
    demand_named(refusal(here, there), path, refuses, answering(path, refuses))
    assert not any(path in each for one in there if isinstance(one, Exchange) for each in one.notes)


@pytest.mark.parametrize(("path", "refuses", "answers"), BY_COMMANDS, ids=str)
def test_commands_show_it(path, refuses, answers):
    sent = BY_COMMANDS[path, refuses, answers]
    here, there = (commands_on("dual-2.0-3des", path, value, sent) for value in (refuses, answers))
    demand_named(refusal(here, there), path, refuses, {answers})
    assert not any(path in each for one in there if isinstance(one, Exchange) for each in one.notes)


@pytest.mark.parametrize("path", WORDS)
def test_a_word_that_a_setting_has_chosen(path, cases, bench):
    shown = WORDS[path]
    if isinstance(shown, str):
        happened = vector_on(cases[shown], bench, commands_of(cases[shown], bench))
    else:
        happened = commands_on("dual-2.0-3des", "", None, shown)
    said = [each for one in happened if isinstance(one, Exchange) for each in one.notes if path in each]
    assert len(said) == 1
    assert said[0].startswith(f"the word is a setting: {path} (now ")


def test_block_keys_that_lock(cases, bench):
    """ssse.options.block_keys_lock: BK has lost all its tries, which it never does by the other reading."""
    case, path = cases["RIGHTS-BK-LOCKS"], "ssse.options.block_keys_lock"
    sent = commands_of(case, bench)
    locked = [
        one
        for one in vector_on(having(case, path, True), bench, sent)
        if isinstance(one, Exchange) and one.sw == 0x6983
    ]
    assert locked
    for one in locked:
        demand_named(one, path, True, {False})
    other = vector_on(having(case, path, False), bench, sent)
    assert not any(isinstance(one, Exchange) and one.sw == 0x6983 for one in other)


def test_the_scope_of_the_banks_card_block():
    """pse.options.card_block_scope: the card says whose CARD BLOCK silences it."""

    def said(environment: str, command: str) -> tuple[str, ...]:
        heard = Heard(parse(bytes.fromhex(command)), "X", SW.FUNCTION_NOT_SUPPORTED, False)
        reason = Reason("life cycle", "the card is blocked", "", {"environment": ("pse",)})
        return SettingNotes().heard(heard, [reason], environment)

    path = note("pse.options.card_block_scope", "environment")
    assert said("manager", "0084000008")[0].startswith(f"setting {path} would answer this")
    assert said("pse", "0084000008") == (), "there it is blocked whatever the scope"
    assert said("pse", "00A4040002ABCD")


SSSE, FETCH = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "00C0000018"
CASE4 = "setting chip.transmission.case4"


def notes_of(commands: list[str | None], **settings: str) -> list[str]:
    given = [f"chip.transmission.{name}={value}" for name, value in settings.items()]
    events = TraceBuffer()
    profile = load_profile("social-2.0", settings=given)
    sent = [None if each is None else bytes.fromhex(each) for each in (None, *commands)]
    told = explained(personalised_card(profile, 0, trace=events), events, sent, profile.under())
    return [each for one in told for each in one.notes]


def test_an_answer_that_nobody_fetches():
    """chip.transmission.case4: named once from reset to reset, and only where something was lost."""
    bank = ["00A4040007A0000003330101", GPO, "0084000008"]
    said = [each for one in commands_on("dual-2.0-3des", "", None, bank) for each in one.notes if CASE4 in each]
    assert len(said) == 1
    assert 'would answer at once (now "61xx")' in said[0]
    assert "GET PROCESSING OPTIONS" in said[0]
    twice = [*bank[:2], GPO, GPO]
    said = [each for one in commands_on("dual-2.0-3des", "", None, twice) for each in one.notes if CASE4 in each]
    assert len(said) == 1
    fetched = [bank[0], "00C0000000", GPO, "00C0000018", "0084000008"]
    said = [each for one in commands_on("dual-2.0-3des", "", None, fetched) for each in one.notes if CASE4 in each]
    assert not said


def test_a_select_is_missed_only_where_a_program_stops():
    assert not [each for each in notes_of([SSSE, "00A4020002EF05", "0084000008"]) if CASE4 in each]
    assert [each for each in notes_of([SSSE, None]) if CASE4 in each]
    assert not [each for each in notes_of([SSSE, FETCH, None]) if CASE4 in each]


def test_a_program_that_fetches_what_was_answered_at_once():
    (said,) = (each for each in notes_of([SSSE, FETCH], case4="direct") if CASE4 in each)
    assert said.startswith(f'{CASE4} = "61xx" would answer this (now "direct")')
    assert not [each for each in notes_of(["0084000008", FETCH], case4="direct") if CASE4 in each]


def test_a_wrong_length_that_was_not_asked_again():
    le00 = 'setting chip.transmission.le00 = "data"'
    read = [SSSE, "00A4020002EF06", "00B2090000"]
    again = [each for each in notes_of([*read, "00B2090020"]) if le00 in each]
    assert len(again) == 1, "the refusal itself"
    left = [each for each in notes_of([*read, "0084000008"]) if le00 in each]
    assert len(left) == 2
    assert "was not followed by Le" in left[1]
    many = [each for each in notes_of([*read, "0084000008", "00B2090000", "0084000008"]) if le00 in each]
    assert len(many) == 2, "once from reset to reset"
