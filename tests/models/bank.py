"""The bank side: one transaction after the other (PBOC-5, state machine)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial

from apdu.status import SW
from apdu.tlv import TlvError
from dualcos.dialogue.bank import APPROVED, PSE, BankSession, CardCryptogram, parse_cryptogram
from dualcos.dialogue.driver import Reply
from dualcos.lab.properties.bank_macros import Issuer, issuer_of
from dualcos.lab.properties.traffic_steps import spoiled
from dualcos.profile.schema import load
from keys.bank_cryptography import pin_block
from tests.models.social import SELECT_SSSE, facts, plain, unfetched
from tests.models.subject import RESET, Letter, Subject, Terminal, specimen

CARD, _ADF = "dual-2.0-3des", 0xDFB1
_NO_CRYPTOGRAM = ("GET PROCESSING OPTIONS", "INTERNAL AUTHENTICATE", "READ RECORD")
_KINDS = {0x00: "AAC", 0x40: "TC", 0x80: "ARQC"}


@cache
def issuer() -> Issuer:
    profile = load(CARD)
    return issuer_of(profile, profile.pse)


def _bank(terminal: Terminal) -> BankSession:
    """The terminal, with the first cryptogram it knows of this transaction."""
    session, first = issuer().session(), terminal.noted.get("first", bytes(10))
    session.first = CardCryptogram(0x80, first[:2], first[2:], b"")
    return session


def _options(terminal: Terminal) -> Reply:
    answer = yield from _bank(terminal).options()
    if answer.sw == SW.OK:
        terminal.noted.clear()  # a new transaction: its first GENERATE AC is still to come
    return answer


def generate(kind: int, code: bytes = APPROVED) -> Letter:
    """GENERATE AC: CDOL1 data before this transaction's first cryptogram, CDOL2 data behind it."""

    def say(terminal: Terminal) -> Reply:
        session = _bank(terminal)
        if "first" in terminal.noted:
            return (yield from session.complete(kind, code))
        answer = yield from session.generate(kind)
        if session.first is not None:
            terminal.noted["first"] = session.first.atc + session.first.ac
        return answer

    return say


def authenticate(*, flip: int = 0) -> Letter:
    """EXTERNAL AUTHENTICATE with the issuer's answer to the first cryptogram the terminal knows of."""

    def say(terminal: Terminal) -> Reply:
        return spoiled(_bank(terminal).authenticate_issuer(), 0x82, flip)

    return say


def _script(terminal: Terminal) -> Reply:
    """PUT DATA 9F58 with its right MAC."""
    return _bank(terminal).put_data(0x9F58, b"\x02")


def seen(letter: str, answer: bytes) -> str:
    """The status word; of a cryptogram also which."""
    word = answer[-2:].hex().upper()
    if word != "9000" or letter in _NO_CRYPTOGRAM:
        return word
    try:
        return f"{word} {_KINDS.get(parse_cryptogram(answer[:-2]).cid & 0xC0, '?')}"
    except TlvError:
        return word


def words(terminal: Terminal) -> str:
    """State of PBOC-5 chapter 5, and what EXTERNAL AUTHENTICATE came to."""
    session, where = terminal.session, terminal.environment
    if where != "pse":
        return {"ssse": "SSSE", "manager": "MF"}[where]
    transaction, done = session.transaction, session.transaction.authentication
    return facts(transaction.state.name, transaction.authentication_seen and f"authentication {done.value}")


def _letters() -> Mapping[str, Letter]:
    bank = issuer().session()
    return {
        "SELECT ADF": plain(next(bank.select())),
        "SELECT PSE": plain(next(bank.select(PSE.name))),
        "SELECT SSSE": plain(SELECT_SSSE),
        "READ RECORD": plain(next(bank.record(*issuer().record(0)))),
        "GET DATA": plain(next(bank.get_data(0x9F36))),
        "GET PROCESSING OPTIONS": _options,
        "VERIFY": plain(next(bank.verify(pin_block(issuer().bank.pin)))),
        "INTERNAL AUTHENTICATE": plain(next(bank.authenticate_card())),
        "GENERATE AC, AAC": generate(0x00),
        "GENERATE AC, ARQC": generate(0x80),
        "EXTERNAL AUTHENTICATE": authenticate(),
        "EXTERNAL AUTHENTICATE, wrong": authenticate(flip=1),
        "PUT DATA by script": _script,
        RESET: unfetched(b""),
    }


# --- from one transaction to the next ---------------------------------------------------------------------------------


def _payment(kind: int, *, answer: str = "", finish: int = 0x40, code: bytes = b"00") -> Letter:
    """SELECT, GET PROCESSING OPTIONS, GENERATE AC; with an ``answer`` of the issuer, right or wrong, the second one.
    If the card does not ask to go online there is nothing to answer.
    """

    def say(terminal: Terminal) -> Reply:
        yield from issuer().session().select()
        yield from _options(terminal)
        first = yield from generate(kind)(terminal)
        if not answer or seen("first", first.encode()) != "9000 ARQC":
            return first
        if answer != "none":
            yield from authenticate(flip=int(answer == "wrong"))(terminal)
        return (yield from generate(finish, code)(terminal))

    return say


def _payments() -> Mapping[str, Letter]:
    return {
        "offline": _payment(0x40),
        "online, no answer": _payment(0x80),
        "online, approved": _payment(0x80, answer="right"),
        "online impossible": _payment(0x80, answer="none", code=b"Y3"),
        "online, declined": _payment(0x80, answer="right", finish=0x00),
        "online, wrong answer": _payment(0x80, answer="wrong"),
        "terminal declines": _payment(0x00),
    }


def risk_words(terminal: Terminal) -> str:
    """The marks and counters of PBOC-5 tables 30 and 38 that decide whether an offline payment goes through."""
    counters = terminal.card._dispatcher._environments["pse"][1].open().directory(_ADF).counters()
    upper = int(issuer().bank.elements["9F59"], 16)
    since = min(counters.atc - (counters.last_online_atc or 0), upper + 1)
    return facts(
        f"{since} since the last online" if counters.last_online_atc else f"never online, {since} so far",
        counters.online_authorisation and "online transaction not completed",
        counters.ia_failure and "issuer authentication failed",
    )


SUBJECTS = (
    Subject(
        "transaction",
        "PSE: the flow of a transaction",
        "PBOC-5 §5 to §17, state table",
        partial(specimen, CARD),
        _letters(),
        words,
        9,
        "MF, SSSE, PSE, SELECTED, INITIATED; DECLINED and ONLINE before and after EXTERNAL AUTHENTICATE; FINISHED,"
        " which answers as DECLINED after it does",
        (
            "APPROVED is not here: a new card does not give a TC; `risk` has the TC.",
            "A wrong EXTERNAL AUTHENTICATE (6300) is used up like a right one; the difference shows in the cryptogram.",
            "GENERATE AC that asks ARQC a second time is answered AAC.",
        ),
        seen=seen,
    ),
    Subject(
        "risk",
        "PSE: what one transaction leaves to the next",
        "PBOC-5 §14, §16; 9F58 = 3, 9F59 = 7",
        partial(specimen, CARD),
        _payments(),
        risk_words,
        12,
        "0, 1 or 2 transactions since the last online one: offline is allowed; the same 1 with an unfinished online"
        " transaction, which an answer declining it settles; else online is wanted, and 0 to 7 transactions were made",
        (
            "The third transaction since the last online one is the last offline one (9F58 = 3).",
            "Behind the seventh, a transaction that cannot go online is declined (9F59 = 7).",
            "After the issuer's wrong answer the TC asked for is given, and online is wanted next (9F52 is A208).",
        ),
        seen=seen,
    ),
)
