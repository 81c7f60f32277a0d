"""The terminal's key card (PSAM) and the PKI environment."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial

from cos.pki.stack import STACK as PKI
from cos.psam.security.delivered_key_states import DeliveredKeyState, KeyType
from dualcos.dialogue.driver import Reply, apdu, send
from dualcos.dialogue.pki import APPLICATION_NAME as PKI_APPLICATION
from dualcos.dialogue.psam import APPLICATION_NAME, PsamKey
from dualcos.profile.psam_key_plan import environments
from dualcos.profile.psam_order import own_keys
from dualcos.profile.schema import load
from keys import key_wrapping
from keys.algorithms import SM4, TDES, sm3
from keys.custody.psam_keys import purchase_mac1
from keys.key_handle import KeyHandle
from keys.medical_macs import Purchase
from tests.models.social import SELECT_MF, SELECT_SSSE, draw, facts, plain, unfetched
from tests.models.subject import RESET, Letter, Subject, Terminal, specimen

PSAM, WITH_PKI = "psam-3des", "social-3.0-pki"
_FACTOR = bytes.fromhex("9F4C21E07B3A58D6")


@cache
def held(kind: KeyType) -> PsamKey:
    """The first key of a kind that this city's PSAM holds; one step from the card."""
    profile = load(PSAM)
    return own_keys(profile, profile.psam, environments(profile.psam)[0]).of(kind)[0]


# --- PSAM -------------------------------------------------------------------------------------------------------------


def _city(terminal: Terminal) -> Reply:
    """EXTERNAL AUTHENTICATION of the city on the last random number the terminal knows of, used up or not."""
    key = KeyHandle(TDES, load(PSAM).psam_key("KID-03 city"))
    random = terminal.noted.get("random", bytes(8))
    return (yield from send(apdu("00820003", key_wrapping.master_authentication(key, random))))


def _deliver(kind: KeyType) -> Letter:
    head = held(kind).head
    return plain(apdu(f"BFDE{head.usage:02X}{head.kid:02X}", _FACTOR + bytes(range(8))))


_SUMS, _DAY = (5, 7, 9), bytes.fromhex("20250601093000")


def _init_sam(terminal: Terminal) -> Reply:
    key = held(KeyType.PURCHASE)
    sums = b"".join(amount.to_bytes(4, "big") for amount in _SUMS)
    data = bytes(4) + b"\0\1" + sums + b"2" + _DAY + bytes((key.head.kid, key.head.algorithm)) + _FACTOR
    answer = yield from send(apdu("80700100", data, le=8))
    if len(answer.data) == 8:
        terminal.noted["sequence"] = answer.data[:4]
    return answer


def _credit_sam(terminal: Terminal, *, flip: int) -> Reply:
    number = bytes.fromhex(load(PSAM).psam.terminal)
    sequence = terminal.noted.get("sequence", bytes(4))
    purchase = Purchase(*_SUMS, number, sequence, _DAY, ord("2"))
    _, session = purchase_mac1(held(KeyType.PURCHASE).key, [_FACTOR], purchase, bytes(4), 1)
    mac2 = purchase.mac2(session)
    return (yield from send(apdu("80720000", bytes((mac2[0] ^ flip,)) + mac2[1:])))


def _calculation() -> Mapping[str, Letter]:
    calculate = {"encipher": 0x00, "MAC": 0x05, "MAC first": 0x07, "MAC next": 0x03, "MAC last": 0x01}
    return {
        "SELECT application": plain(apdu("00A40400", APPLICATION_NAME)),
        "SELECT MF": plain(SELECT_MF),
        "DELIVERY SESSION KEY, MAC": _deliver(KeyType.MAC),
        "DELIVERY SESSION KEY, both": _deliver(KeyType.BOTH),
        **{f"CIPHER DATA {name}": plain(apdu(f"80FA{p1:02X}00", bytes(16))) for name, p1 in calculate.items()},
        "GET CHALLENGE": draw(),
        "INIT SAM FOR PURCHASE": _init_sam,
        RESET: unfetched(b""),
    }


def _purchase() -> Mapping[str, Letter]:
    return {
        "SELECT application": plain(apdu("00A40400", APPLICATION_NAME)),
        "SELECT MF": plain(SELECT_MF),
        "GET CHALLENGE": draw(),
        "AUTHENTICATE city": _city,
        "UPDATE by city": plain(apdu("00D69C00", b"\x01")),
        "INIT SAM FOR PURCHASE": _init_sam,
        "CREDIT SAM FOR PURCHASE": partial(_credit_sam, flip=0),
        "CREDIT SAM FOR PURCHASE, wrong": partial(_credit_sam, flip=1),
        RESET: unfetched(b""),
    }


_BEGUN = {
    DeliveredKeyState.ENCIPHERS: "encipher begun",
    DeliveredKeyState.MAC: "MAC begun",
    DeliveredKeyState.MAC_BEGUN: "MAC begun",
}


def psam_words(terminal: Terminal, *, rights: bool) -> str:
    """SSC-9 §9: where, authority proved, the delivered key and what it is doing, an open purchase."""
    session = terminal.session
    key = session.delivered
    return facts(
        "application" if session.at.in_application else "MF",
        bool(session.at.security.rights) and "city proved",
        rights and terminal.random and "random number",
        key and f"{key.kind.name} key delivered",
        key and _BEGUN.get(key.state),
        key and key.state is DeliveredKeyState.MAC_BEGUN and "MAC under way",
        session.purchase and "purchase open",
    )


# --- PKI --------------------------------------------------------------------------------------------------------------


def _by_key(header: str, value: bytes) -> Letter:
    """The last random number the terminal knows of under an SM4 key."""

    def say(terminal: Terminal) -> Reply:
        random = terminal.noted.get("random", b"").ljust(16, b"\0")
        return (yield from send(apdu(header, KeyHandle(SM4, value).encrypt(random))))

    return say


def _master(terminal: Terminal) -> Reply:
    """The right master key of the current directory; a wrong one would only count its tries down. Elsewhere no data."""
    if terminal.environment != "pki":
        return send(apdu("00820000"))
    name = "application_master" if terminal.session.at.in_application else "master"
    return _by_key("00820000", load(WITH_PKI).pki_key(name))(terminal)


def _pki_letters() -> Mapping[str, Letter]:
    profile = load(WITH_PKI)
    user, manager = (sm3(bytes.fromhex(pin))[:16] for pin in (profile.pki.user_pin, profile.pki.manager_pin))
    return {
        "SELECT PKI": plain(apdu("00A40400", PKI.places[0].name)),
        "SELECT application": plain(apdu("00A40400", PKI_APPLICATION)),
        "SELECT SSSE": plain(SELECT_SSSE),
        "SELECT EF18": plain(apdu("00A40000", b"\x00\x18")),
        "READ BINARY": plain(apdu("00B00000", le=4)),
        "UPDATE BINARY": plain(apdu("00D60000", b"\x01")),
        "GET CHALLENGE 16": draw(16),
        "GET CHALLENGE 8": draw(8),
        "VERIFY user": _by_key("00200181", user),
        "VERIFY manager": _by_key("00200100", manager),
        "AUTHENTICATE master": _master,
        RESET: unfetched(b""),
    }


def pki_words(terminal: Terminal) -> str:
    session, where = terminal.session, terminal.environment
    if where != "pki":
        return {"ssse": "SSSE", "manager": "MF"}[where]
    levels = {0x01: "user", 0x02: "manager", 0xFF: "master key"}
    random = terminal.random and "random number"
    return facts(
        "application" if session.at.in_application else "PKI",
        session.at.file and "EF18",
        *(f"{levels[level]} proved" for level in sorted(session.levels)),
        random,
    )


SUBJECTS = (
    Subject(
        "psam-rights",
        "PSAM: authorities and purchase",
        "SSC-9 §5, §9.2, §9.4, §9.9, §9.10",
        partial(specimen, PSAM),
        _purchase(),
        partial(psam_words, rights=True),
        9,
        "MF; in the application city proved × random number × purchase open",
        ("CREDIT SAM is good right behind INIT SAM only, and once.",),
    ),
    Subject(
        "psam-calculation",
        "PSAM: delivered keys and what they calculate",
        "SSC-9 §9.7, §9.8",
        partial(specimen, PSAM),
        _calculation(),
        partial(psam_words, rights=False),
        7,
        "MF; application; a key for MACs or for both delivered; then MACs, a MAC in pieces, or enciphering begun",
        (
            "A key that has begun one kind of work is dropped when the other is asked of it (6901).",
            "SELECT of the application, current or not, drops the delivered key; GET CHALLENGE and a purchase do not.",
        ),
    ),
    Subject(
        "pki",
        "PKI environment",
        "issuing programs; words after SSC-5",
        partial(specimen, WITH_PKI),
        _pki_letters(),
        pki_words,
        12,
        "MF, SSSE; PKI × random number; application × EF18 current × random number × manager proved",
        (
            "What the user PIN and the master key open is not in this alphabet, so proving them leaves no trace here.",
            "A random number of 8 serves as one of 16 does, filled with 00.",
        ),
    ),
)
