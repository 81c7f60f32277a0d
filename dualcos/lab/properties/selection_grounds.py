"""The directories of each stack but the social one, with the session items that exist there (``items``)."""

from __future__ import annotations

from collections.abc import Callable

from apdu.status import SW
from cos.pki.security import RANDOM_LENGTH
from dualcos.dialogue.driver import Reply, apdu, send
from dualcos.dialogue.iso_commands import challenge
from dualcos.dialogue.making import BANK_FORM
from dualcos.lab.properties import bank_macros, manager_macros, pki_macros, psam_host, psam_macros
from dualcos.lab.properties.psam_host import PsamOwner
from dualcos.lab.properties.session_items import (
    DELIVERED,
    EF,
    PIN,
    RANDOM,
    RIGHT,
    TRANSACTION,
    WAITING,
    Ground,
    SessionItem,
    fetch,
)
from dualcos.lab.properties.traffic_steps import Play, Played
from dualcos.profile.personalise.bank import PSE_NAME
from dualcos.profile.personalise.manager import PKI
from dualcos.profile.personalise.pki import APPLICATION_NAME as PKI_APPLICATION
from dualcos.profile.personalise.psam import APPLICATION_NAME as PSAM_APPLICATION
from dualcos.profile.schema import Profile
from keys import key_wrapping
from keys.algorithms import SM4, TDES
from keys.key_handle import KeyHandle

_REFUSED, _NO_FILE, _NO_RANDOM, _NOTHING_WAITS = 0x6982, 0x6986, 0x6984, 0x6F00
_NO_KEY, _NO_TRANSACTION = 0x6901, 0x6985


def _selecting(header: str, data: bytes) -> Callable[[], Reply]:
    return lambda: send(apdu(header, data))


def _waiting(header: str, data: bytes) -> SessionItem:
    """An answer of SELECT that is not fetched."""

    def gain() -> Play:
        yield apdu(header, data)

    return SessionItem(WAITING, gain, fetch, _NOTHING_WAITS)


def _random(select: Callable[[], Played], length: int, answer: Callable[[bytes], bytes]) -> SessionItem:
    """A random number; ``answer`` makes the data of EXTERNAL AUTHENTICATION from it."""
    drawn: list[bytes] = []

    def gain() -> Play:
        yield from select()
        drawn[:] = [(yield from challenge(length))]

    def probe() -> Reply:
        return send(apdu("00820000", answer(drawn[0])))

    return SessionItem(RANDOM, gain, probe, _NO_RANDOM)


# --- the MF of a user card -------------------------------------------------------------------------------------------


def of_manager(profile: Profile, *, fetches: bool) -> tuple[Ground, ...]:
    """The MF alone: what lies below it are environments. It has no EF that SELECT finds."""
    key = KeyHandle(TDES, profile.card_master_key)
    select = _selecting("00A40000", b"\x3f\x00")

    def prove() -> Play:
        yield from select()
        yield from manager_macros.macros(profile)["master"].play(0)

    items = [
        SessionItem(RIGHT, prove, lambda: send(apdu("00DC010C", b"\x61\x00")), _REFUSED),
        _random(select, 8, lambda random: key_wrapping.master_authentication(key, random)),
    ]
    if fetches:
        items.append(_waiting("00A40000", b"\x3f\x00"))
    return (Ground("3F00", select, tuple(items)),)


# --- PSE -------------------------------------------------------------------------------------------------------------


def of_bank(profile: Profile, *, fetches: bool) -> tuple[Ground, ...]:
    """PSE and its application. Neither has a current EF (records are read by short identifier). A PIN that was right
    shows in the transaction's results only, and is part of it.
    """
    assert profile.pse is not None  # noqa: S101 - asked of cards that have the section
    issuer = bank_macros.issuer_of(profile, profile.pse)
    macros = bank_macros.macros(issuer, blocks_whole_card=False)
    home, application = _selecting("00A40400", PSE_NAME), _selecting("00A40400", issuer.aid)
    own = [
        SessionItem(
            RIGHT,
            lambda: macros["master"].play(0),
            lambda: BANK_FORM.write_master(issuer.master, issuer.master),
            _REFUSED,
        ),
        _random(home, 8, lambda random: BANK_FORM.cryptogram(issuer.master, random)),
    ]
    run = [
        SessionItem(
            TRANSACTION, lambda: macros["gpo"].play(0), lambda: issuer.session().generate(0x00), _NO_TRANSACTION
        )
    ]
    if fetches:
        own.append(_waiting("00A40400", PSE_NAME))
        run.append(_waiting("00A40400", issuer.aid))
    return Ground("PSE", home, tuple(own)), Ground("application", application, tuple(run))


# --- PKI -------------------------------------------------------------------------------------------------------------


def of_pki(profile: Profile, *, fetches: bool) -> tuple[Ground, ...]:
    """The environment and its application. Only the application has files and PINs."""
    assert profile.pki is not None  # noqa: S101 - asked of cards that have the section
    macros = pki_macros.macros(profile, profile.pki)
    names = (("PKI", PKI.name, 0, "master"), ("application", PKI_APPLICATION, 1, "application_master"))
    grounds = []
    for title, name, choice, key_name in names:
        select = _selecting("00A40400", name)
        key = KeyHandle(SM4, profile.pki_key(key_name))
        items = [
            SessionItem(RIGHT, _played(macros["master"].play, choice), _pki_change(key), _REFUSED),
            _random(select, RANDOM_LENGTH, key.encrypt),
        ]
        if choice:
            items.append(SessionItem(PIN, _played(macros["verify_user"].play, 0), _pki_write, _REFUSED))
            items.append(
                SessionItem(EF, _played(macros["select"].play, 0), lambda: send(apdu("00B00000", le=1)), _NO_FILE)
            )
        if fetches:
            items.append(_waiting("00A40400", name))
        own = frozenset((0x0012, 0x0014, 0x0018, 0x0019)) if choice else frozenset()
        grounds.append(Ground(title, select, tuple(items), own))
    return tuple(grounds)


def _played(play: Callable[[int], Played], choice: int) -> Callable[[], Played]:
    return lambda: play(choice)


def _pki_change(key: KeyHandle) -> Callable[[], Play]:
    return lambda: pki_macros.change_master(key, key)


def _pki_write() -> Play:
    yield from send(apdu("00A40000", b"\x00\x18"))
    yield from send(apdu("00D60000", b"\x31"))


# --- PSAM ------------------------------------------------------------------------------------------------------------


def of_psam(owner: PsamOwner, *, fetches: bool) -> tuple[Ground, ...]:
    """One environment of a PSAM, and its application."""
    name, own = owner.born.name, owner.own
    home = Ground(
        "environment",
        _selecting("00A40400", name),
        (
            SessionItem(RIGHT, lambda: psam_host.prove_home(owner), _psam_label, _REFUSED),
            SessionItem(
                EF,
                lambda: _psam_file(lambda: psam_host.home(owner), 0x15),
                lambda: send(apdu("00B00000", le=1)),
                _NO_FILE,
            ),
            _random(
                lambda: psam_host.home(owner), 8, lambda random: key_wrapping.master_authentication(own.master, random)
            ),
        ),
        frozenset((0x0001, 0x0015, 0x0016)),
    )
    application = Ground(
        "application",
        psam_host.application,
        (
            SessionItem(RIGHT, lambda: psam_host.prove_authority(owner, 0), _psam_information, _REFUSED),
            SessionItem(
                EF, lambda: _psam_file(psam_host.application, 0x19), lambda: send(apdu("00B00000", le=1)), _NO_FILE
            ),
            _random(
                psam_host.application, 8, lambda random: key_wrapping.master_authentication(own.application, random)
            ),
            SessionItem(DELIVERED, lambda: psam_host.deliver(owner, 0), _psam_calculate, _NO_KEY),
        ),
        frozenset((0x0019, *range(0x001A, 0x001D))),
    )
    if fetches:
        home = home._replace(items=(*home.items, _waiting("00A40400", name)))
        waiting = _waiting("00A40400", PSAM_APPLICATION)
        application = application._replace(items=(*application.items, waiting))
    return home, application


def _psam_file(select: Callable[[], Played], fid: int) -> Play:
    yield from select()
    yield from send(apdu("00A40200", bytes((0, fid))))


def _psam_label() -> Play:
    yield from send(apdu("00DC010C", psam_macros.entry_record(1)))


def _psam_information() -> Play:
    yield from send(apdu("00D69A02", b"\x31"))


def _psam_calculate() -> Play:
    """In the form that a key of any kind for calculations gets past its state: a MAC or an encipherment."""
    answer = yield from send(apdu("80FA0500", bytes(32)))
    if answer.sw == SW.CONDITIONS_NOT_SATISFIED:
        yield from send(apdu("80FA0000", bytes(32)))
