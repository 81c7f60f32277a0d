"""A sixth kind of environment is one folder and one more entry of ``stacks=``: no product code knows it.

The toy (``tests/toy_stack``) is listed, explained, fuzzed, isolated, masked, and named by fault scripts, vectors and
coverage like the others.
"""

from __future__ import annotations

import json
from contextlib import closing
from functools import cache

import pytest
from test_no_path import environments, memory_of, reachable, strays, streams

import dualcos
from apdu.command import parse as parse_command
from cos.card import Card
from cos.cos_options import CardPartsError, CosOptions, describe_options
from cos.kernel.directory_headers import DirectoryHeader, DirectoryKind
from cos.making import birth
from cos.stacks import STACKS, labels
from dualcos.cli.profiles import _sides
from dualcos.dialogue.making import master_header
from dualcos.explain import Explainer, RawExchange, text
from dualcos.explain.card_contents import contents
from dualcos.explain.card_export import demand_agreement, differences, exported, parts
from dualcos.explain.command_matrix import matrix
from dualcos.explain.command_names import Familiar
from dualcos.explain.secret_parts import secret_parts
from dualcos.lab.conformance.applicability import facts, holds
from dualcos.lab.conformance.card_on_bench import Bench as VectorBench
from dualcos.lab.conformance.coverage import Counter, meant, stack_of, tables
from dualcos.lab.conformance.playing import VectorVerdict
from dualcos.lab.conformance.vector_file import VectorError
from dualcos.lab.conformance.vector_file import load as read
from dualcos.lab.conformance.vector_forms import regions
from dualcos.lab.faults import fault_script
from dualcos.lab.properties import profile_specimens
from dualcos.lab.properties.list_of_properties import find
from dualcos.lab.search.search_for_violation import search
from dualcos.profile.schema import PlainSection, Profile, ProfileError, load, parse
from firewall.hardware.cells import Cells
from firewall.hardware.randomness import SeededRng
from firewall.trace import TraceBuffer
from keys import key_wrapping
from keys.algorithms import TDES
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle
from tests.toy_stack.options import ToyOptions
from tests.toy_stack.session import FIRST_WORD, TICKETS, TRIES, WORD
from tests.toy_stack.stack import TOY

WITH_TOY = (*STACKS, TOY)
LABEL = TOY.label
SELECT = b"\x00\xa4\x04\x00" + bytes((len(TOY.places[0].name),)) + TOY.places[0].name
SHOW, CHANGE = bytes.fromhex("802A000008"), bytes.fromhex("802E000008")
TICKET = bytes.fromhex("802C000002")
WRONG = b"not this"


@cache
def profile(name: str = "dual-3.0-sm4") -> Profile:
    return load(name, WITH_TOY).having(LABEL, PlainSection(options=ToyOptions(tickets=7)))


@cache
def specimen(name: str = "dual-3.0-sm4") -> profile_specimens.ProfileSpecimen:
    return profile_specimens.ProfileSpecimen(profile(name), name, stacks=WITH_TOY)


def card(name: str = "dual-3.0-sm4", trace: TraceBuffer | None = None) -> Card:
    made = dualcos.card(profile(name), trace=trace, stacks=WITH_TOY)
    made.power_on()
    return made


def said(made: Card, *commands: bytes) -> list[str]:
    return [made.exchange(command).hex().upper() for command in commands]


# --- made -----------------------------------------------------------------------------------------------------------


def test_a_profile_can_have_its_section():
    base = 'title = "t"\ntitle_zh = "t"\nref = ["x"]\n[chip]\nserial = "0000A1B2"\n[keys]\nlabel = "test"\n'
    told = parse(base + "[toy.options]\ntickets = 3\n", stacks=WITH_TOY)
    assert told.options == (ToyOptions(tickets=3),)
    with pytest.raises(ProfileError, match=r"\$\.toy\.options"):
        parse(base + "[toy.options]\nbooks = 3\n", stacks=WITH_TOY)
    with pytest.raises(ProfileError, match="unknown field `toy`"):
        parse(base + "[toy]\n")


def test_it_is_born_and_answers():
    made = card()
    assert said(made, SELECT, TICKET, SHOW + WRONG, SHOW + FIRST_WORD, TICKET)[1:] == [
        "6982",
        "63C2",
        "9000",
        "00019000",
    ]
    assert made.environment == LABEL
    assert made.dump()[LABEL][TRIES] == b"\x03"


def test_the_chip_makes_it_by_commands_with_its_material():
    """Not from a profile: the manager's CREATE FILE and WRITE KEY, as a card maker would send them."""
    order = profile("blank").having(LABEL, None)
    transport, master, own = (KeyHandle(TDES, bytes((n,)) * 16) for n in (1, 2, 3))
    made = Card.blank(bytes((1,)) * 16, CosOptions.of(ToyOptions(), stacks=WITH_TOY), rng=SeededRng(b"x"), historical=order.chip.historical, stacks=WITH_TOY)  # fmt: skip  # noqa: E501 - one call
    made.power_on()

    def sent(command: bytes) -> bytes:
        answer = made.exchange(command)
        assert answer[-2] in (0x90, 0x61), (command.hex(), answer.hex())
        return answer[:-2]

    def apdu(header: str, data: bytes) -> bytes:
        return bytes.fromhex(header) + bytes((len(data),)) + data

    def loaded(under: KeyHandle, key: KeyHandle) -> None:
        random = sent(bytes.fromhex("0084000008"))
        wrapped = key_wrapping.wrap_key(under, master_header(TDES.social), key)
        sent(key_wrapping.write_key_command(under, 1, wrapped, random))

    def header(fid: int, name: bytes) -> DirectoryHeader:
        return DirectoryHeader(fid, DirectoryKind.DDF, 0, 0, card_block_reaches_mf=False, name=name)

    toy = header(TOY.places[0].fid, TOY.places[0].name)
    sent(apdu("80E00300", key_wrapping.transport_cryptogram(transport, order.chip.historical[7:])))
    sent(apdu("80E00100", header(0x3F00, b"").frame()))
    loaded(transport, master)
    random = sent(bytes.fromhex("0084000008"))
    sent(apdu("00820000", key_wrapping.master_authentication(master, random)))
    sent(apdu("80E00100", toy.frame()))
    loaded(master, own)
    sent(SELECT)
    assert made.environment == LABEL
    assert made.dump()[LABEL][WORD] == FIRST_WORD
    key = KeyHeader(0x00, 0x00, 0x00, 0xEF, 0x33, TDES.social, 0xFF, 16)
    again = Card.restored(describe_options(made.options), {}, stacks=WITH_TOY)
    assert again.kinds.keys() == made.kinds.keys()
    assert birth.material(toy, key, bytes((3,)) * 16)  # what ``initialise`` was given


def test_a_card_file_of_it_opens_with_it_and_not_without(tmp_path):
    made = card()
    dualcos.keep_card(made, tmp_path / "toy.card")
    made.close()
    with closing(dualcos.open_card(tmp_path / "toy.card", stacks=WITH_TOY)) as opened:
        assert (opened.dump(), opened.options) == (made.dump(), made.options)
    with pytest.raises(CardPartsError, match="no stack toy"):
        Card.restored(describe_options(made.options), made.dump())


# --- listed ---------------------------------------------------------------------------------------------------------


def test_it_is_listed():
    assert _sides(profile(), WITH_TOY)[LABEL] == "TOY"
    assert labels(WITH_TOY) == (*labels(), LABEL)
    assert {row.name for row in matrix(WITH_TOY) if row.environment == LABEL} == {row.name for row in TOY.rows}
    assert [row for row in matrix(WITH_TOY) if row.environment != LABEL] == list(matrix())
    assert LABEL in regions(WITH_TOY)
    assert set(specimen().labels) == {LABEL, *labels(STACKS)} & {*card().dump()} - {"chip", "directory"}


def test_its_contents_are_shown():
    seen = next(each for each in contents(card().dump(), WITH_TOY).environments if each.label == LABEL)
    (directory,) = seen.directories
    assert directory.aid == TOY.places[0].name
    assert [key.name for key in directory.keys] == ["MK 主控密钥"]
    assert LABEL not in {each.label for each in contents(card().dump()).environments}


# --- explained and masked -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("told", [True, False])
def test_its_commands_are_named_masked_and_its_reasons_have_words(told):
    trace = TraceBuffer()
    made = card(trace=trace)
    explainer = Explainer(stacks=WITH_TOY)
    lines = []
    for command in (SELECT, TICKET, SHOW + FIRST_WORD, TICKET, SHOW + WRONG):
        before = made.environment
        trace.take()
        answer = made.exchange(command)
        labelled = {"before": before, "after": made.environment} if told else {}
        exchange = explainer.explain(RawExchange(command, answer, events=trace.take(), **labelled))
        assert exchange.after == LABEL
        lines.append(text(exchange))
    assert all("TOY" in line for line in lines[1:])
    for line, name in zip(
        lines[1:], ("TICKET 取号", "SHOW WORD 出示口令", "TICKET 取号", "SHOW WORD 出示口令"), strict=True
    ):
        assert name in line
    assert "the word of the toy was not shown" in lines[1]
    assert "not the word of the toy" in lines[4]
    for secret in (FIRST_WORD, WRONG):
        assert not any(secret.hex().upper() in line.replace(" ", "") for line in lines)


def test_its_secret_is_one_wherever_it_is_sent():
    for environment in ("", "ssse", "manager", LABEL):
        hidden = secret_parts(environment, SHOW + FIRST_WORD, Familiar.of(WITH_TOY)).spans
        assert hidden == ((len(SHOW), len(SHOW + FIRST_WORD)),)
    assert Familiar.of(WITH_TOY).name("ssse", parse_command(SHOW + FIRST_WORD)).name == "SHOW WORD"


def test_its_secret_cell_is_not_in_an_export_nor_in_a_difference():
    old, new = card(), card()
    said(new, SELECT, SHOW + FIRST_WORD, CHANGE + WRONG)
    options = describe_options(old.options)
    shown = exported(new.dump(), options, stacks=WITH_TOY)
    cells = json.loads(shown)["cells"][LABEL]
    assert WRONG.hex().upper() not in shown
    assert cells[WORD.hex().upper()] == {"is": "the word", "hidden": 8}
    assert cells[TICKETS.hex().upper()] == {"is": "tickets given out", "value": "0000"}
    changes = list(map(str, differences(old.dump(), new.dump(), options, options, WITH_TOY)))
    assert "toy: the word: another value, not shown" in changes
    whole = exported(new.dump(), options, secrets=True, stacks=WITH_TOY)
    again = Card.restored(*parts(whole), stacks=WITH_TOY)
    demand_agreement(whole, again.dump(), describe_options(again.options), stacks=WITH_TOY)


# --- fuzzed ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("claim", ["F1", "F3", "F4", "F5", "F5c", "F8", "F9", "F10", "F16", "F17", "F18", "F20"])
def test_it_is_fuzzed(claim):
    outcome = search(find(claim), specimen(), 20, 1)
    assert outcome.violation is None
    assert LABEL in outcome.counts.judged


def test_and_what_is_wrong_with_it_is_found():
    """A refusal that spends a try which its row does not declare."""
    silent = tuple(row._replace(writes=()) for row in TOY.rows)
    stacks = (*STACKS, TOY._replace(rows=silent))
    outcome = search(find("F10"), profile_specimens.ProfileSpecimen(profile(), "a bug", stacks=stacks), 200, 1)
    assert outcome.violation is not None
    assert f"of {LABEL} changed" in outcome.violation.text


# --- isolated -------------------------------------------------------------------------------------------------------


def test_nothing_leads_out_of_it():
    made = card("social-3.0-pki")
    said(made, SELECT)
    session, environment = made._dispatcher._live.session, environments(made)[LABEL]
    regions_ = memory_of(made)
    for start in (session, environment):
        assert not strays(made, LABEL, start)
        assert LABEL in {regions_[id(thing)] for thing in reachable(start) if isinstance(thing, Cells)}
    others = (streams(each, kind) for kind, each in environments(made).items() if kind != LABEL)
    assert not streams(environment, LABEL) & set[int]().union(*others)


# --- vectors, coverage, fault scripts -------------------------------------------------------------------------------


def test_conditions_coverage_and_fault_scripts_know_it():
    assert holds("toy and ssse", facts(profile(), WITH_TOY))
    assert not holds("toy", facts(load("dual-3.0-sm4"), WITH_TOY))
    assert (LABEL, TOY.rows) in tables(WITH_TOY)
    assert stack_of(profile(), LABEL, WITH_TOY) == LABEL
    (row,) = meant(LABEL, SHOW + FIRST_WORD, 0x9000, WITH_TOY)
    assert str(row) == "toy 802A SHOW WORD"
    assert row in {cell.row for cell in Counter(WITH_TOY).cells()}
    rule = (
        'title = "t"\n[[rule]]\nname = "n"\npurpose = "p"\nclause = "c"\nenvironment = "toy"\nfault = { kind = "mute" }'
    )
    assert fault_script.parse(rule, "x", labels(WITH_TOY)).rules[0].environment == LABEL
    with pytest.raises(fault_script.ScriptError, match="'toy' is none of"):
        fault_script.parse(rule, "x")


@pytest.fixture
def vectors(tmp_path):
    """A vector of it, with its options, its counter and its memory."""
    title = {"zh": "玩具", "en": "toy"}
    wrong = {"send": f"{SHOW.hex()}{WRONG.hex()}", "expect": "63C2", "requirement": "F27"}
    steps = [
        {"state": {"unchanged": [LABEL]}},
        {"send": f"{SHOW.hex()}{FIRST_WORD.hex()}", "expect": "9000"},
        {"send": TICKET.hex(), "expect": "9000 0001"},
        {"send": TICKET.hex(), "expect": "6985"},
        wrong,
    ]
    after = [{"state": {"unchanged": ["ssse"], "counter": {"TOY.word tries": -1}}}]
    unit = {
        "unit": "TOY",
        "title": title,
        "purpose": "the toy",
        "clause": ["tests/toy_stack"],
        "applies": "toy",
        "profile": "dual-3.0-sm4",
        "overrides": {"toy": {"options": {"tickets": 1}}},
        "setup": [{"send": SELECT.hex()}],
        "provenance": {"kind": "derived", "source": "tests/toy_stack"},
        "vectors": [{"id": "TOY-1", "title": title, "steps": steps, "after": after}],
    }
    path = tmp_path / "toy.json"
    path.write_text(json.dumps(unit), encoding="utf-8")
    return path


def test_a_vector_of_it_is_played_and_counted(vectors):
    counter = Counter(WITH_TOY)
    (result,) = counter.play(read(vectors, WITH_TOY), VectorBench(stacks=WITH_TOY))
    assert result.verdict is VectorVerdict.PASS, result
    shown = {(str(cell.row), cell.word) for cell in counter.cells() if cell.vectors}
    assert ("toy 802C TICKET", 0x6985) in shown
    with pytest.raises(VectorError, match="'toy' is none of"):
        read(vectors)
