"""The chip's life: from blank to closed (SSC-10 §5), the manager and the environment it hands over."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from cos.kernel.directory_headers import MF_FID, Life
from dualcos.dialogue.driver import Reply, send
from dualcos.dialogue.making import SOCIAL_FORM, create
from dualcos.lab.properties import births_of_stacks, hand_over
from dualcos.lab.properties.counted_card import Tally
from dualcos.lab.properties.hand_over import Blank
from dualcos.profile.schema import load
from tests.models.social import facts, last, unfetched
from tests.models.subject import RESET, Letter, Specimen, Subject, Terminal


@cache
def blank() -> Blank:
    profile = load("social-2.0")
    return hand_over.blank(profile, births_of_stacks.kinds(profile)["ssse"], Tally())


@cache
def unmade() -> Specimen:
    """The chip itself, without what counts its commands."""
    card = blank().bench.card.card
    return Specimen(card, card.snapshot())


def _act(action: str) -> Letter:
    return lambda _terminal: last(hand_over._DIALOGUES[action](blank(), 0))


_CARD, _ENVIRONMENT = 0, 1


def _prove(terminal: Terminal) -> Reply:
    """The right master key of whatever is current; a wrong one would only count its tries down."""
    key = _ENVIRONMENT if terminal.environment == "ssse" else _CARD
    return SOCIAL_FORM.prove(blank().keys[key])


def _load(terminal: Terminal) -> Reply:
    """The master key of whatever is current, under the key that may: the transport key or the card master key for a
    first one, itself afterwards.
    """
    chip, keys = blank(), blank().keys
    if terminal.environment == "ssse":
        return SOCIAL_FORM.write_master(keys[_ENVIRONMENT], keys[_ENVIRONMENT])
    if terminal.session.current != MF_FID:
        return SOCIAL_FORM.write_master(keys[_CARD], keys[_ENVIRONMENT])
    under = keys[_CARD] if terminal.session.has_master_key() else chip.transport
    return SOCIAL_FORM.write_master(under, keys[_CARD])


def words(terminal: Terminal) -> str:
    """Chip state C0 to C2, the environment's E0 to E2, what is current, what is proved."""
    session, where = terminal.session, terminal.environment
    card = terminal.card
    manager = session if where == "manager" else card._dispatcher._root.open()
    born = card._dispatcher._environments.get("ssse")
    stage = "E2" if born else "E1" if manager.pending.all() else "E0"
    ended = born and born[1].open().at.home.life == Life.USER and "SSSE ended"
    state = facts(manager.state.value, stage, ended, terminal.random and "random number")
    if where == "manager":
        proof = session.proof.value
        place = "MF" if session.current == MF_FID else "the waiting environment"
        key = manager.state.value == "C1" and not session.has_master_key() and "no card master key"
        return facts(place, proof != "nothing" and f"{proof} proved", state, key)
    return facts("SSSE", bool(session.at.security.rights) and "master key proved", state)


def _create_file(_terminal: Terminal) -> Reply:
    """A file larger than any chip: 6A84 for who may create files, and nothing is created."""
    return send(create(bytes.fromhex("000000FFFFEF10C40000000000000000")))


def _letters() -> Mapping[str, Letter]:
    first, then = (
        ("transport", "create MF", "create environment"),
        ("select environment", "select MF", "delete environment"),
    )
    return {
        **{name: _act(name) for name in first},
        "load master key": _load,
        "prove master key": _prove,
        **{name: _act(name) for name in then},
        "create file, too large": _create_file,
        "end": _act("end"),
        RESET: unfetched(b""),
    }


SUBJECTS = (
    Subject(
        "life",
        "The chip's life: manager and first environment",
        "SSC-10 §5; 总体方案 一（四）",
        unmade,
        _letters(),
        words,
        30,
        "every place × proved or not: C0; C1 without and with card master key; C2: 8; SSSE waiting for its key, MF or"
        " it current: 4; having it: MF, SSSE, and right after its birth the place where it waited: 6; the first two of"
        " these again with SSSE ended, with C2, with both: 12",
        (
            "The card master key creates, and deletes only what still waits; in E2 nothing under it changes SSSE.",
            "C2 is left to the card master key's replacement by itself.",
            "An environment deleted under its own key leaves the chip as before its birth.",
        ),
    ),
)
