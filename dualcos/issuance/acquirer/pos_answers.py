"""Answers to terminals: what of the request goes back, what the acquirer adds, in the fields that the kind has."""

from __future__ import annotations

from collections.abc import Mapping

from dualcos.issuance.acquirer.acquirer_settings import AcquirerSettings
from dualcos.issuance.acquirer.asked_of_acquirer import AskedOfAcquirer
from dualcos.messages.acquirer_messages import AcquirerMessage, FieldValue
from dualcos.messages.authorisation import AuthorisationAnswer
from dualcos.messages.balance_field import balance_field
from dualcos.messages.pos_messages import refused
from dualcos.messages.pos_subfields import joined

_BACK = (2, 3, 4, 11, 14, 22, 23, 25, 41, 42, 49, 53, 60)
_INSTITUTION = 11


def refusal_of(request: AcquirerMessage, code: str, now: str) -> AcquirerMessage:
    """The answer to a request that is of no kind, or nobody's: with as little as there is."""
    return refused(request, code).having({12: now[8:], 13: now[4:8]})


def answer_to(asked: AskedOfAcquirer, code: str, more: Mapping[int, FieldValue] | None = None) -> AcquirerMessage:
    """The answer with this code; of ``more`` and of what goes back only the fields that answers of this kind have, and
    only those that say something.
    """
    request, kind = asked.message, asked.kind
    said: dict[int, FieldValue] = {number: request.fields[number] for number in _BACK if number in request.fields}
    said |= {12: asked.now[8:], 13: asked.now[4:8], 39: code, **(more or {})}
    allowed = (kind.answer_required | kind.answer_optional) - {64}
    return AcquirerMessage(
        kind.answer_mti, {number: said[number] for number in sorted(said) if number in allowed and said[number]}
    )


def issuers_fields(
    asked: AskedOfAcquirer, answer: AuthorisationAnswer, settings: AcquirerSettings
) -> dict[int, FieldValue]:
    """What an issuer's answer brings to the terminal's."""
    ids = f"{settings.issuer:<{_INSTITUTION}}{settings.institution:<{_INSTITUTION}}"
    fields: dict[int, FieldValue] = {
        2: asked.pan,
        15: answer.day,
        32: settings.institution,
        37: answer.reference,
        38: answer.approval,
        44: ids,
        55: answer.chip,
        63: _texts(asked, answer, settings.scheme),
    }
    if answer.balances is not None:
        fields[54] = balance_field(answer.balances, asked.message.text(49))
    if answer.price is not None:
        fields[4] = f"{answer.price:012d}"
    return fields


def _texts(asked: AskedOfAcquirer, answer: AuthorisationAnswer, scheme: str) -> str:
    parts = {"operator": scheme}
    if answer.price is not None:
        parts["before_discount"] = f"{asked.amount:012d}"
    if answer.points is not None:
        parts |= {"points_earned": f"{answer.points[0]:010d}", "points": f"{answer.points[1]:010d}"}
    return joined(63, parts)
