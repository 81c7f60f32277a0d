"""An issuer's answers as messages of the switch's dialect and back. What has no place there stands in field 123
(``switch_own_texts``); 37 comes back as it was asked.
"""

from __future__ import annotations

from dualcos.messages.acquirer_messages import AcquirerMessage, FieldValue
from dualcos.messages.authorisation import AuthorisationAnswer
from dualcos.messages.balance_field import balance_field, balances_in
from dualcos.messages.pos_messages import answer_mti
from dualcos.messages.subfield_tables import BadSubfields
from dualcos.messages.switch_messages import SwitchMessage
from dualcos.messages.switch_own_texts import ISSUERS_OWN, own_parts, own_text

_NAMING = (7, 11, 32, 33, 41, 42)
_NOT_BACK = frozenset({22, 38, 43, 48, 55, 104})
"""Of the request alone, or the issuer's own. 48 comes back of a refund, never with a new PIN."""
_CURRENCY = "156"


class StrangeSwitchAnswer(Exception):
    """An answer that says other than an issuer's does; says where, and no value."""


def answers_on_switch(request: AcquirerMessage, answer: AcquirerMessage) -> bool:
    """True if ``answer`` is one to this request: its MTI, time, running number, institutions and terminal."""
    same = all(request.text(number) == answer.text(number) for number in _NAMING)
    return answer.mti == answer_mti(request.mti) and same


def switch_refusal(request: AcquirerMessage, code: str) -> AcquirerMessage:
    """The answer to what is of no kind: with as little as there is, without a MAC."""
    kept = {number: request.fields[number] for number in _NAMING if number in request.fields}
    return AcquirerMessage(answer_mti(request.mti), {**kept, 39: code})


def switch_answer(request: AcquirerMessage, row: SwitchMessage, answer: AuthorisationAnswer) -> AcquirerMessage:
    """The message, with eight zero bytes for its MAC where it has one."""
    back = row.answer_required | (row.answer_optional - _NOT_BACK)
    said: dict[int, FieldValue] = {number: request.fields[number] for number in sorted(back & set(request.fields))}
    said |= {15: answer.day, 38: answer.approval, 39: answer.code, 55: answer.chip, 123: _own(answer)}
    if answer.balances is not None:
        said[54] = balance_field(answer.balances, _CURRENCY)
    if row.sealed:
        said[128] = bytes(8)
    return AcquirerMessage(answer_mti(row.mti), {number: said[number] for number in sorted(said) if said[number]})


def issuer_answer(answer: AcquirerMessage) -> AuthorisationAnswer:
    """What such a message says. Raises StrangeSwitchAnswer."""
    try:
        own = own_parts(ISSUERS_OWN, answer.text(123))
        earned, points, price = (_number(own.get(name, "")) for name in ("points_earned", "points", "price"))
        balances = balances_in(answer.text(54))
    except (BadSubfields, ValueError):
        raise StrangeSwitchAnswer("field 54 or 123: not what an issuer of ours says") from None
    return AuthorisationAnswer(
        code=answer.text(39),
        reference=own.get("reference", ""),
        approval=answer.text(38),
        chip=answer.raw(55),
        day=answer.text(15),
        balances=balances,
        points=None if earned is None or points is None else (earned, points),
        price=price,
    )


def _own(answer: AuthorisationAnswer) -> str:
    parts = {"reference": answer.reference}
    if answer.points is not None:
        parts |= {"points_earned": f"{answer.points[0]:012d}", "points": f"{answer.points[1]:012d}"}
    if answer.price is not None:
        parts["price"] = f"{answer.price:012d}"
    return own_text(ISSUERS_OWN, parts)


def _number(text: str) -> int | None:
    """Raises ValueError."""
    return int(text) if text else None
