"""The social side: what a session remembers, tries of the PIN, the medical account, answers that wait."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial

from apdu.response import parse_response
from cos.kernel.directory_headers import DirectoryHeader
from cos.kernel.security_state import key_store, right
from cos.ssse.medical.account import account
from cos.ssse.security.key_types import PIN_REF
from cos.ssse.tables import access_levels
from dualcos.dialogue.driver import Reply, apdu, send
from dualcos.dialogue.medical import MedicalAccount, account_of, balance, proof
from dualcos.lab.properties import social_macros
from dualcos.lab.properties.social_macros import SocialOwner, host_of
from dualcos.lab.properties.traffic_steps import Played, spoiled
from dualcos.profile.schema import load
from keys.medical_macs import Purchase
from tests.models.subject import POWER, RESET, Letter, Subject, Terminal, specimen

EDITION_2, EDITION_3 = "dual-2.0-3des", "dual-3.0-sm4"
_DF01, _DF04 = bytes.fromhex("D15600000500"), bytes.fromhex("D15600000503")
_NONE = bytes(8)  # a terminal that has asked for no random number


@cache
def host(name: str) -> SocialOwner:
    profile = load(name)
    return host_of(profile, profile.ssse)


# --- letters ----------------------------------------------------------------------------------------------------------


def plain(command: bytes) -> Letter:
    """One command, its answer fetched."""
    return lambda _terminal: send(command)


def unfetched(command: bytes) -> Letter:
    """One command, its answer left waiting."""

    def say(_terminal: Terminal) -> Reply:
        return parse_response((yield command))

    return say


def draw(length: int = 8) -> Letter:
    """GET CHALLENGE; the terminal notes the random number."""

    def say(terminal: Terminal) -> Reply:
        answer = yield from send(apdu("00840000", le=length))
        if len(answer.data) == length:
            terminal.noted["random"] = answer.data
        return answer

    return say


def right_by(name: str, key: str, *, flip: int = 0) -> Letter:
    """EXTERNAL AUTHENTICATION on the last random number the terminal knows of, used up or not."""

    def say(terminal: Terminal) -> Reply:
        at = host(name).session
        row = next(row for directory in at.directories for row in directory.keys if row.name == key)
        random = terminal.noted.get("random", _NONE)
        data = at.keys.service.external_authentication(key, at.keys.card, random, random, row.versions[0])
        data = bytes((data[0] ^ flip,)) + data[1:]
        return (yield from send(apdu(f"008200{row.kid:02X}", data)))

    return say


SELECT_MF = apdu("00A40000", b"\x3f\x00")
SELECT_SSSE = apdu("00A40400", bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF"))
SELECT_PSE = apdu("00A40400", b"1PAY.SYS.DDF01")


def _session_letters(name: str) -> Mapping[str, Letter]:
    read_key = apdu("00B08700", le=16) if name == EDITION_2 else apdu("00B20134", le=256)
    return {
        "SELECT SSSE": plain(SELECT_SSSE),
        "SELECT DF01": plain(apdu("00A40400", _DF01)),
        "SELECT PSE": plain(SELECT_PSE),
        "SELECT MF": plain(SELECT_MF),
        "SELECT EF05": plain(apdu("00A40200", b"\xef\x05")),
        "SELECT EF77, none": plain(apdu("00A40200", b"\xef\x77")),
        "READ current EF": plain(apdu("00B20104", le=256)),
        "READ EF by RKSSSE": plain(read_key),
        "VERIFY": plain(apdu("00200000", host(name).session.keys.pin)),
        "GET CHALLENGE": draw(),
        "AUTHENTICATE RKSSSE": right_by(name, "RKSSSE"),
        "AUTHENTICATE RK1DF01": right_by(name, "RK1DF01"),
        RESET: unfetched(b""),
    }


# --- words ------------------------------------------------------------------------------------------------------------


def facts(*known: object) -> str:
    """The facts that hold, joined."""
    return ", ".join(str(fact) for fact in known if fact)


@cache
def _right_names(name: str) -> Mapping[int, str]:
    return {
        right(directory.fid, level): key
        for directory in host(name).session.directories
        for key, level in access_levels.levels(directory.keys).items()
    }


def session_words(name: str, terminal: Terminal) -> str:
    """The session items of SSC-4 §4.2: where, current EF, random number, what is proved."""
    session, where = terminal.session, terminal.environment
    pending = terminal.random and "random number"
    if where != "ssse":
        return facts({"pse": "PSE", "manager": "MF"}[where], pending)
    directory = f"{session.at.directory.fid:04X}".replace("DDF1", "SSSE")
    file = session.at.file and f"EF{session.at.file.descriptor.fid & 0xFF:02X}"
    proved = sorted(_right_names(name)[each] for each in session.at.security.rights)
    return facts(directory, file, *proved, pending)


_READS = {EDITION_2: "EF07 of SSSE asks for RKSSSE", EDITION_3: "EF06 of SSSE asks for RKSSSE"}


def _session(name: str, label: str, states: int, why: str) -> Subject:
    return Subject(
        f"session-{label}",
        f"SSSE {label}: what a session remembers ({_READS[name]}; EF05 of DF01 asks for PIN or RK1DF01)",
        "SSC-4 §4.2, SSC-5 §6.11, SSC-7 §5.8, §6.6",
        partial(specimen, name),
        _session_letters(name),
        partial(session_words, name),
        states,
        why,
        (
            "The PIN's right ends when SSSE is left: the session is dropped. SSC-7 §5.8 lets it last until power-off.",
            "SELECT of the current directory keeps what is proved and the random number; one that fails keeps all.",
            "GET CHALLENGE leaves the current EF; an authentication uses the random number up, right or wrong.",
            "A valid short identifier makes its EF current (ISO 7816-4) even where the right to read is then missing.",
        ),
    )


# --- tries ------------------------------------------------------------------------------------------------------------


def _tries_letters(name: str) -> Mapping[str, Letter]:
    pin, do = host(name).session.keys.pin, social_macros.macros(host(name))
    return {
        "SELECT SSSE": plain(SELECT_SSSE),
        "SELECT PSE": plain(SELECT_PSE),
        "VERIFY": plain(apdu("00200000", pin)),
        "VERIFY, wrong": plain(apdu("00200000", b"\x98\x76\x54")),
        "VERIFY, empty": plain(apdu("00200000")),
        "CHANGE PIN, wrong": plain(apdu("805E0100", b"\x98\x76\x54\xff" + pin)),
        "CHANGE PIN to itself": plain(apdu("805E0100", pin + b"\xff" + pin)),
        "UNBLOCK PIN by PUK": lambda _terminal: last(do["unblock_pin"].play(0)),
        "READ EF05 of DF01": lambda _terminal: last(do["read"].play(_DF01_EF05)),
        POWER: unfetched(b""),
    }


_DF01_EF05 = 4  # the fifth file of the environment; SSSE itself has four


def last(play: Played) -> Reply:
    """A dialogue as a reply: its last answer."""
    answer = b"\x90\x00"
    try:
        command = next(play)
        while True:
            answer = yield command
            command = play.send(answer)
    except StopIteration:
        return parse_response(answer)


def tries_words(terminal: Terminal) -> str:
    session, where = terminal.session, terminal.environment
    store = key_store(terminal.card._dispatcher._environments["ssse"][1].grant.nvm, _HOME)
    left = f"{store.tries_left(PIN_REF)} tries"
    if where != "ssse":
        return facts({"pse": "PSE", "manager": "MF"}[where], left)
    proved = PIN_REF in store.refs() and right(_HOME, store.level(PIN_REF)) in session.at.security.rights
    return facts(f"{session.at.directory.fid:04X}".replace("DDF1", "SSSE"), left, proved and "PIN")


_HOME, _DF04_FID = 0xDDF1, 0xDF04

# --- medical account --------------------------------------------------------------------------------------------------

_TERMINAL, _TIME = bytes.fromhex("010203040506"), bytes.fromhex("20250601093000")


def _account(name: str) -> MedicalAccount:
    at = host(name).session
    return next(found for found in (account_of(at.keys, directory) for directory in at.directories) if found)


def _begin_load(name: str) -> Letter:
    def say(terminal: Terminal) -> Reply:
        answer = yield from _account(name).initialize_load(10, _TERMINAL)
        if answer.data:
            terminal.noted |= {"load": answer.data, "load sequence": answer.data[4:6]}
        return answer

    return say


def _credit(name: str, flip: int = 0) -> Letter:
    def say(terminal: Terminal) -> Reply:
        begun = terminal.noted.get("load")
        if begun is None:
            return send(apdu("B02A0000", _TIME + bytes((flip,)) + bytes(3)))
        return spoiled(_account(name).credit(begun, 10, _TERMINAL, _TIME), 0x2A, flip, at=12)

    return say


_ORDER = Purchase(0, 5, 7, _TERMINAL, bytes(4), _TIME)


def _begin_purchase(name: str) -> Letter:
    def say(terminal: Terminal) -> Reply:
        answer = yield from _account(name).initialize_purchase(_ORDER)
        if answer.data:
            terminal.noted |= {"purchase": answer.data, "purchase sequence": answer.data[14:16]}
        return answer

    return say


def _debit(name: str, flip: int = 0) -> Letter:
    def say(terminal: Terminal) -> Reply:
        begun = terminal.noted.get("purchase")
        if begun is None:
            return send(apdu("B02C0100", bytes(4) + _TIME + bytes((flip,)) + bytes(3)))
        return spoiled(_account(name).debit(begun, _ORDER), 0x2C, flip, at=16)

    return say


def _proof(kind: str) -> Letter:
    """GET TRANSACTION PROOF of the transaction begun last, whether it was booked or not."""

    def say(terminal: Terminal) -> Reply:
        sequence = terminal.noted.get(f"{kind} sequence", b"\xff\xff")
        return proof(0x31 if kind == "load" else 0x32, sequence)

    return say


def _medical_letters(name: str) -> Mapping[str, Letter]:
    return {
        "SELECT SSSE": plain(SELECT_SSSE),
        "SELECT DF04": plain(apdu("00A40400", _DF04)),
        "VERIFY": plain(apdu("00200000", host(name).session.keys.pin)),
        "INITIALIZE FOR LOAD": _begin_load(name),
        "CREDIT FOR LOAD": _credit(name),
        "CREDIT FOR LOAD, wrong MAC2": _credit(name, 1),
        "INITIALIZE FOR PURCHASE": _begin_purchase(name),
        "DEBIT FOR PURCHASE": _debit(name),
        "DEBIT FOR PURCHASE, wrong MAC1": _debit(name, 1),
        "GET BALANCE": lambda _terminal: balance(),
        "GET TRANSACTION PROOF, load": _proof("load"),
        "GET TRANSACTION PROOF, purchase": _proof("purchase"),
        RESET: unfetched(b""),
        "GET CHALLENGE": plain(apdu("00840000", le=8)),
    }


def medical_words(terminal: Terminal) -> str:
    """State of table 49, the PIN, and whether the proof kept is that of the transaction the terminal began last."""
    session, where = terminal.session, terminal.environment
    proof = _proof_kept(terminal)
    if where != "ssse":
        return facts("MF", proof)
    proved = right(_HOME, session.at.keys(_HOME).level(PIN_REF)) in session.at.security.rights
    directory = f"{session.at.directory.fid:04X}".replace("DDF1", "SSSE")
    return facts(directory, proved and "PIN", directory == "DF04" and session.medical.state.value, proof)


def _proof_kept(terminal: Terminal) -> str:
    session = terminal.card._dispatcher._environments["ssse"][1].open()
    session.at.directory = DirectoryHeader.decode(session.at.files.directory(_DF04_FID))
    kept = account(session).amounts().proof
    kind = {0x31: "load", 0x32: "purchase"}.get(kept.kind, "")
    same = kind and terminal.noted.get(f"{kind} sequence") == kept.sequence.to_bytes(2, "big")
    return f"proof of the {kind}" if same else ""


# --- answers that wait ------------------------------------------------------------------------------------------------


def _answer_letters(_name: str) -> Mapping[str, Letter]:
    return {
        "SELECT SSSE": unfetched(SELECT_SSSE),
        "SELECT DF01": unfetched(apdu("00A40400", _DF01)),
        "SELECT PSE": unfetched(SELECT_PSE),
        "SELECT none": unfetched(apdu("00A40400", b"A0000000000")),
        "GET RESPONSE, all": lambda _terminal: send(apdu("00C00000", le=256)),
        "GET RESPONSE, all but a byte": _almost_all,
        "GET CHALLENGE": unfetched(apdu("00840000", le=8)),
        "no command": unfetched(b"\0\xa4"),
        RESET: unfetched(b""),
    }


def _almost_all(terminal: Terminal) -> Reply:
    """As long as the last 61xx said, less one byte; of one byte, all."""
    waiting = terminal.session.at.tx._pending
    return parse_response((yield apdu("00C00000", le=max(1, len(waiting) - 1))))


def answer_words(terminal: Terminal) -> str:
    where, session = terminal.environment, terminal.session
    place = f"{session.at.directory.fid:04X}".replace("DDF1", "SSSE") if where == "ssse" else where.upper()
    waiting = session.at.tx._pending
    return facts(
        place.replace("MANAGER", "MF"), waiting and ("the last byte waits" if len(waiting) == 1 else "an answer waits")
    )


def lengths_hidden(_letter: str, answer: bytes) -> str:
    """61xx and 6Cxx without the length."""
    word = answer[-2:].hex().upper()
    return f"{word[:2]}xx" if word[:2] in ("61", "6C") else word


SUBJECTS = (
    _session(
        EDITION_2,
        "2.0",
        38,
        "MF; PSE; SSSE with no file, EF05 or EF07 current × PIN × RKSSSE × random number: 24; DF01 with or without a"
        " file current × nothing, PIN or RK1DF01 proved (with the PIN the key opens nothing more) × random number: 12",
    ),
    _session(
        EDITION_3,
        "3.0",
        34,
        "as 2.0, but with RKSSSE proved EF05 and EF06 are both readable and so alike: 4 fewer",
    ),
    Subject(
        "tries",
        "SSSE 2.0: tries of the PIN",
        "SSC-7 §5, §13.3",
        partial(specimen, EDITION_2),
        _tries_letters(EDITION_2),
        tries_words,
        9,
        "3, 2, 1 or 0 tries × in SSSE or elsewhere, and the PIN proved, which needs a full counter",
        (
            "A wrong VERIFY or CHANGE PIN takes away what a right one before it has earned; the text is silent on it.",
            "CHANGE PIN leaves the new PIN unproved: who knew the old one has not shown the new one.",
            "Nothing but VERIFY, CHANGE PIN and the PUK lets the counter rise: not reset, power, nor a stay in PSE.",
        ),
    ),
    Subject(
        "medical",
        "SSSE 2.0: the medical account",
        "SSC-5 §7, table 49",
        partial(specimen, EDITION_2),
        _medical_letters(EDITION_2),
        medical_words,
        19,
        "MF; SSSE with and without PIN; DF04 without PIN (idle only), with PIN idle, load or purchase: 7; six of these"
        " again with the proof of a load kept and with that of a purchase (a new INITIALIZE of the same kind is the"
        " next sequence number, which no proof is kept for)",
        (
            "The states idle, load and purchase and every arrow between them are those of table 49.",
            "A refused GET TRANSACTION PROOF (9406) ends an open transaction as every failure does.",
            "CREDIT and DEBIT outside their state are 6901 wherever SSSE is current: that gate comes first.",
        ),
    ),
    Subject(
        "answers",
        "SSSE and PSE: answers that wait for GET RESPONSE",
        "SSC-5 §6.6, SSC-2 §9.3",
        partial(specimen, EDITION_2),
        _answer_letters(EDITION_2),
        answer_words,
        6,
        "MF or PSE with nothing waiting, SSSE or DF01 likewise; either of the two with a whole answer or its last byte",
        ("Any other command, a malformed one too, drops what waits; so does leaving.",),
        seen=lengths_hidden,
    ),
)
