"""The directories of each stack but the social one, with the session items that exist there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from apdu.status import SW
from cos.psam.security.delivered_key_states import KeyType, Usage
from dualcos.dialogue.bank import PSE
from dualcos.dialogue.driver import Reply, apdu, send
from dualcos.dialogue.iso_commands import challenge, select_fid, select_file, select_name, update_binary
from dualcos.dialogue.making import BANK_FORM, PKI_FORM, SELECT_MF, SOCIAL_FORM, MakersForm, select
from dualcos.dialogue.pki import APPLICATION_NAME as PKI_APPLICATION
from dualcos.dialogue.pki import ENCRYPTION_PAIR
from dualcos.dialogue.pki import NAME as PKI_NAME
from dualcos.dialogue.psam import ENCIPHER, MAC, MAC_BEGIN, MAC_END, PsamFile
from dualcos.lab.properties import bank_macros, pki_macros, psam_macros
from dualcos.lab.properties.items_select_keeps import (
    BEGUN,
    DELIVERED,
    EF,
    NAMED,
    PIN,
    PURCHASE,
    RANDOM,
    RIGHT,
    TRANSACTION,
    WAITING,
    Ground,
    SessionItem,
    fetch,
    until,
)
from dualcos.lab.properties.psam_macros import PsamOwner, write_entry
from dualcos.lab.properties.traffic_steps import Macro, Play, Played
from dualcos.profile.schema import Profile
from keys.algorithms import SM4, TDES
from keys.key_handle import KeyHandle

_REFUSED, _NO_FILE, _NO_RANDOM, _NOTHING_WAITS = 0x6982, 0x6986, 0x6984, 0x6F00
_NO_KEY, _NO_TRANSACTION, _NO_MAC = 0x6901, 0x6985, 0x6985
_ISSUER_AUTHENTICATION, _CREDIT_SAM = 0x82, 0x72


def _waiting(command: bytes) -> SessionItem:
    """An answer of SELECT that is not fetched."""

    def gain() -> Play:
        yield command

    return SessionItem(WAITING, gain, fetch, _NOTHING_WAITS)


def _random(enter: Callable[[], Played], form: MakersForm, key: KeyHandle) -> SessionItem:
    """A random number; whether it is there, the proof of the directory's master key shows."""
    drawn: list[bytes] = []

    def gain() -> Play:
        yield from enter()
        drawn[:] = [(yield from challenge(form.random))]

    return SessionItem(RANDOM, gain, lambda: send(form.proof(key, drawn[0])), _NO_RANDOM)


def _entered(enter: Callable[[], Played], fid: int) -> Callable[[], Play]:
    """A file of that directory, selected."""

    def gain() -> Play:
        yield from enter()
        yield from select_file(fid)

    return gain


# --- the MF of a user card -------------------------------------------------------------------------------------------


def of_manager(profile: Profile, *, fetches: bool) -> tuple[Ground, ...]:
    """The MF alone: what lies below it are environments. It has no EF that SELECT finds."""
    key = KeyHandle(TDES, profile.card_master_key)

    def enter() -> Reply:
        return send(SELECT_MF)

    def prove() -> Play:
        yield from enter()
        yield from SOCIAL_FORM.prove(key)

    items = [
        SessionItem(RIGHT, prove, lambda: send(apdu("00DC010C", b"\x61\x00")), _REFUSED),
        _random(enter, SOCIAL_FORM, key),
    ]
    if fetches:
        items.append(_waiting(SELECT_MF))
    return (Ground("3F00", enter, tuple(items)),)


# --- PSE -------------------------------------------------------------------------------------------------------------


def of_bank(profile: Profile, *, fetches: bool) -> tuple[Ground, ...]:
    """PSE and its application. Neither has a current EF (records are read by short identifier). A PIN that was right
    shows in the transaction's results only, and is part of it.
    """
    assert profile.pse is not None  # noqa: S101 - asked of cards that have the section
    issuer = bank_macros.issuer_of(profile, profile.pse)
    macros = bank_macros.macros(issuer, blocks_whole_card=False)
    home, application = partial(select_name, PSE.name), partial(select_name, issuer.aid)
    own = [
        SessionItem(
            RIGHT,
            lambda: macros["master"].play(0),
            lambda: BANK_FORM.write_master(issuer.master, issuer.master),
            _REFUSED,
        ),
        _random(home, BANK_FORM, issuer.master),
    ]
    run = [
        SessionItem(
            TRANSACTION, lambda: macros["gpo"].play(0), lambda: issuer.session().generate(0x00), _NO_TRANSACTION
        ),
        SessionItem(
            TRANSACTION,
            lambda: until(macros["issuer_authentication"].play(0), _ISSUER_AUTHENTICATION),
            lambda: issuer.session().complete(0x00),
            _NO_TRANSACTION,
        ),
    ]
    if fetches:
        own.append(_waiting(select(PSE.name)))
        run.append(_waiting(select(issuer.aid)))
    return Ground("PSE", home, tuple(own)), Ground("application", application, tuple(run))


# --- PKI -------------------------------------------------------------------------------------------------------------


def of_pki(profile: Profile, *, fetches: bool) -> tuple[Ground, ...]:
    """The environment and its application. Only the application has files and PINs."""
    assert profile.pki is not None  # noqa: S101 - asked of cards that have the section
    macros = pki_macros.macros(profile, profile.pki)
    host = pki_macros.HOST
    names = (("PKI", PKI_NAME, 0, "master"), ("application", PKI_APPLICATION, 1, "application_master"))
    grounds = []
    for title, name, choice, key_name in names:
        enter = partial(select_name, name)
        key = KeyHandle(SM4, profile.pki_key(key_name))
        items = [
            SessionItem(RIGHT, partial(macros["master"].play, choice), partial(host.change_master, key, key), _REFUSED),
            _random(enter, PKI_FORM, key),
        ]
        if choice:
            items.append(SessionItem(PIN, partial(macros["verify_user"].play, 0), _pki_write, _REFUSED))
            items.append(SessionItem(EF, partial(macros["select"].play, 0), partial(host.read, 0, 1), _NO_FILE))
            items.append(SessionItem(NAMED, partial(_named, macros), _fetch_public, _NO_TRANSACTION))
        if fetches:
            items.append(_waiting(select(name)))
        own = frozenset((0x0012, 0x0014, 0x0018, 0x0019)) if choice else frozenset()
        grounds.append(Ground(title, enter, tuple(items), own))
    return tuple(grounds)


def _pki_write() -> Play:
    yield from select_fid(0x0018)
    yield from pki_macros.HOST.update(b"\x31")


def _named(macros: Mapping[str, Macro]) -> Play:
    yield from macros["verify_user"].play(0)
    yield from send(apdu("80C98200", ENCRYPTION_PAIR))


def _fetch_public() -> Reply:
    return send(apdu("80C98280", le=66))


# --- PSAM ------------------------------------------------------------------------------------------------------------


def of_psam(owner: PsamOwner, *, fetches: bool) -> tuple[Ground, ...]:
    """One environment of a PSAM, and its application."""
    host, keys = owner.host, owner.keys
    home = [
        SessionItem(RIGHT, partial(owner.prove_master, 0), partial(write_entry, 1), _REFUSED),
        SessionItem(EF, _entered(host.home, PsamFile.PUBLIC), _first_byte, _NO_FILE),
        _random(host.home, SOCIAL_FORM, keys.master),
    ]
    application = [
        SessionItem(
            RIGHT,
            partial(owner.prove_authority, 0),
            partial(update_binary, PsamFile.NATIONAL, b"\x31", 2),
            _REFUSED,
        ),
        SessionItem(EF, _entered(host.application, PsamFile.SEQUENCE), _first_byte, _NO_FILE),
        _random(host.application, SOCIAL_FORM, keys.application),
        SessionItem(DELIVERED, partial(owner.deliver, 0), lambda: _psam_calculate(owner), _NO_KEY),
    ]
    if keys.of(KeyType.MAC, KeyType.BOTH):
        application.append(SessionItem(BEGUN, partial(_mac_begun, owner), partial(_mac_ended, owner), _NO_MAC))
    if keys.of(KeyType.PURCHASE):
        purchase = psam_macros.macros(owner)["purchase"]
        application.append(
            SessionItem(
                PURCHASE,
                lambda: until(purchase.play(0), _CREDIT_SAM),
                lambda: send(apdu("80720000", bytes(4))),
                _NO_KEY,
            )
        )
    if fetches:
        home.append(_waiting(select(host.name)))
        application.append(_waiting(select(host.application_name)))
    return (
        Ground("environment", host.home, tuple(home), frozenset((0x0001, 0x0015, 0x0016))),
        Ground("application", host.application, tuple(application), frozenset((0x0019, *range(0x001A, 0x001D)))),
    )


def _mac_begun(owner: PsamOwner) -> Play:
    yield from _mac_key(owner)
    yield from owner.host.calculate(MAC_BEGIN, bytes(32))


def _mac_ended(owner: PsamOwner) -> Play:
    """6985 if none was begun, also where the key itself is gone."""
    answer = yield from owner.host.calculate(MAC_END, bytes(16))
    if answer.sw == _NO_KEY:
        yield from _mac_key(owner)
        yield from owner.host.calculate(MAC_END, bytes(16))


def _mac_key(owner: PsamOwner) -> Reply:
    """The first key that makes MACs, delivered."""
    held = owner.keys.of(KeyType.MAC, KeyType.ENCIPHER, KeyType.BOTH)
    return owner.deliver(next(at for at, each in enumerate(held) if KeyType(Usage.of(each.head.usage).kind).mac))


def _first_byte() -> Reply:
    """Of the current file."""
    return send(apdu("00B00000", le=1))


def _psam_calculate(owner: PsamOwner) -> Play:
    """In the form that a key of any kind for calculations gets past its state: a MAC or an encipherment."""
    answer = yield from owner.host.calculate(MAC, bytes(32))
    if answer.sw == SW.CONDITIONS_NOT_SATISFIED:
        yield from owner.host.calculate(ENCIPHER, bytes(32))
