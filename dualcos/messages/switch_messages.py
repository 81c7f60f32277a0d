"""The messages between members and the switch, as data: codes and fields of requests and answers, as one member packs
them (seen in the field with one program; codes of withdrawal, deposit and transfer are inferred from ISO 8583, those of
a PIN change, a price and an upload as terminals have them: inferred, no switch was seen to take these three).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.authorisation import Business
from dualcos.messages.iso8583_fields import little_and_much
from dualcos.messages.pos_messages import answer_mti

_NETWORK, _PROCESSING, _MAC = 70, 3, 128
_OF_CARD = frozenset({14, 23, 26, 35, 36, 38, 52, 53, 55, 104})
"""As the card, its reader and its holder's means have them."""
_LEFT_OUT = frozenset({22, 26, 35, 36, 43, 52})
_ADDED = frozenset({15, 38, 39, 54, 100, 121})
_MEMBERS_OWN, _ISSUERS_OWN = frozenset({122}), frozenset({123})
_HOLDERS_OWN = frozenset({104})
"""Where stands what the dialect has no place for (``switch_own_texts``): inferred."""


class SwitchMessage(NamedTuple):
    """One kind. ``mti``, ``processing`` (3), ``condition`` (25), ``network`` (70): its codes, empty if it has none or
    takes the original's. ``required``, ``optional``: fields of the request, ``answer_required``, ``answer_optional``:
    of the answer. ``from_switch``: the switch asks. ``business``: of what goes on to the issuer; ``offline``: card and
    terminal have approved it.
    """

    name: str
    zh: str
    en: str
    mti: str
    processing: str = ""
    condition: str = ""
    network: str = ""
    required: frozenset[int] = frozenset()
    optional: frozenset[int] = frozenset()
    answer_required: frozenset[int] = frozenset()
    answer_optional: frozenset[int] = frozenset()
    from_switch: bool = False
    business: Business | None = None
    offline: bool = False

    @property
    def sealed(self) -> bool:
        """True if request and answer have a MAC."""
        return _MAC in self.required

    def wrong_fields(self, request: AcquirerMessage) -> str:
        """What the request has too little or too much, one line; empty if nothing."""
        return little_and_much(set(request.fields), self.required, self.optional)

    def wrong_answer_fields(self, answer: AcquirerMessage) -> str:
        """The same of its answer."""
        return little_and_much(set(answer.fields), self.answer_required, self.answer_optional)


_PAID = frozenset(
    {2, 3, 7, 11, 12, 13, 14, 18, 22, 23, 25, 26, 32, 33, 35, 36, 37, 41, 42, 43, 49, 52, 53, 55, 60, 128}
)
_VOIDED = _PAID - {14} | {4, 38, 90}
_REVERSED = frozenset({2, 3, 4, 7, 11, 12, 13, 18, 22, 23, 25, 32, 33, 37, 38, 41, 42, 43, 49, 53, 55, 60, 90, 128})
_REPORTED = frozenset({2, 4, 7, 11, 12, 13, 18, 22, 23, 32, 33, 37, 39, 41, 42, 43, 49, 55, 60, 70, 90})
_PRIVATE = frozenset({48})
_LINK, _CUT_OVER = frozenset({7, 11, 33, 70}), frozenset({7, 11, 15, 70, 100})


def _payment(
    business: Business, codes: tuple[str, str, str], fields: frozenset[int], more: frozenset[int] = frozenset()
) -> SwitchMessage:
    """``codes``: MTI, 3, 25; ``more``: optional fields. The answer has what was asked, but for tracks, PIN and place,
    and what the issuer adds.
    """
    return _about_card((business.en, business.zh, business.en), codes, fields, more | _HOLDERS_OWN)._replace(
        business=business
    )


def _about_card(
    words: tuple[str, str, str], codes: tuple[str, str, str], fields: frozenset[int], more: frozenset[int] = frozenset()
) -> SwitchMessage:
    answered = fields - _LEFT_OUT - _OF_CARD
    return SwitchMessage(
        *words, *codes,
        required=fields - _OF_CARD,
        optional=fields & _OF_CARD | more | _MEMBERS_OWN,
        answer_required=answered | {39},
        answer_optional=fields - _LEFT_OUT | _ADDED | _ISSUERS_OWN,
    )  # fmt: skip


def _network(
    name: str, words: tuple[str, str], codes: tuple[str, str], fields: frozenset[int], *, from_switch: bool = False
) -> SwitchMessage:
    """``codes``: MTI, 70."""
    return SwitchMessage(
        name, *words, codes[0], network=codes[1],
        required=fields,
        answer_required=fields | {39},
        answer_optional=fields | {100},
        from_switch=from_switch,
    )  # fmt: skip


_ROWS = (
    _payment(Business.BALANCE, ("0200", "300000", "00"), _PAID),
    _payment(Business.PURCHASE, ("0200", "000000", "00"), _PAID | {4}, _PRIVATE),
    _payment(Business.PURCHASE, ("0220", "000000", "00"), _PAID | {4}, _PRIVATE)._replace(
        name="offline sale", zh="脱机消费上送", en="upload of an off-line purchase", offline=True
    ),
    _payment(Business.PRICE, ("0200", "390000", "00"), _PAID | {4}, _PRIVATE),
    _payment(Business.VOID, ("0200", "200000", "00"), _VOIDED),
    _payment(Business.REFUND, ("0220", "200000", "00"), _VOIDED - {26, 52, 53} | {48}),
    _payment(Business.WITHDRAWAL, ("0200", "010000", "02"), _PAID | {4}),
    _payment(Business.DEPOSIT, ("0200", "210000", "02"), _PAID | {4}),
    _payment(Business.TRANSFER, ("0200", "400000", "02"), _PAID | {4, 103}, frozenset({102})),
    _payment(Business.PIN_CHANGE, ("0200", "700000", "02"), _PAID, _PRIVATE),
    _about_card(("reversal", "冲正", "reversal"), ("0420", "", ""), _REVERSED - {2}, frozenset({2})),
    SwitchMessage(
        "script report", "脚本处理结果通知", "script report", "0620", network="951",
        required=_REPORTED - _OF_CARD | {55},
        optional=_OF_CARD & _REPORTED | _MEMBERS_OWN,
        answer_required=frozenset({7, 11, 39, 70}),
        answer_optional=_REPORTED | {15, 100, 121} | _ISSUERS_OWN,
    ),
    _network("sign-on", ("签到", "sign-on"), ("0820", "001"), _LINK),
    _network("sign-off", ("签退", "sign-off"), ("0820", "002"), _LINK),
    _network("echo", ("回响测试", "echo"), ("0820", "301"), _LINK),
    _network("cut-over begins", ("日切开始", "day cut-over begins"), ("0820", "201"), _CUT_OVER, from_switch=True),
    _network("cut-over ends", ("日切结束", "day cut-over ends"), ("0820", "202"), _CUT_OVER, from_switch=True),
    _network("key request", ("申请密钥", "request for a key"), ("0820", "101"), _LINK | {53}),
    SwitchMessage(
        "key delivery", "下发密钥", "delivery of a key", "0800", network="101",
        required=frozenset({7, 11, 53, 70, 100}),
        optional=frozenset({48, 96}),
        answer_required=frozenset({7, 11, 39, 53, 70, 100, 128}),
        from_switch=True,
    ),
)  # fmt: skip
SWITCH_MESSAGES: Mapping[str, SwitchMessage] = MappingProxyType({row.name: row for row in _ROWS})
"""By name."""


BUSINESS_SWITCHED: Mapping[Business, SwitchMessage] = MappingProxyType(
    {row.business: row for row in _ROWS if row.business is not None and not row.offline}
)


def _codes_of(row: SwitchMessage) -> tuple[str, ...]:
    return (row.network,) if row.network else (row.processing, row.condition) if row.processing else ()


_BY_CODES = {(mti, *_codes_of(row)): row for row in _ROWS for mti in (row.mti, answer_mti(row.mti))}


def switch_message(message: AcquirerMessage) -> SwitchMessage | None:
    """The kind of a request or an answer, by MTI, 3 and 25, or 70; None if there is none."""
    ways = ((message.text(_NETWORK),), (message.text(_PROCESSING), message.text(25)), ())
    return next((row for way in ways if (row := _BY_CODES.get((message.mti, *way))) is not None), None)
