"""The messages between terminal and acquirer, as data that both ends work by: what is asked for, by which codes, with
which fields (as seen in the field; pre-authorisation and e-cash are not among them). ATM business has no code that is
known from more than one program: its codes are inferred from ISO 8583. A price is asked for by codes of our own; its
answer has the special price in field 4 and the one before it in field 63.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from dualcos.messages.acquirer_messages import AcquirerMessage, FieldValue
from dualcos.messages.authorisation import Business
from dualcos.messages.field55 import ChipSet
from dualcos.messages.iso8583_fields import little_and_much
from dualcos.messages.pos_subfields import joined, parted
from dualcos.messages.response_codes import APPROVING

_Fields = frozenset[int]


class PosMessage(NamedTuple):
    """One kind of message. ``mti``, ``processing`` (3), ``condition`` (25), ``kind`` (60.1), ``network`` (60.3): its
    codes, empty if it has none or takes the original's. ``required``, ``optional``: fields of the request besides
    these; ``answer_required``, ``answer_optional``: of the answer. ``reversal``: it is reversed if no answer comes;
    ``sealed``: it has a MAC; ``chip``: the tags of its field 55; ``offline``: it was approved without the issuer.
    """

    name: str
    zh: str
    en: str
    mti: str
    processing: str = ""
    condition: str = ""
    kind: str = "00"
    network: str = "000"
    required: _Fields = frozenset()
    optional: _Fields = frozenset()
    answer_required: _Fields = frozenset()
    answer_optional: _Fields = frozenset()
    reversal: bool = False
    sealed: bool = True
    chip: ChipSet | None = None
    business: Business | None = None
    offline: bool = False

    @property
    def answer_mti(self) -> str:
        """``0210`` of ``0200``."""
        return answer_mti(self.mti)

    def request(
        self, batch: str, fields: Mapping[int, FieldValue], *, ability: str = "5", chip_condition: str = "0"
    ) -> AcquirerMessage:
        """The request: its codes, field 60 with ``batch`` (6 digits) and what the terminal can read, and ``fields``. A
        reversal has the original's codes, which are among ``fields``.
        """
        parts = {"kind": self.kind, "batch": batch, "network": self.network}
        if self.business is not None:
            parts |= {"ability": ability, "chip_condition": chip_condition}
        codes: dict[int, FieldValue] = {60: joined(60, parts)} if self.kind else {}
        codes |= {3: self.processing} if self.processing else {}
        codes |= {25: self.condition} if self.condition else {}
        return AcquirerMessage(self.mti, {**codes, **fields})

    def wrong_fields(self, request: AcquirerMessage) -> str:
        """What the request has too little or too much, one line; empty if nothing."""
        return little_and_much(set(request.fields), self.required, self.optional)

    def wrong_answer_fields(self, answer: AcquirerMessage) -> str:
        """The same of its answer. A refused request may be answered with less."""
        required = self.answer_required if answer.text(39) in ("", *APPROVING) else _REFUSED
        return little_and_much(set(answer.fields), required, self.answer_required | self.answer_optional)


def answer_mti(mti: str) -> str:
    """``0210`` of ``0200``; of what is no MTI of a request the same again."""
    return f"{mti[:2]}{int(mti[2]) | 1}{mti[3]}" if mti.isdecimal() and len(mti) == 4 else mti


def answers(request: AcquirerMessage, answer: AcquirerMessage) -> bool:
    """True if ``answer`` is one to this request: its MTI, running number, terminal, merchant, and the batch in which
    the number was given (60.1, 60.2), which the answer to a sign-on names anew.
    """
    same = all(request.text(number) == answer.text(number) for number in _NAMING)
    in_batch = _batch_of(request) == _batch_of(answer) or pos_message(request) is _SIGN_ON
    return answer.mti == answer_mti(request.mti) != request.mti and same and in_batch


def _batch_of(message: AcquirerMessage) -> tuple[str, str]:
    parts = parted(60, message.text(60))
    return parts.get("kind", ""), parts.get("batch", "")


def refused(request: AcquirerMessage, code: str) -> AcquirerMessage:
    """The answer that refuses, without a MAC; ``code``: field 39."""
    kept = {number: value for number, value in request.fields.items() if number in _GIVEN_BACK}
    return AcquirerMessage(answer_mti(request.mti), {**kept, 39: code})


def _of(*numbers: int) -> _Fields:
    return frozenset(numbers)


_REFUSED = _of(39)
_NAMING = (11, 41, 42)
_GIVEN_BACK = _of(2, 3, 4, 11, 14, 23, 25, 32, 37, 41, 42, 49, 60)
_TERMINAL = _of(11, 41, 42, 60)
_CARD = _of(2, 14, 23, 26, 32, 35, 36, 52, 53, 55, 62, 63)
_ANSWERED = _of(11, 12, 13, 37, 39, 41, 42, 60)
_CARD_ANSWERED = _of(2, 14, 15, 23, 25, 32, 38, 44, 49, 53, 54, 55, 63)
_MANAGED = _of(11, 39, 41, 42, 60)
_MANAGED_MORE = _of(12, 13, 32, 37, 63, 64)


def _payment(
    name: str, business: Business, codes: tuple[str, str, str, str], more: _Fields = frozenset(), **said: bool | str
) -> PosMessage:
    """A message that goes on to the issuer. ``codes``: MTI, 3, 25, 60.1."""
    mti, processing, condition, kind = codes
    amount = _of() if business in (Business.BALANCE, Business.PIN_CHANGE) else _of(4)
    return PosMessage(
        name, business.zh, business.en, mti, processing, condition, kind,
        required=_TERMINAL | amount | more | _of(3, 22, 25, 49, 64),
        optional=_CARD,
        answer_required=_ANSWERED | amount | _of(3, 64),
        answer_optional=_CARD_ANSWERED,
        reversal=bool(said.get("reversal")),
        chip=ChipSet.REQUEST if said.get("chip") else None,
        business=business,
    )  # fmt: skip


def _management(
    name: str,
    zh: str,
    en: str,
    codes: tuple[str, str],
    *,
    required: _Fields = frozenset(),
    optional: _Fields = frozenset(),
    answered: _Fields = frozenset(),
) -> PosMessage:
    """A message between terminal and acquirer alone, with no MAC. ``codes``: MTI, 60.3."""
    return PosMessage(
        name, zh, en, codes[0], network=codes[1],
        required=_TERMINAL | required,
        optional=optional | _of(32, 63),
        answer_required=_MANAGED | answered,
        answer_optional=_MANAGED_MORE | optional,
        sealed=False,
    )  # fmt: skip


_ROWS = (
    _management("sign-on", "签到", "sign-on", ("0800", "003"), required=_of(63), answered=_of(12, 13, 62)),
    _management("sign-off", "签退", "sign-off", ("0820", "002")),
    _management("echo", "回响测试", "echo", ("0820", "301")),
    _payment("balance", Business.BALANCE, ("0200", "310000", "00", "01"), chip=True),
    _payment("purchase", Business.PURCHASE, ("0200", "000000", "00", "22"), reversal=True, chip=True),
    _payment("offline sale", Business.PURCHASE, ("0200", "000000", "00", "36"))._replace(
        zh="脱机消费上送",
        en="upload of an off-line purchase",
        optional=_CARD | _of(38),
        chip=ChipSet.UPLOAD,
        offline=True,
    ),
    _payment("price", Business.PRICE, ("0200", "390000", "00", "39"), _of(4, 63)),
    _payment("void", Business.VOID, ("0200", "200000", "00", "23"), _of(37, 61), reversal=True)._replace(
        optional=_CARD | _of(38)
    ),
    _payment("refund", Business.REFUND, ("0220", "200000", "00", "25"), _of(37, 61))._replace(optional=_CARD | _of(38)),
    _payment("withdrawal", Business.WITHDRAWAL, ("0200", "010000", "02", "02"), reversal=True, chip=True),
    _payment("deposit", Business.DEPOSIT, ("0200", "210000", "02", "03"), reversal=True, chip=True),
    _payment("transfer", Business.TRANSFER, ("0200", "400000", "02", "04"), _of(48), reversal=True, chip=True),
    _payment("PIN change", Business.PIN_CHANGE, ("0200", "700000", "02", "05"), _of(52, 62), reversal=True, chip=True),
    PosMessage(
        "reversal", "冲正", "reversal", "0400", kind="", network="",
        required=_TERMINAL | _of(3, 4, 22, 25, 39, 49, 64),
        optional=_of(2, 14, 23, 32, 38, 53, 55, 61, 62),
        answer_required=_of(3, 11, 12, 13, 39, 41, 42, 60, 64),
        answer_optional=_of(2, 4, 14, 15, 23, 25, 32, 37, 44, 49, 55),
        chip=ChipSet.REVERSAL,
    ),
    PosMessage(
        "script report", "脚本处理结果通知", "script report", "0620", network="951",
        required=_TERMINAL | _of(22, 55, 61, 64),
        optional=_of(2, 3, 4, 14, 23, 25, 32, 37, 49),
        answer_required=_of(11, 12, 13, 39, 41, 42, 60, 64),
        answer_optional=_of(2, 3, 4, 14, 15, 22, 23, 25, 32, 37, 38, 49, 55),
        chip=ChipSet.SCRIPT_REPORT,
    ),
    _management("settlement", "批结算", "settlement", ("0500", "201"), required=_of(48), optional=_of(49),
                answered=_of(48)),
    _management("batch upload", "批上送", "batch upload", ("0320", "201"), required=_of(48)),
    _management("TC upload", "芯片交易上送", "TC upload", ("0320", "203"), required=_of(55),
                optional=_of(2, 4, 14, 22, 23, 37, 38, 61, 62)),
    _management("TC upload unbalanced", "芯片交易上送（不平）", "TC upload, not balanced", ("0320", "205"),
                required=_of(55), optional=_of(2, 4, 14, 22, 23, 37, 38, 61, 62)),
    _management("end of upload", "批上送结束", "end of upload", ("0320", "207"), required=_of(48)),
    _management("end of upload unbalanced", "批上送结束（不平）", "end of upload, not balanced", ("0320", "202"),
                required=_of(48)),
    _management("public key query", "公钥查询", "query of public keys", ("0820", "372"), required=_of(62),
                answered=_of(62)),
    _management("public key", "公钥下载", "public key", ("0800", "370"), required=_of(62), answered=_of(62)),
    _management("public keys end", "公钥下载结束", "end of public keys", ("0800", "371")),
    _management("parameter query", "参数查询", "query of parameters", ("0820", "382"), required=_of(62),
                answered=_of(62)),
    _management("parameters", "参数下载", "parameters of an application", ("0800", "380"), required=_of(62),
                answered=_of(62)),
    _management("parameters end", "参数下载结束", "end of parameters", ("0800", "381")),
)  # fmt: skip
POS_MESSAGES: Mapping[str, PosMessage] = MappingProxyType({row.name: row for row in _ROWS})
"""By name."""
BUSINESS_MESSAGES: Mapping[Business, PosMessage] = MappingProxyType(
    {row.business: row for row in _ROWS if row.business is not None and not row.offline}
)
_SIGN_ON_CODES = ("001", "003", "004", "006")


def _codes_of(row: PosMessage) -> tuple[str, ...]:
    """What a message is known by besides its MTI: 3 and 60.1, 60.3, or nothing."""
    if row.business is not None:
        return (row.processing, row.kind)
    return (row.network,) if row.kind else ()


_BY_CODES = {(mti, *_codes_of(row)): row for row in _ROWS for mti in (row.mti, row.answer_mti)}
_SIGN_ON = POS_MESSAGES["sign-on"]
_BY_CODES |= {(mti, code): _SIGN_ON for mti in (_SIGN_ON.mti, _SIGN_ON.answer_mti) for code in _SIGN_ON_CODES}


def pos_message(message: AcquirerMessage) -> PosMessage | None:
    """The kind of a request or an answer, by MTI, 3 and 60; None if there is none."""
    parts = parted(60, message.text(60))
    ways = ((message.text(3), parts.get("kind", "")), (parts.get("network", ""),), ())
    return next((row for way in ways if (row := _BY_CODES.get((message.mti, *way))) is not None), None)


def reversed_kind(reversal: AcquirerMessage) -> PosMessage | None:
    """What a reversal takes back, by the original's 3 and 60.1; None if nothing that can be reversed."""
    found: Iterator[PosMessage] = (
        row
        for row in _ROWS
        if row.reversal and row.processing == reversal.text(3) and row.kind == parted(60, reversal.text(60)).get("kind")
    )
    return next(found, None)
