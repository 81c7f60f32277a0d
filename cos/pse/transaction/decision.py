"""The answers of GENERATE AC (生成应用密文): first, second after online, second unable to go online.

Tables first, then the functions that read them. Each answers a ``Decision``: what to send, and the new ``Counters``
to commit (with the log record, if any) in one go before the answer leaves (PBOC-5 A.2.3, §16.6.2.1).
The CVR of the answer shows what was read; clearing a stored indicator in the same command does not change it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from apdu.status import SW, StatusWord
from cos.pse.transaction.ada import Ada
from cos.pse.transaction.checks import Fired, Outcome, first_checks, unable_checks
from cos.pse.transaction.counters import N12_MAX, Counters, changes
from cos.pse.transaction.current import Authentication
from cos.pse.transaction.cvr import Bit, Cid, Cryptogram, Cvr, Reason, Request
from cos.pse.transaction.risk import Facts
from cos.pse.transaction.states import State

AAC, TC, ARQC = Cryptogram.AAC, Cryptogram.TC, Cryptogram.ARQC


class Decision(NamedTuple):
    """One GENERATE AC decided. ``cda``: the answer is to carry a CDA signature (format 2).

    ``state`` is the next one, ``log`` asks for a transaction log record. What the decision rests on is kept
    (``fired``, ``why``, ``before``) and put into words only when somebody asks for the ``explanation``.
    """

    answer: Cryptogram
    cid: Cid
    cvr: Cvr
    counters: Counters
    state: State
    log: bool
    cda: bool
    block_application: bool
    fired: tuple[Fired, ...]
    why: Callable[[], str]
    before: Counters

    @property
    def explanation(self) -> tuple[str, ...]:
        """For the trace: the checks that asked for something, the rule applied, the counters that change."""
        return (*(str(each) for each in self.fired), self.why(), *changes(self.before, self.counters))

    @property
    def advice(self) -> bool:
        """CID b4: advice required (通知)."""
        return self.cid.advice


class Card(Enum):
    """What the card's checks ask for; decline wins over online (PBOC-5 figure 12)."""

    NOTHING = "nothing"
    ONLINE = "online"
    DECLINE = "decline"


FIRST_ANSWERS: Mapping[tuple[Cryptogram, Card], Cryptogram] = MappingProxyType(
    {
        (AAC, Card.NOTHING): AAC,
        (AAC, Card.ONLINE): AAC,
        (AAC, Card.DECLINE): AAC,
        (ARQC, Card.NOTHING): ARQC,
        (ARQC, Card.ONLINE): ARQC,
        (ARQC, Card.DECLINE): AAC,
        (TC, Card.NOTHING): TC,
        (TC, Card.ONLINE): ARQC,
        (TC, Card.DECLINE): AAC,
    }
)
"""The terminal asks, the card asks: the first answer (PBOC-5 §14.5, table 33, figure 12)."""

_FIRST_STATES: Mapping[Cryptogram, State] = MappingProxyType(
    {AAC: State.DECLINED, TC: State.APPROVED, ARQC: State.ONLINE}
)

APPROVED_CODES = frozenset((b"00", b"10", b"11", b"01", b"02"))
"""Authorisation response codes that approve; 01 and 02 (referral) are treated alike (PBOC-5 §16.6)."""


class IaStatus(Enum):
    """How issuer authentication stands at the second GENERATE AC (PBOC-5 §16.6)."""

    GOOD = "not supported, or optional and not received, or successful"
    FAILED = "failed"
    MISSING = "mandatory and not received"


TURN_DOWN: Mapping[IaStatus, Ada] = MappingProxyType(
    {IaStatus.FAILED: Ada.IA_FAILED_DECLINE, IaStatus.MISSING: Ada.IA_MISSING_DECLINE}
)
"""The ADA bit that turns an approved TC into an AAC (PBOC-5 §16.6)."""


class Completion(NamedTuple):
    """A row of the effects after an online answer: which stored items change."""

    situation: str
    clause: str
    sets_ia_failure: bool = False
    clears_indicators: bool = False
    moves_last_online: bool = False
    clears_counters: bool = False


COMPLETIONS: Mapping[tuple[Cryptogram, IaStatus, bool], Completion] = MappingProxyType(
    {
        (TC, IaStatus.GOOD, False): Completion(
            "approved, issuer authentication in order",
            "PBOC-5 §16.6.2.1",
            clears_indicators=True,
            moves_last_online=True,
            clears_counters=True,
        ),
        (TC, IaStatus.FAILED, False): Completion("approved, issuer authentication failed", "PBOC-5 §16.6.2.1"),
        (TC, IaStatus.MISSING, False): Completion(
            "approved, mandatory issuer authentication missing", "PBOC-5 §16.6.2.1", sets_ia_failure=True
        ),
        (AAC, IaStatus.GOOD, False): Completion(
            "declined, issuer authentication in order", "PBOC-5 §16.6.2.3", clears_indicators=True
        ),
        (AAC, IaStatus.FAILED, False): Completion("declined, issuer authentication failed", "PBOC-5 §16.6.2.3"),
        (AAC, IaStatus.MISSING, False): Completion(
            "declined, mandatory issuer authentication missing", "PBOC-5 §16.6.2.3", sets_ia_failure=True
        ),
        (AAC, IaStatus.FAILED, True): Completion(
            "TC turned down: issuer authentication failed", "PBOC-5 §16.6.2.2", sets_ia_failure=True
        ),
        (AAC, IaStatus.MISSING, True): Completion(
            "TC turned down: mandatory issuer authentication missing", "PBOC-5 §16.6.2.2", sets_ia_failure=True
        ),
    }
)
"""(answer, issuer authentication, TC turned down by ADA): the effects. A failed EXTERNAL AUTHENTICATE has already
set its indicator, so ``sets_ia_failure`` beside FAILED changes nothing more."""


def refusal(request: Request, f: Facts) -> StatusWord | None:
    """Status words that depend on a choice: CDA asked without CDA in the AIP, ARQC asked the second time."""
    if request.cda and not f.risk.cda and f.options.cda_unsupported_refused:
        return SW.FUNCTION_NOT_SUPPORTED
    second = f.transaction.state is State.ONLINE
    if second and request.cryptogram is ARQC and f.options.second_arqc == "6985":
        return SW.CONDITIONS_NOT_SATISFIED
    return None


def generate_ac(request: Request, f: Facts) -> Decision:
    """The first or second answer, by the transaction's state (INITIATED or ONLINE). Other states are ValueError."""
    if f.transaction.state is State.INITIATED:
        return first(request, f)
    if f.transaction.state is State.ONLINE:
        return second_unable(request, f) if f.terminal.unable_to_go_online else second_online(request, f)
    raise ValueError(f"no GENERATE AC in state {f.transaction.state.name}")


def first(request: Request, f: Facts) -> Decision:
    """The first GENERATE AC (PBOC-5 §14.5, figures 12 and 13)."""
    outcome = first_checks(f)
    card = Card.DECLINE if outcome.decline else Card.ONLINE if outcome.online else Card.NOTHING
    answer = FIRST_ANSWERS[request.cryptogram, card]
    cda = _cda(request, answer, f)
    counters = f.risk.counters
    if answer is ARQC:
        if not counters.online_authorisation:
            counters = counters._replace(online_authorisation=True)
    elif answer is TC:
        counters = _count_amounts(_count_foreign(counters, f), f)._replace(online_authorisation=False)
    else:
        counters = _declined_offline(counters, f)
        if outcome.block:
            counters = counters._replace(application_blocked=True)
    return _decision(
        f,
        outcome,
        answer=answer,
        cid=_offline_cid(f) if answer is AAC else Cid(answer),
        cvr=_with_cda(outcome.cvr, cda=cda).with_first(answer),
        counters=counters,
        state=_FIRST_STATES[answer],
        cda=cda,
        why=lambda: (
            f"terminal asks {request.cryptogram.name}, card asks {card.value}: {answer.name} (PBOC-5 §14.5, figure 12)"
        ),
    )


def second_online(request: Request, f: Facts) -> Decision:
    """The second GENERATE AC after an online answer (PBOC-5 §16.6, figures 16-18)."""
    status = ia_status(f)
    approved, why = _approved(request, f)
    turned_down = approved and status in TURN_DOWN and _turns_down(TURN_DOWN[status], f)
    answer = TC if approved and not turned_down else AAC
    row = COMPLETIONS[answer, status, turned_down]
    cvr = f.transaction.cvr
    if f.risk.issuer_authentication and not f.transaction.authentication_seen:
        cvr = cvr.set(Bit.IA_NOT_PERFORMED)
    cda = _cda(request, answer, f)
    counters = _complete(f.risk.counters, row)
    if turned_down and not f.options.online_indicator_kept_when_turned_down:
        counters = counters._replace(online_authorisation=False)
    return _decision(
        f,
        Outcome(cvr, online=False, decline=turned_down, block=False, fired=()),
        answer=answer,
        cid=Cid(answer, advice=turned_down and f.risk.limits.wants(Ada.IA_DECLINED_ADVICE)),
        cvr=_with_cda(cvr, cda=cda).with_second(answer),
        counters=counters,
        state=State.FINISHED,
        cda=cda,
        why=lambda: f"{why}; {row.situation}: {answer.name} ({row.clause})",
    )


def second_unable(request: Request, f: Facts) -> Decision:
    """The second GENERATE AC of a terminal unable to go online: 8A is Y3 or Z3 (PBOC-5 §16.7, figures 19 and 20).

    Issuer authentication plays no part. The online authorisation indicator and the last online ATC stay.
    """
    outcome = unable_checks(f)
    wanted = request.cryptogram is TC or (request.cryptogram is ARQC and f.options.second_arqc == "figure-20")
    answer = TC if wanted and not outcome.decline and not _blocked_now(f) else AAC
    cda = _cda(request, answer, f)
    counters = f.risk.counters
    counters = _count_amounts(_count_foreign(counters, f), f) if answer is TC else _declined_offline(counters, f)
    asks = "decline" if outcome.decline or _blocked_now(f) else "nothing"
    return _decision(
        f,
        outcome,
        answer=answer,
        cid=Cid(answer, advice=answer is AAC and f.risk.limits.wants(Ada.DECLINED_ADVICE)),
        cvr=_with_cda(outcome.cvr, cda=cda).with_second(answer),
        counters=counters,
        state=State.FINISHED,
        cda=cda,
        why=lambda: (
            f"unable to go online, terminal asks {request.cryptogram.name}, card asks {asks}: {answer.name} "
            "(PBOC-5 §16.7, figure 20)"
        ),
    )


def ia_status(f: Facts) -> IaStatus:
    """How issuer authentication stands (PBOC-5 §16.6)."""
    if not f.risk.issuer_authentication:
        return IaStatus.GOOD
    if f.transaction.authentication is Authentication.FAILED:
        return IaStatus.FAILED
    if f.transaction.authentication is Authentication.NOT_RECEIVED and f.risk.issuer_authentication_mandatory:
        return IaStatus.MISSING
    return IaStatus.GOOD


def _approved(request: Request, f: Facts) -> tuple[bool, str]:
    """Whether terminal and issuer both say TC, and why (PBOC-5 §16.6, figure 16)."""
    if request.cryptogram is not TC:
        return False, f"terminal asks {request.cryptogram.name}"
    if _blocked_now(f):
        return False, "application is blocked (PBOC-5 §17.5)"
    ours, theirs = f.transaction.authentication_response_code, f.terminal.response_code
    if f.options.arc_source == "8A" or not f.transaction.authentication_seen:
        ours = theirs
    elif theirs is not None and ours != theirs:
        return False, f"response codes differ: EXTERNAL AUTHENTICATE {_text(ours)}, 8A {_text(theirs)}"
    approved = ours in APPROVED_CODES
    return approved, f"response code {_text(ours)} {'approves' if approved else 'declines'}"


def _text(code: bytes | None) -> str:
    return code.hex().upper() if code is not None else "absent"


def _turns_down(bit: Ada, f: Facts) -> bool:
    if bit is Ada.IA_MISSING_DECLINE and not f.options.decline_if_mandatory_ea_missing:
        return False
    return f.risk.limits.wants(bit)


def _blocked_now(f: Facts) -> bool:
    return f.risk.counters.application_blocked and f.options.second_blocked_answers_aac


def _complete(counters: Counters, row: Completion) -> Counters:
    if row.sets_ia_failure:
        counters = counters._replace(ia_failure=True)
    if row.clears_indicators:
        counters = counters._replace(
            online_authorisation=False, sda_failure=False, dda_failure=False, script_counter=0, script_failure=False
        )
    if row.moves_last_online and counters.last_online_atc is not None:
        counters = counters._replace(last_online_atc=counters.atc)
    if row.clears_counters:
        counters = counters._replace(foreign_currency=0, foreign_country=0, cumulative=0, cumulative_two=0)
    return counters


def _declined_offline(counters: Counters, f: Facts) -> Counters:
    """Effects of an AAC without issuer (PBOC-5 §14.5.1, §16.7.2.1)."""
    counters = counters._replace(
        sda_failure=counters.sda_failure or f.terminal.sda_failed,
        dda_failure=counters.dda_failure or f.terminal.dda_failed,
    )
    return _count_foreign(counters, f) if f.options.count_foreign_when_declined else counters


def _count_foreign(counters: Counters, f: Facts) -> Counters:
    """The international counters, one byte each, staying at FF (PBOC-5 §14.5)."""
    return counters._replace(
        foreign_currency=min(counters.foreign_currency + f.foreign_currency, 0xFF),
        foreign_country=min(counters.foreign_country + f.foreign_country, 0xFF),
    )


def _count_amounts(counters: Counters, f: Facts) -> Counters:
    """The cumulative amounts, n12, staying at their maximum (PBOC-5 §14.5.3)."""
    own = f.terminal.amount or 0 if f.own_currency else 0
    return counters._replace(
        cumulative=min(counters.cumulative + own, N12_MAX),
        cumulative_two=min(counters.cumulative_two + (f.two_currency_amount or 0), N12_MAX),
    )


def _offline_cid(f: Facts) -> Cid:
    """CID of an AAC at the first GENERATE AC (PBOC-5 §14.5.1, A.1)."""
    now = f.transaction.tries_ran_out
    if not f.options.advice_only_if_tries_ran_out_now:
        now = f.risk.offline_pin and f.risk.counters.pin_tries == 0
    if now and f.risk.limits.wants(Ada.PIN_EXCEEDED_ADVICE):
        return Cid(AAC, advice=True, reason=Reason.PIN_TRIES_EXCEEDED)
    return Cid(AAC, advice=f.risk.limits.wants(Ada.DECLINED_ADVICE))


def _cda(request: Request, answer: Cryptogram, f: Facts) -> bool:
    """CDA is done if asked and supported, never for an AAC (PBOC-5 §14.5.4)."""
    return request.cda and f.risk.cda and answer is not AAC


def _with_cda(cvr: Cvr, *, cda: bool) -> Cvr:
    return cvr.set(Bit.DDA_PERFORMED) if cda else cvr


def _decision(  # noqa: PLR0913  one place puts the parts together; all by name
    f: Facts,
    outcome: Outcome,
    *,
    answer: Cryptogram,
    cid: Cid,
    cvr: Cvr,
    counters: Counters,
    state: State,
    cda: bool,
    why: Callable[[], str],
) -> Decision:
    return Decision(
        answer=answer,
        cid=cid,
        cvr=cvr,
        counters=counters,
        state=state,
        log=answer is TC,
        cda=cda,
        block_application=outcome.block,
        fired=outcome.fired,
        why=why,
        before=f.risk.counters,
    )
