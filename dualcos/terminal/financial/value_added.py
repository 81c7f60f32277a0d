"""增值服务: the card's value-added file, and the merchant's special price, asked for before the card's cryptogram.

The file is named by DF20 in BF0C of the application: its short identifier, and how many records it has (an issuer's
own; PBOC-5 table 4 leaves files 21 to 30 to it). The rule that makes a price is the host's (inferred).
"""

from __future__ import annotations

from typing import NamedTuple

from apdu import tlv
from apdu.tlv import TlvError
from dualcos.messages.acquirer_messages import NoLineAnswer
from dualcos.messages.authorisation import Business
from dualcos.messages.pos_messages import BUSINESS_MESSAGES
from dualcos.terminal.financial.kernel.debit_kernel import DebitKernel
from dualcos.terminal.financial.payment_means import PaymentMeans
from dualcos.terminal.financial.payment_messages import amount_field, card_fields, value_added_field, without_secrets
from dualcos.terminal.financial.payment_record import ValueAdded
from dualcos.terminal.financial.terminal_line import UnbelievedAnswer, UnwritableRequest

_DISCRETIONARY, _FILE = 0xBF0C, 0xDF20
_POINTS, _GOOD_UNTIL, _COUPON = 0xDF21, 0xDF22, 0xDF23
_FIRST_FILE, _LAST_FILE, _MOST_RECORDS = 21, 30, 10
_LONGEST_MEMBER = 40
_ROW = BUSINESS_MESSAGES[Business.PRICE]


class CardServices(NamedTuple):
    """What the card's file says. ``member``: its coupon or, without one, its points; ``good_until``: YYYYMMDD."""

    member: str
    points: str
    good_until: str


class SpecialPrice(NamedTuple):
    """``amount``: what is to be paid, fen."""

    amount: int
    added: ValueAdded


def card_services(kernel: DebitKernel, proprietary: dict[int, bytes]) -> CardServices | None:
    """The file's contents; None for a card without one. Raises TransactionEnded where the card is gone."""
    place = _within(proprietary.get(_DISCRETIONARY, b"")).get(_FILE, b"")
    if len(place) != 2 or not _FIRST_FILE <= place[0] <= _LAST_FILE:
        return None
    found: dict[int, bytes] = {}
    for record in kernel.extra_records(place[0], min(place[1], _MOST_RECORDS)):
        found |= _within(record)
    if not found:
        return None
    points, until = found.get(_POINTS, b"").hex(), found.get(_GOOD_UNTIL, b"").hex()
    coupon = found.get(_COUPON, b"").decode("ascii", "replace")
    member = "".join(each for each in coupon if " " <= each <= "~") or points
    return CardServices(member[:_LONGEST_MEMBER], points, until)


def special_price(
    means: PaymentMeans, kernel: DebitKernel, proprietary: dict[int, bytes], amount: int
) -> SpecialPrice | None:
    """What is to be paid instead of ``amount``; the kernel has it then. None: the usual price, for a card that is no
    member's, a service that is over, a host that knows no agreement or says nothing.
    """
    services = card_services(kernel, proprietary)
    if services is None or (services.good_until and services.good_until < means.parts.clock.now()[:8]):
        return None
    usual = ValueAdded(member=services.member)
    fields = card_fields(kernel.record) | amount_field(amount) | value_added_field(means.settings, usual)
    try:
        request = means.line.request(_ROW, means.journal.next_stan(), without_secrets(_ROW, fields))
        answer = means.line.ask(_ROW, request)
    except (NoLineAnswer, UnbelievedAnswer, UnwritableRequest):
        return None
    price = answer.text(4)
    if answer.text(39) != "00" or not 0 < int(price or "0") <= amount:
        return None
    if int(price) == amount:
        return SpecialPrice(amount, usual)
    if not kernel.change_amount(int(price)):
        return None
    return SpecialPrice(int(price), ValueAdded(member=services.member, before=amount))


def _within(raw: bytes) -> dict[int, bytes]:
    try:
        return {item.tag: item.value for item in tlv.parse(raw)}
    except TlvError:
        return {}
