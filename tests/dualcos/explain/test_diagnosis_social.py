"""What the diagnosis holds to be right is what the card takes, and each way to get it wrong is found as what it is.

Every honest dialogue is held twice with one seed: once its last command is accepted, once a bit of it is turned on its
way, and the card says why. The refusal's own data lead to the right inputs, and these must make the honest bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any, NamedTuple

import pytest
from honest_dialogues import (
    CHANGED,
    ENCIPHERED_UPDATE,
    EXTERNAL,
    RELOAD,
    RELOAD_SM4,
    SCENES,
    TRANSPORT,
    WRITE,
    Scene,
)

import dualcos
from apdu.command import parse
from apdu.status import StatusWord
from cos.card import randomness
from dualcos.dialogue.driver import perform
from dualcos.explain import Explainer, TracedCard, explainer
from dualcos.explain.catalogue_entry import Language
from dualcos.explain.diagnosis import enciphered_padding
from dualcos.explain.diagnosis.computation import Computation, Situation, tried
from dualcos.explain.diagnosis.enciphered_padding import zeros_behind
from dualcos.explain.diagnosis.finding import Certainty
from dualcos.explain.diagnosis.findings import COMPUTATIONS, findings
from dualcos.explain.diagnosis.laboratory_view import LaboratoryView
from dualcos.explain.diagnosis.loading_keys import WRITE_KEY_CIPHER, key_as_enciphered
from dualcos.explain.diagnosis.mac_forms import MacPart, cut_of
from dualcos.explain.diagnosis.process_keys import process_handle
from dualcos.explain.diagnosis.secured_commands import ENCIPHERMENT, Encipherment
from dualcos.explain.finding_texts import finding_text
from dualcos.explain.finding_words import FINDINGS
from dualcos.profile.card_of_profile import blank_card, personalise
from dualcos.profile.card_provenance import provenance_of
from dualcos.profile.keys_around_card import view_of
from dualcos.profile.schema import load
from dualcos.profile.social_keys_around import psam_terminals
from firewall.trace import Reason, TraceBuffer
from keys.card_key_store import KeyRef
from keys.key_handle import KeyHandle
from keys.padding import pad, pad_if_needed, strip_length

_SEED = 11
_LC = 4


# --- two times the same, the second with a bit turned --------------------------------------------------------------


class Played(NamedTuple):
    """The last command of a scene as it was sent, the refusal of the changed one as the diagnosis meets it."""

    honest: bytes
    situation: Situation
    computation: Computation


class Way:
    """To a card; what passes with the instruction ``ins`` is kept, the last of ``spoils`` gets a bit turned."""

    def __init__(self, card: TracedCard, ins: int, behind: int, spoils: int = 0) -> None:
        self._card, self._ins, self._behind, self._spoils = card, ins, behind, spoils
        self.passed: list[tuple[bytes, bytes]] = []

    def exchange(self, command: bytes) -> bytes:
        sent = command
        if command[1] == self._ins:
            if len(self.passed) + 1 == self._spoils:
                at = len(command) - self._behind
                sent = command[:at] + bytes((command[at] ^ 0x10,)) + command[at + 1 :]
            answer = self._card.exchange(sent)
            self.passed.append((command, answer))
            return answer
        return self._card.exchange(command)


@cache
def card_of(name: str, settings: tuple[str, ...]) -> Any:
    events, profile = TraceBuffer(), load(name, settings=settings)
    card = dualcos.card(profile, rng=randomness(_SEED), trace=events)
    card.provenance = provenance_of(profile)
    return profile, card, events, card.snapshot()


@cache
def played(scene: Scene) -> Played:
    profile, card, events, born = card_of(scene.profile, scene.settings)
    seen: list[Situation] = []

    def hold(spoils: int) -> Way:
        card.restore(born)
        words = Explainer(under="psam" if profile.psam else "", view=view_of(card))
        link = TracedCard(card, events, words.explain)
        link.power_on()
        way = Way(link, scene.ins, scene.behind, spoils)
        perform(way, scene.dialogue(profile))
        return way

    honest = hold(0)
    command, answer = honest.passed[-1]
    assert StatusWord(int.from_bytes(answer[-2:], "big")).is_success or answer[-2] == 0x61, answer.hex()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(explainer, "findings", lambda situation: seen.append(situation) or ())
        spoilt = hold(len(honest.passed))
    assert spoilt.passed[-1][0] == command  # the same dialogue, up to the bit
    refused = next(each for each in reversed(seen) if each.command.ins == scene.ins and each.reasons)
    kept = card.dump()
    view = LaboratoryView(
        lambda: kept, test=True, around=view_of(card).around, terminals=psam_terminals, stacks=card.stacks
    )
    computations = [each for each in COMPUTATIONS if each.explains(refused) and each.tells_inputs]
    assert len(computations) == 1, refused.why
    return Played(command, refused._replace(view=view), computations[0])


def sent_as(play: Played, data: bytes) -> Situation:
    """The refused command with these data in the place of its own."""
    command = parse(play.honest[:_LC] + bytes((len(data),)) + data)
    return play.situation._replace(command=command)


PROVOKED = frozenset(("load.length", "load.p1", "mac.missing"))
"""Besides the ways of its computations (``test_diagnosis_bank``)."""


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_the_right_inputs_make_what_the_card_takes(scene: Scene):
    play = played(scene)
    honest = sent_as(play, parse(play.honest).data)
    with honest.view.opened():
        gathered = play.computation.gather(honest)
        assert gathered is not None
        assert play.computation.agreeing(gathered.values, gathered.came) >= 32
        assert tried(play.computation, honest) == ()  # right after all
        (found,) = tried(play.computation, play.situation)
    assert (found.kind, found.certainty) == ("inputs.none-fits", Certainty.NOTE)
    assert finding_text(found).isprintable()


class Wrong(NamedTuple):
    """A host's mistake: its ``kind``, in which input, and the data that it sends."""

    input: str
    kind: str
    data: bytes


_OF_A_KIND = 2  # values that are sent; all others are the same with another number


def mistakes(play: Played) -> Iterator[Wrong]:
    computation, data = play.computation, parse(play.honest).data
    assert computation.formula is not None
    right = computation.gather(sent_as(play, data))
    assert right is not None
    for one in computation.inputs:
        for way in one.ways:
            values = way.wrong(right.values[one.name], right.values, play.situation)
            for value in islice(values, _OF_A_KIND):
                length = cut_of(value).length if isinstance(value, MacPart) else 4
                grown = data[:-4] + bytes(length) if length != 4 else data
                gathered = computation.gather(sent_as(play, grown))
                assert gathered is not None
                try:
                    made = computation.formula({**gathered.values, one.name: value})
                except ValueError:
                    continue  # nobody can compute with these
                at, came = grown.index(gathered.came), gathered.came
                yield Wrong(one.name, way.kind, grown[:at] + came[: -len(made)] + made + grown[at + len(came) :])


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_each_way_to_get_an_input_wrong_is_found(scene: Scene):
    play = played(scene)
    with play.situation.view.opened():
        made = tuple(mistakes(play))
        first: dict[bytes, str] = {}
        for each in made:
            first.setdefault(each.data, each.kind)  # of the same bytes the likelier mistake is told
        missed = []
        for data, kind in first.items():
            found = tried(play.computation, sent_as(play, data))
            if data == parse(play.honest).data:
                assert found == ()  # the same as what is right
                continue
            certain = Certainty.LIKELY if kind == "mac.three-bytes" else Certainty.CERTAIN
            if (found[0].kind, found[0].certainty) != (kind, certain):
                missed.append((kind, found[0].kind, found[0].received))
            assert finding_text(found[0], Language.CHINESE).isprintable()
    assert missed == []
    assert {each.kind for each in made} <= FINDINGS.keys()
    assert len({each.kind for each in made}) > 8


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_nothing_is_said_of_a_key_that_was_replaced_since(scene: Scene):
    """Its check value is not the one that the refusal tells."""
    play = played(scene)
    gathered = play.computation.gather(play.situation)
    assert gathered is not None
    value = gathered.values["key"].value
    other = {
        region: {name: cell.replace(value, value[::-1]) for name, cell in cells.items()}
        for region, cells in card_of(scene.profile, scene.settings)[1].dump().items()
    }
    view = LaboratoryView(lambda: other, test=True, stacks=play.situation.view._stacks)
    assert tried(play.computation, play.situation._replace(view=view)) == ()


@pytest.mark.parametrize(
    ("data", "why", "kind", "certainty"),
    [
        (b"", "no room for a MAC", "mac.missing", Certainty.CERTAIN),
        (bytes.fromhex("0A0131"), "wrong MAC under STK", "mac.missing", Certainty.LIKELY),
        (bytes.fromhex("09064142434445460A"), "wrong MAC under STK", "", Certainty.NOTE),
    ],
)
def test_a_forgotten_mac_is_seen_on_the_wire(data: bytes, why: str, kind: str, certainty: Certainty):
    play = played(next(each for each in SCENES if each.name == "update"))
    refused = sent_as(play, data)._replace(reasons=(Reason("", why, ""),), view=LaboratoryView())
    found = findings(refused)
    assert [(each.kind, each.certainty) for each in found] == ([(kind, certainty)] if kind else [])


@pytest.mark.parametrize(
    ("why", "about", "kind", "expected"),
    [
        ("no key for here", {"kind": 0x0D, "p1": 1}, "load.p1", 0),
        ("no key for here", {"kind": 0x00, "p1": 0}, "load.p1", 1),
        ("no key for here", {"kind": 0x0D, "p1": 0}, "", None),
    ],
)
def test_p1_of_another_kind_of_key(why: str, about: dict[str, int], kind: str, expected: int | None):
    play = played(CHANGED[0])
    refused = play.situation._replace(reasons=(Reason("", why, "", about),), view=LaboratoryView())
    assert [(each.kind, each.expected) for each in findings(refused)] == ([(kind, expected)] if kind else [])


def test_a_key_header_with_another_length():
    play = played(CHANGED[0])
    right = play.computation.gather(play.situation)
    assert right is not None
    key = right.values["key"].handle
    plain = bytes.fromhex("000000EF3300FF18") + bytes(16)  # 18: more than there is
    data = key.encrypt(pad_if_needed(bytes((len(plain),)) + plain, key.block)) + bytes(4)
    why = Reason("", "no key header and value", "", {"key": repr(key)})
    (found,) = (each for each in findings(sent_as(play, data)._replace(reasons=(why,))))
    assert (found.kind, found.expected, found.received) == ("load.length", 16, 0x18)


# --- what is enciphered -----------------------------------------------------------------------------------------------


def enciphered_otherwise(how: Encipherment, key: KeyHandle, plain: bytes, random: bytes) -> bytes:
    """What a host sends that enciphers so; ``plain`` without LD."""
    led = pad_if_needed(bytes((len(plain),)) + plain, key.block)
    if how is Encipherment.NO_LENGTH:
        return key.encrypt(pad(plain, key.block))
    if how is Encipherment.IN_CLEAR:
        return led
    return key.cbc_encrypt(led, random.ljust(key.block, b"\0") if how is Encipherment.CBC_RANDOM else None)


@pytest.mark.parametrize("scene", [RELOAD, RELOAD_SM4, ENCIPHERED_UPDATE, *CHANGED], ids=lambda scene: scene.name)
def test_each_way_to_encipher_wrongly_is_found(scene: Scene):
    play = played(scene)
    data = parse(play.honest).data
    why = play.situation.reason
    kept = why.about if scene.ins == WRITE else {}
    refused = sent_as(play, data)._replace(reasons=(Reason("", "data do not decipher", "", kept),))
    (computation,) = (each for each in COMPUTATIONS if each.explains(refused) and each.gather(refused))
    right = computation.gather(refused)
    key, random = right.values["key"], right.values["random number"]
    assert computation.agreeing(right.values, right.came) >= 24
    assert tried(computation, refused) == ()
    under = process_handle(key, random, right.values["process key"])
    plain = strip_length(under.decrypt(right.came))
    least = Certainty.LIKELY if scene is ENCIPHERED_UPDATE else Certainty.CERTAIN
    for how in Encipherment:
        made = enciphered_otherwise(how, under, plain, random)
        if how is Encipherment.ECB or made == right.came:
            continue
        found = tried(computation, sent_as(play, made + data[-4:])._replace(reasons=refused.reasons))
        fitting = next(way.kind for way in ENCIPHERMENT if how in tuple(way.wrong(None, {}, refused)))
        assert [(fitting, how) for each in found if each.kind == fitting and each.received is how], (how, found)
        assert found[0].certainty in (least, Certainty.CERTAIN)
    others = (each.key for each in refused.own_keys() if each.key.value != key.value)
    for other in islice(others, 6):
        handle = process_handle(other, random, right.values["process key"])
        if handle.algorithm is under.algorithm:
            made = handle.encrypt(pad_if_needed(bytes((len(plain),)) + plain, under.block))
            found = tried(computation, sent_as(play, made + data[-4:])._replace(reasons=refused.reasons))
            assert any(each.kind.startswith("key.another-") for each in found), (other, found)


@pytest.mark.parametrize("scene", [RELOAD, RELOAD_SM4], ids=lambda scene: scene.name)
@pytest.mark.parametrize(
    ("pin", "kind"),
    [
        ("262718281FFFFFFF", "pin.block-of-bank"),
        ("2718FFFF", "pin.filled"),
        ("27", "pin.length"),
        ("271C", "pin.no-digits"),
    ],
)
def test_the_form_of_a_new_pin_is_told_without_a_digit(scene: Scene, pin: str, kind: str):
    play = played(scene)
    right = next(each for each in COMPUTATIONS if each.name == "encipherment under STK").gather(
        sent_as(play, parse(play.honest).data)._replace(reasons=(Reason("", "deciphered PIN is none", ""),))
    )
    assert right is not None
    key = process_handle(right.values["key"], right.values["random number"], right.values["process key"])
    plain = bytes.fromhex(pin)
    data = key.encrypt(pad_if_needed(bytes((len(plain),)) + plain, key.block)) + bytes(4)
    found = findings(sent_as(play, data)._replace(reasons=(Reason("", "deciphered PIN is none", ""),)))
    assert [each.kind for each in found] == [kind]
    assert pin[:4] not in repr(found)


@pytest.mark.parametrize("scene", [CHANGED[0], CHANGED[-1]], ids=lambda scene: scene.name)
@pytest.mark.parametrize("mark", [b"\x80", b"\0"])
def test_zeros_behind_enciphered_data_are_noted(scene: Scene, mark: bytes):
    play = played(scene)
    data = parse(play.honest).data
    accepted = sent_as(play, data)._replace(reasons=(), sw=StatusWord(0x9000))
    filled = key_as_enciphered(accepted)
    assert filled[0] in (0x18, 0x13)
    assert list(zeros_behind(accepted)) == []
    end = 1 + filled[0]
    otherwise = filled[:end] + mark + filled[end + 1 :]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(enciphered_padding, "key_as_enciphered", lambda _: otherwise)
        kinds = [each.kind for each in zeros_behind(accepted)]
    assert kinds == ([] if mark == b"\x80" else ["accepted.zero-padding"])


# --- a whole making ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["social-3.0-pki", "psam-mixed-tiers"])
def test_every_key_that_a_maker_loads_agrees(name: str, monkeypatch: pytest.MonkeyPatch):
    """Of all accepted keys one of the environment's master keys made the MAC, and the encipherment is as it must be."""
    profile, events = load(name), TraceBuffer()
    card = blank_card(profile, randomness(_SEED), events)
    before: list[Any] = [card.dump()]
    judged: list[str] = []

    def judge(situation: Situation) -> tuple[()]:
        command = situation.command
        if situation.sw == 0x9000 and command.ins in (WRITE, EXTERNAL, TRANSPORT) and not situation.reasons:
            judged.append(
                agreement(situation._replace(view=LaboratoryView(lambda: before[0], test=True, stacks=card.stacks)))
            )
            before[0] = card.dump()
        return ()

    monkeypatch.setattr(explainer, "findings", judge)
    words = Explainer(under="psam" if profile.psam else "")
    personalise(TracedCard(card, events, words.explain), profile)
    assert set(judged) <= {"", "agrees", "bank's form"}
    assert judged.count("agrees") > 20


def agreement(situation: Situation) -> str:
    """Empty for a command that carries nothing that was computed."""
    command = situation.command
    whys = {WRITE: "wrong MAC", EXTERNAL: "wrong authentication data", TRANSPORT: "wrong transport key cryptogram"}
    if command.ins == TRANSPORT and command.p1 != 3:
        return ""
    if situation.spot.environment == "pse" or (situation.spot.environment == "pki" and command.ins == EXTERNAL):
        return "bank's form"
    for each in situation.own_keys():
        name = each.key.name
        ref = KeyRef(name.kind, name.number, name.version)
        about = {"key": repr(each.key.handle), "ref": ref, "directory": each.directory}
        asked = situation._replace(reasons=(Reason("", whys[command.ins], "", about),))
        (computation,) = (one for one in COMPUTATIONS if one.explains(asked))
        gathered = computation.gather(asked)
        if gathered is not None and computation.agreeing(gathered.values, gathered.came) >= 32:
            ciphered = asked._replace(reasons=(Reason("", "no key header and value", "", about),))
            if command.ins != WRITE or tried(WRITE_KEY_CIPHER, ciphered) == ():
                return "agrees"
            return "enciphered otherwise"
    return f"{command.ins:02X} by no key"
