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
from cos.pse.data.aip_afl_ada import Ada, Aip
from cos.pse.transaction.cvr_and_cid import Bit, Cid, CidReason, Cryptogram, CryptogramRequest, Cvr
from cos.pse.transaction.risk_checks import Fired, first_checks, shown, unable_checks
from cos.pse.transaction.risk_data import Facts
from cos.pse.transaction.transaction_memory import N12_MAX, Authentication, Counters
from cos.pse.transaction.transaction_states import TransactionState

AAC, TC, ARQC = Cryptogram.AAC, Cryptogram.TC, Cryptogram.ARQC


class Decision(NamedTuple):
    """One GENERATE AC decided. ``cda``: the answer is to carry a CDA signature (format 2).

    ``state`` is the next one, ``log`` asks for a transaction log record. What the decision rests on is kept for the
    trace: the checks that ``fired``, ``why`` the answer is this one, the counters ``before``.
    """

    answer: Cryptogram
    cid: Cid
    cvr: Cvr
    counters: Counters
    state: TransactionState
    log: bool
    cda: bool
    fired: tuple[Fired, ...]
    why: str
    before: Counters


class CardAtDecision(Enum):
    """What the card's checks ask for; decline wins over online (PBOC-5 figure 12)."""

    NOTHING = "nothing"
    ONLINE = "online"
    DECLINE = "decline"


FIRST_ANSWERS: Mapping[tuple[Cryptogram, CardAtDecision], Cryptogram] = MappingProxyType(
    {
        (AAC, CardAtDecision.NOTHING): AAC,
        (AAC, CardAtDecision.ONLINE): AAC,
        (AAC, CardAtDecision.DECLINE): AAC,
        (ARQC, CardAtDecision.NOTHING): ARQC,
        (ARQC, CardAtDecision.ONLINE): ARQC,
        (ARQC, CardAtDecision.DECLINE): AAC,
        (TC, CardAtDecision.NOTHING): TC,
        (TC, CardAtDecision.ONLINE): ARQC,
        (TC, CardAtDecision.DECLINE): AAC,
    }
)
"""The terminal asks, the card asks: the first answer (PBOC-5 §14.5, table 33, figure 12)."""

_FIRST_STATES: Mapping[Cryptogram, TransactionState] = MappingProxyType(
    {AAC: TransactionState.DECLINED, TC: TransactionState.APPROVED, ARQC: TransactionState.ONLINE}
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


def _ia_missed(counters: Counters) -> Counters:
    return counters._replace(ia_failure=True)


def _indicators_cleared(counters: Counters) -> Counters:
    return counters._replace(
        online_authorisation=False, sda_failure=False, dda_failure=False, script_counter=0, script_failure=False
    )


def _all_cleared(counters: Counters) -> Counters:
    """Last online ATC moved on, where the card keeps one."""
    return _indicators_cleared(counters)._replace(
        last_online_atc=None if counters.last_online_atc is None else counters.atc,
        foreign_currency=0,
        foreign_country=0,
        cumulative=0,
        cumulative_two=0,
    )


class Completion(NamedTuple):
    """A row of the effects after an online answer: which stored items change, if any do."""

    situation: str
    clause: str
    effect: Callable[[Counters], Counters] | None = None


COMPLETIONS: Mapping[tuple[Cryptogram, IaStatus, bool], Completion] = MappingProxyType(
    {
        (TC, IaStatus.GOOD, False): Completion(
            "approved, issuer authentication in order", "PBOC-5 §16.6.2.1", _all_cleared
        ),
        (TC, IaStatus.FAILED, False): Completion("approved, issuer authentication failed", "PBOC-5 §16.6.2.1"),
        (TC, IaStatus.MISSING, False): Completion(
            "approved, mandatory issuer authentication missing", "PBOC-5 §16.6.2.1", _ia_missed
        ),
        (AAC, IaStatus.GOOD, False): Completion(
            "declined, issuer authentication in order", "PBOC-5 §16.6.2.3", _indicators_cleared
        ),
        (AAC, IaStatus.FAILED, False): Completion("declined, issuer authentication failed", "PBOC-5 §16.6.2.3"),
        (AAC, IaStatus.MISSING, False): Completion(
            "declined, mandatory issuer authentication missing", "PBOC-5 §16.6.2.3", _ia_missed
        ),
        (AAC, IaStatus.FAILED, True): Completion(
            "TC turned down: issuer authentication failed", "PBOC-5 §16.6.2.2", _ia_missed
        ),
        (AAC, IaStatus.MISSING, True): Completion(
            "TC turned down: mandatory issuer authentication missing", "PBOC-5 §16.6.2.2", _ia_missed
        ),
    }
)
"""(answer, issuer authentication, TC turned down by ADA): the effects. A failed EXTERNAL AUTHENTICATE has already
set its indicator, so ``_ia_missed`` beside FAILED changes nothing more."""


def refusal(request: CryptogramRequest, f: Facts) -> StatusWord | None:
    """Status words that depend on a choice: CDA asked without CDA in the AIP, ARQC asked the second time."""
    if request.cda and not f.risk.supports(Aip.CDA) and f.options.cda_unsupported_refused:
        return SW.FUNCTION_NOT_SUPPORTED
    again = f.transaction.state is TransactionState.ONLINE and request.cryptogram is ARQC
    return SW.CONDITIONS_NOT_SATISFIED if again and f.options.second_arqc == "6985" else None


def generate_ac(request: CryptogramRequest, f: Facts) -> Decision:
    """The first or second answer, by the transaction's state (INITIATED or ONLINE). Other states are ValueError."""
    if f.transaction.state is TransactionState.INITIATED:
        return first(request, f)
    if f.transaction.state is TransactionState.ONLINE:
        return second_unable(request, f) if f.terminal.unable_to_go_online else second_online(request, f)
    raise ValueError(f"no GENERATE AC in state {f.transaction.state.name}")


def first(request: CryptogramRequest, f: Facts) -> Decision:
    """The first GENERATE AC (PBOC-5 §14.5, figures 12 and 13)."""
    outcome = first_checks(f)
    card = (
        CardAtDecision.DECLINE
        if outcome.decline
        else CardAtDecision.ONLINE
        if outcome.online
        else CardAtDecision.NOTHING
    )
    answer = FIRST_ANSWERS[request.cryptogram, card]
    counters = f.risk.counters
    if answer is ARQC:
        counters = counters._replace(online_authorisation=True)
    elif answer is TC:
        counters = _approved_offline(counters, f)._replace(online_authorisation=False)
    else:
        counters = _declined_offline(counters, f)
        if outcome.block:
            counters = counters._replace(application_blocked=True)
    why = f"terminal asks {request.cryptogram.name}, card asks {card.value}: {answer.name} (PBOC-5 §14.5, figure 12)"
    cid = _offline_cid(f) if answer is AAC else Cid(answer)
    return _decision(request, f, cid, outcome.cvr, counters, why, outcome.fired)


def second_online(request: CryptogramRequest, f: Facts) -> Decision:
    """The second GENERATE AC after an online answer (PBOC-5 §16.6, figures 16-18)."""
    status = ia_status(f)
    approved, why = _approved(request, f)
    turned_down = approved and status in TURN_DOWN and _turns_down(TURN_DOWN[status], f)
    answer = TC if approved and not turned_down else AAC
    row = COMPLETIONS[answer, status, turned_down]
    cvr, counters = f.transaction.cvr, f.risk.counters
    if f.risk.supports(Aip.ISSUER_AUTHENTICATION) and not f.transaction.authentication_seen:
        cvr = cvr.set(Bit.IA_NOT_PERFORMED)
    if row.effect is not None:
        counters = row.effect(counters)
    if turned_down and not f.options.online_indicator_kept_when_turned_down:
        counters = counters._replace(online_authorisation=False)
    why = f"{why}; {row.situation}: {answer.name} ({row.clause})"
    cid = Cid(answer, advice=turned_down and f.risk.limits.wants(Ada.IA_DECLINED_ADVICE))
    return _decision(request, f, cid, cvr, counters, why)


def second_unable(request: CryptogramRequest, f: Facts) -> Decision:
    """The second GENERATE AC of a terminal unable to go online: 8A is Y3 or Z3 (PBOC-5 §16.7, figures 19 and 20).

    Issuer authentication plays no part. The online authorisation indicator and the last online ATC stay.
    """
    outcome = unable_checks(f)
    wanted = request.cryptogram is TC or (request.cryptogram is ARQC and f.options.second_arqc == "figure-20")
    card = CardAtDecision.DECLINE if outcome.decline or _blocked_now(f) else CardAtDecision.NOTHING
    answer = TC if wanted and card is CardAtDecision.NOTHING else AAC
    counters = (_approved_offline if answer is TC else _declined_offline)(f.risk.counters, f)
    why = (
        f"unable to go online, terminal asks {request.cryptogram.name}, card asks {card.value}: {answer.name} "
        "(PBOC-5 §16.7, figure 20)"
    )
    cid = Cid(answer, advice=answer is AAC and f.risk.limits.wants(Ada.DECLINED_ADVICE))
    return _decision(request, f, cid, outcome.cvr, counters, why, outcome.fired)


def ia_status(f: Facts) -> IaStatus:
    """How issuer authentication stands (PBOC-5 §16.6)."""
    supported = f.risk.supports(Aip.ISSUER_AUTHENTICATION)
    if supported and f.transaction.authentication is Authentication.FAILED:
        return IaStatus.FAILED
    missing = supported and f.risk.limits.wants_issuer and not f.transaction.authentication_seen
    return IaStatus.MISSING if missing else IaStatus.GOOD


def _approved(request: CryptogramRequest, f: Facts) -> tuple[bool, str]:
    """Whether terminal and issuer both say TC, and why (PBOC-5 §16.6, figure 16)."""
    if request.cryptogram is not TC:
        return False, f"terminal asks {request.cryptogram.name}"
    if _blocked_now(f):
        return False, "application is blocked (PBOC-5 §17.5)"
    ours, theirs = f.transaction.authentication_response_code, f.terminal.response_code
    if f.options.arc_source == "8A" or not f.transaction.authentication_seen:
        ours = theirs
    elif theirs is not None and ours != theirs:
        return False, f"response codes differ: EXTERNAL AUTHENTICATE {shown(ours)}, 8A {shown(theirs)}"
    approved = ours in APPROVED_CODES
    return approved, f"response code {shown(ours)} {'approves' if approved else 'declines'}"


def _turns_down(bit: Ada, f: Facts) -> bool:
    ignored = bit is Ada.IA_MISSING_DECLINE and not f.options.decline_if_mandatory_ea_missing
    return f.risk.limits.wants(bit) and not ignored


def _blocked_now(f: Facts) -> bool:
    return f.risk.counters.application_blocked and f.options.second_blocked_answers_aac


def _approved_offline(counters: Counters, f: Facts) -> Counters:
    """Effects of a TC without issuer: the cumulative amounts, n12, stay at their maximum (PBOC-5 §14.5.3)."""
    own = f.terminal.amount or 0 if f.own_currency else 0
    return _count_foreign(counters, f)._replace(
        cumulative=min(counters.cumulative + own, N12_MAX),
        cumulative_two=min(counters.cumulative_two + (f.two_currency_amount or 0), N12_MAX),
    )


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


def _offline_cid(f: Facts) -> Cid:
    """CID of an AAC at the first GENERATE AC (PBOC-5 §14.5.1, A.1)."""
    now = f.transaction.tries_ran_out
    if not f.options.advice_only_if_tries_ran_out_now:
        now = f.risk.offline_pin and f.risk.counters.pin_tries == 0
    if now and f.risk.limits.wants(Ada.PIN_EXCEEDED_ADVICE):
        return Cid(AAC, advice=True, reason=CidReason.PIN_TRIES_EXCEEDED)
    return Cid(AAC, advice=f.risk.limits.wants(Ada.DECLINED_ADVICE))


def _decision(
    request: CryptogramRequest,
    f: Facts,
    cid: Cid,
    cvr: Cvr,
    counters: Counters,
    why: str,
    fired: tuple[Fired, ...] = (),
) -> Decision:
    """CDA is done if asked and supported, never for an AAC (PBOC-5 §14.5.4)."""
    answer, is_first = cid.cryptogram, f.transaction.state is TransactionState.INITIATED
    cda = request.cda and f.risk.supports(Aip.CDA) and answer is not AAC
    if cda:
        cvr = cvr.set(Bit.DDA_PERFORMED)
    return Decision(
        answer=answer,
        cid=cid,
        cvr=cvr.with_first(answer) if is_first else cvr.with_second(answer),
        counters=counters,
        state=_FIRST_STATES[answer] if is_first else TransactionState.FINISHED,
        log=answer is TC,
        cda=cda,
        fired=fired,
        why=why,
        before=f.risk.counters,
    )
