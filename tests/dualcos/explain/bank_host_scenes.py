"""Honest dialogues of a bank's and a certificate side's hosts with a card that is explained as it is used."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import pytest

import dualcos
from apdu.command import CommandAPDU, parse
from cos.card import Card, Snapshot, randomness
from dualcos.dialogue.bank import PSE, BankSession, ScriptHeader
from dualcos.dialogue.bank_channel import BankChannel, GroupOrder, open_channel
from dualcos.dialogue.driver import Dialogue, StepRefused, apdu, perform, send
from dualcos.dialogue.iso_commands import challenge
from dualcos.dialogue.making import BANK_FORM, PKI_FORM, Maker, select
from dualcos.dialogue.personalise_bank import application_groups, pre_personalise
from dualcos.dialogue.personalise_birth import birth, maker_bytes
from dualcos.dialogue.pki import APPLICATION_NAME, MANAGER, NAME, USER, PkiHost, pin_key
from dualcos.explain import Exchange, Explainer, RawRecord, TracedCard, explainer
from dualcos.explain.catalogue_entry import Language
from dualcos.explain.diagnosis.computation import Computation, Situation
from dualcos.explain.diagnosis.finding import Diagnosis
from dualcos.explain.diagnosis.findings import COMPUTATIONS
from dualcos.explain.finding_texts import finding_text
from dualcos.profile.bank_order import bank_card, bank_order, card_keys, sm_key_service
from dualcos.profile.birth_order import birth_order
from dualcos.profile.card_of_profile import blank_card
from dualcos.profile.card_provenance import provenance_of
from dualcos.profile.keys_around_card import view_of
from dualcos.profile.schema import Profile, load
from firewall.trace import TraceBuffer
from keys.algorithms import SM4
from keys.key_handle import KeyHandle

TERMINAL = {
    0x9F02: bytes.fromhex("000000012345"), 0x9F1A: bytes.fromhex("0156"), 0x5F2A: bytes.fromhex("0156"),
    0x9A: bytes.fromhex("260315"), 0x9F37: bytes.fromhex("7C21A97E"), 0x95: bytes.fromhex("0000048000"),
}  # fmt: skip
EXTERNAL, STORE, SCRIPT_PIN = 0x82, 0xE2, 0x24
ARQC, TC = 0x80, 0x40
NEW_PIN, CURRENT_PIN = "271828", "1234"
BORN, SKELETON = "born", "skeleton"
_SEED, _LC = 23, 4
Making = Callable[[Profile], Dialogue[Any]]


class Scene(NamedTuple):
    """An honest dialogue; ``ins`` of its last command, which is looked at; ``behind``: which of its bytes, from the
    end, is changed on its way, so that only what is computed is wrong. ``made``: how far the card is, empty: issued.
    """

    name: str
    profile: str
    ins: int
    dialogue: Making
    behind: int = 1
    made: str = ""


# --- dialogues --------------------------------------------------------------------------------------------------------


def session_of(profile: Profile, *, sm: bool = False) -> BankSession:
    keys = sm_key_service(profile).card_keys(bank_card(profile)) if sm else card_keys(profile)
    lists = {int(tag, 16): bytes.fromhex(value) for tag, value in profile.pse.elements.items()}
    return BankSession(bytes.fromhex(profile.pse.aid), {**TERMINAL, 0xDF69: bytes((sm,))}, keys, lists=lists)


def online(session: BankSession, kind: int = ARQC) -> Dialogue[None]:
    """Up to an answer of the card that asks its issuer."""
    yield from session.select()
    yield from session.record(3, 2)
    yield from session.options()
    yield from session.generate(kind)


def answered(profile: Profile, *, sm: bool = False, before: int = 0) -> Dialogue[Any]:
    """An issuer's answer; ``before``: so many whole transactions come first."""
    session = session_of(profile, sm=sm)
    for _ in range(before):
        yield from online(session)
        yield from session.complete(TC)
    yield from online(session)
    return (yield from session.authenticate_issuer())


def scripted(profile: Profile, header: str, data: str = "", *, sm: bool = False) -> Dialogue[Any]:
    """A second script behind the second GENERATE AC, in a second transaction."""
    session = session_of(profile, sm=sm)
    yield from answered(profile, sm=sm)
    yield from online(session)
    yield from session.complete(TC)
    yield from session.put_data(0x9F59, b"\x09")
    return (yield from session.script(header, bytes.fromhex(data)))


def new_pin(profile: Profile, current: str | None = None, *, sm: bool = False) -> Dialogue[Any]:
    session = session_of(profile, sm=sm)
    yield from online(session)
    return (yield from session.change_pin(NEW_PIN, current))


def master_shown(profile: Profile) -> Dialogue[Any]:
    yield from send(select(PSE.name))
    yield from challenge(8)
    return (yield from BANK_FORM.prove(bank_order(profile, profile.pse).first))


def opened(profile: Profile, level: int = 1, *, openings: int = 0) -> Dialogue[BankChannel]:
    """A channel of the application; ``openings``: so many were begun before, and not ended."""
    order = bank_order(profile, profile.pse)
    yield from send(select(order.aid))
    for number in range(openings):
        yield from send(apdu("80500000", bytes((number,)) * 8, 256))
    return (yield from open_channel(order.service.personalisation_keys, level))


def stored(profile: Profile, level: int, until: int) -> Dialogue[Any]:
    """Groups of the application up to group ``until``; one that is no group comes second, and is refused."""
    order = bank_order(profile, profile.pse)
    channel = yield from opened(profile, level)
    for at, group in enumerate(application_groups(order, channel.keys)):
        if at == 1:
            yield from channel.store(0, bytes.fromhex("FFFF0100"))
        for piece in group.pieces():
            yield from channel.store(0x60 if group.secret else 0, piece)
        if group.dgi == until:
            return


def stored_sm_keys(profile: Profile) -> Dialogue[Any]:
    """Keys and check values of the SM set."""
    channel = yield from opened(profile, 1)
    keys = [KeyHandle(SM4, bytes((number,)) * 16) for number in (1, 2, 3)]
    yield from stored_group(channel, 0x8400, b"".join(channel.keys.dek.wrap(key) for key in keys), secret=True)
    yield from stored_group(channel, 0x9400, b"".join(key.check_value for key in keys))


def stored_group(channel: BankChannel, number: int, value: bytes, *, secret: bool = False) -> Dialogue[Any]:
    for piece in GroupOrder(number, value).pieces():
        yield from channel.store(0x60 if secret else 0, piece)


def host_inside(name: bytes = APPLICATION_NAME) -> Dialogue[PkiHost]:
    yield from send(select(NAME))
    yield from send(select(name))
    yield from challenge(16)
    return PkiHost()


def pin_shown(profile: Profile, what: str) -> Dialogue[Any]:
    host = yield from host_inside()
    packed = profile.pki.user_pin if what == USER else profile.pki.manager_pin
    return (yield from host.verify(what, pin_key(bytes.fromhex(packed))))


def pki_master_shown(profile: Profile) -> Dialogue[Any]:
    yield from host_inside()
    return (yield from PKI_FORM.prove(KeyHandle(SM4, profile.pki_key("application_master"))))


def manager_pin_changed(profile: Profile) -> Dialogue[Any]:
    host = yield from host_inside()
    return (yield from host.change_pin(pin_key(bytes.fromhex(profile.pki.manager_pin)), bytes.fromhex("86420975")))


SCENES = (
    Scene("ARPC", "bank-only", EXTERNAL, answered, 10),
    Scene("ARPC in a third transaction", "dual-3.0-sm4", EXTERNAL, lambda p: answered(p, before=2), 10),
    Scene("ARPC under SM4", "pboc-sm", EXTERNAL, lambda p: answered(p, sm=True, before=1), 10),
    Scene("ARPC with both sets", "pboc-sm", EXTERNAL, answered, 10),
    Scene("ARPC beside a CDA signature", "bank-cda", EXTERNAL, answered, 10),
    Scene("PUT DATA", "bank-only", 0xDA, lambda p: scripted(p, "04DA9F58", "05")),
    Scene("PUT DATA under SM4", "pboc-sm", 0xDA, lambda p: scripted(p, "04DA9F54", "000000500000", sm=True)),
    Scene("UPDATE RECORD", "dual-2.0-3des", 0xDC, lambda p: scripted(p, "04DC0124", "70089F1401059F230109")),
    Scene("APPLICATION BLOCK", "bank-only", 0x1E, lambda p: scripted(p, ScriptHeader.BLOCK_APPLICATION)),
    Scene("MAC of PIN CHANGE", "bank-only", SCRIPT_PIN, new_pin),
    Scene("MAC of PIN CHANGE under SM4", "pboc-sm", SCRIPT_PIN, lambda p: new_pin(p, sm=True)),
    Scene("master key of PSE", "bank-only", EXTERNAL, master_shown, made=BORN),
    Scene("host cryptogram", "bank-only", EXTERNAL, lambda p: opened(p, openings=2), 16, SKELETON),
    Scene("C-MAC of the opening", "bank-only", EXTERNAL, lambda p: opened(p, openings=1), made=SKELETON),
    Scene("C-MAC of a STORE DATA", "bank-only", STORE, lambda p: stored(p, 1, 0x0201), made=SKELETON),
    Scene("C-MAC at level 03", "bank-only", STORE, lambda p: stored(p, 3, 0x0201), made=SKELETON),
    Scene("check values", "bank-only", STORE, lambda p: stored(p, 0, 0x9000), made=SKELETON),
    Scene("check values of the SM set", "bank-only", STORE, stored_sm_keys, 9, SKELETON),
    Scene("user PIN", "social-3.0-pki", 0x20, lambda p: pin_shown(p, USER)),
    Scene("manager PIN", "social-3.0-pki", 0x20, lambda p: pin_shown(p, MANAGER)),
    Scene("master key of the PKI application", "social-3.0-pki", EXTERNAL, pki_master_shown),
    Scene("MAC of CHANGE PIN", "social-3.0-pki", 0x5E, manager_pin_changed),
)


# --- cards and who listens --------------------------------------------------------------------------------------------


@cache
def profile_called(name: str) -> Profile:
    return load(name)


class Born(NamedTuple):
    card: Card
    events: TraceBuffer
    snapshot: Snapshot


@cache
def born(name: str, made: str) -> Born:
    profile, events = profile_called(name), TraceBuffer()
    rng = randomness(_SEED)
    card = blank_card(profile, rng, events) if made else dualcos.card(profile, rng=rng, trace=events)
    if made:
        maker_bytes(card, profile.chip.historical)
        perform(card, birth(birth_order(profile), Maker()))
    if made == SKELETON:
        perform(card, pre_personalise(bank_order(profile, profile.pse), Maker(BANK_FORM)))
    card.provenance = provenance_of(profile)
    return Born(card, events, card.snapshot())


Hears = Callable[[Situation], tuple[Diagnosis, ...]]


class Desk:
    """A card as it was born, explained as it is used: ``hears`` stands in the place of the diagnosis. ``turns``: what
    is done to the exchange of that number on its way.
    """

    def __init__(self, scene: Scene, turns: tuple[int, Callable[[bytes], bytes]] | None = None) -> None:
        card, events, snapshot = born(scene.profile, scene.made)
        card.restore(snapshot)
        self.commands: list[bytes] = []
        self.exchanges: list[Exchange] = []
        self._turns = turns
        self._explainer = Explainer(view=view_of(card))
        self._link = TracedCard(card, events, self._read)
        self._link.power_on()

    def _read(self, record: RawRecord) -> None:
        said = self._explainer.explain(record)
        if isinstance(said, Exchange):
            self.exchanges.append(said)

    def exchange(self, command: bytes) -> bytes:
        if self._turns is not None and len(self.commands) == self._turns[0]:
            command = self._turns[1](command)
        self.commands.append(command)
        return self._link.exchange(command)

    def hold(self, dialogue: Dialogue[Any]) -> None:
        try:
            perform(self, dialogue)
        except StepRefused:
            assert self._turns is not None


@cache
def honest_commands(scene: Scene) -> tuple[bytes, ...]:
    """What the host says, and the card takes."""
    desk = Desk(scene)
    desk.hold(scene.dialogue(profile_called(scene.profile)))
    last = next(each for each in reversed(desk.exchanges) if each.command[1] == scene.ins)
    assert last.sw.is_success, (scene.name, last.sw, last.reasons)
    assert not last.findings
    return tuple(desk.commands)


def turned_round(scene: Scene) -> tuple[int, bytes]:
    """Number and bytes of the command that is looked at."""
    commands = honest_commands(scene)
    at = max(at for at, command in enumerate(commands) if command[1] == scene.ins)
    return at, commands[at]


Look = Callable[[Situation, CommandAPDU], None]


def at_the_refusal(scene: Scene, monkeypatch: pytest.MonkeyPatch, look: Look) -> None:
    """``look`` at how the card stands where it refuses the changed command, and at the honest one."""
    at, honest = turned_round(scene)
    seen: list[Exception | None] = []

    def hears(situation: Situation) -> tuple[Diagnosis, ...]:
        if situation.command.ins == scene.ins and not situation.sw.is_success and situation.why in WHYS:
            try:
                look(situation, parse(honest))
                seen.append(None)
            except Exception as error:  # the card goes on, whatever an observer raises
                seen.append(error)
        return ()

    def changed(command: bytes) -> bytes:
        place = len(command) - scene.behind
        return command[:place] + bytes((command[place] ^ 0x01,)) + command[place + 1 :]

    monkeypatch.setattr(explainer, "findings", hears)
    Desk(scene, (at, changed)).hold(scene.dialogue(profile_called(scene.profile)))
    (error,) = seen
    if error is not None:
        raise error


WHYS = frozenset(why for computation in COMPUTATIONS for why in computation.whys)


def explaining(situation: Situation) -> Computation:
    fitting = (each for each in COMPUTATIONS if each.explains(situation) and each.formula)
    (found,) = (each for each in fitting if each.gather(situation) is not None)
    return found


def speaks(found: Diagnosis) -> None:
    """In both languages, with what it holds."""
    for language in Language:
        assert "{" not in finding_text(found, language)
        assert finding_text(found, language) != found.kind
