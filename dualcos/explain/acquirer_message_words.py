"""Messages between terminal, acquirer and switch in words (报文解释): every field, part and tag, Chinese and English.

Total: any message of a dialect is explained, and what no table has is said to be unknown. Accounts are shown with six
and four digits; PIN blocks, tracks, keys and the holder's identity not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from dualcos.explain.chip_data_words import element_lines, yuan
from dualcos.explain.message_line import UNKNOWN_CODE_SAYS, MessageLine, coded, hidden, unknown_line
from dualcos.messages.acquirer_messages import SECRET_FIELDS, AcquirerMessage, masked_account
from dualcos.messages.authorisation import Business
from dualcos.messages.download_messages import BadDownload, DownloadState, queried
from dualcos.messages.iso8583_fields import IsoDialect, IsoField
from dualcos.messages.line_codes import CONDITION_CODES, CURRENCIES, PROCESSING_CODES, SWITCH_NETWORK_CODES
from dualcos.messages.line_keys import BadKeyDelivery, delivered_keys
from dualcos.messages.pos_envelope import PosEnvelope
from dualcos.messages.pos_fields import POS_DIALECT
from dualcos.messages.pos_messages import PosMessage, answer_mti, pos_message, reversed_kind
from dualcos.messages.pos_subfields import MARKED, MEMBER, OPERATOR, TEXT, field_parts, parted
from dualcos.messages.response_codes import UNKNOWN_CODE, response_code
from dualcos.messages.subfield_tables import REST, SubField, cut
from dualcos.messages.switch_envelope import ACCEPTED, SwitchHeader
from dualcos.messages.switch_messages import switch_message
from dualcos.messages.switch_subfields import PRIVATE_USES, PrivateUse, switch_parts

_CHIP, _KEYS, _TEXTS = 55, 62, 63
_DOTS = "••"
_USAGE_LENGTH, _LONGEST_ACCOUNT = 2, 28
_SWITCH_SECRETS = SECRET_FIELDS - {_KEYS} | {45, 96}
_ACCOUNTS = ("pan", "account_from", "account_to")
_IN_PARTS_ONLY = ("private", "identity")
_ACCOUNT_PARTS = ("account", "account_to", "number", "pay_number")
_HIDDEN_PARTS = ("certificate",)
_AMOUNT_PARTS = ("amount", "upper_limit", "lower_limit")
_PERSONAL = (48, 61)
_DOWNLOADS = ("public key query", "public key", "parameter query", "parameters")
_TEXT_NAMES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {OPERATOR.name: (OPERATOR.zh, OPERATOR.en), MEMBER: ("会员号", "member"), TEXT: ("文本", "text")}
    | {name: (part.zh, part.en) for name, part in MARKED.items()}
)


def message_lines(message: AcquirerMessage, dialect: IsoDialect = POS_DIALECT) -> tuple[MessageLine, ...]:
    """All of the message: MTI, then every field in its order with what is in it."""
    is_pos = dialect is POS_DIALECT
    kind = pos_message(message) if is_pos else None
    lines = [MessageLine(0, "MTI", "报文类型", "message type", message.mti, *_mti(message, kind, is_pos=is_pos))]
    for number in sorted(message.fields):
        row = dialect.fields.get(number)
        if row is None:
            value = message.fields[number]
            lines.append(unknown_line(0, str(number), hidden(len(value))[0]))
        elif is_pos:
            lines += _pos_field(message, row, kind)
        else:
            lines += _switch_field(row, message.fields[number])
    return tuple(lines)


def _mti(message: AcquirerMessage, kind: PosMessage | None, *, is_pos: bool) -> tuple[str, str]:
    answer = answer_mti(message.mti) == message.mti
    said_zh, said = ("应答", "answer") if answer else ("请求", "request")
    if kind is not None:
        of = reversed_kind(message) if kind.name == "reversal" else None
        return f"{kind.zh}{of.zh if of else ''}{said_zh}", f"{kind.en}{f' of {of.en}' if of else ''}, {said}"
    other = None if is_pos else switch_message(message)
    zh, en = (other.zh, other.en) if other else _CLASSES.get(message.mti[1:2], ("未知类别", "unknown class"))
    return f"{zh}{said_zh}", f"{en}, {said}"


_CLASSES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "1": ("授权", "authorisation"),
        "2": ("金融", "financial"),
        "3": ("文件", "file"),
        "4": ("冲正", "reversal"),
        "5": ("对账", "reconciliation"),
        "6": ("管理", "administration"),
        "8": ("网络管理", "network management"),
    }
)


def _pos_field(message: AcquirerMessage, row: IsoField, kind: PosMessage | None) -> Iterator[MessageLine]:
    number, value = row.number, message.fields[row.number]
    if isinstance(value, bytes):
        if number == _KEYS and kind is not None:
            yield from _field_62(row, value, kind, answer=message.mti == kind.answer_mti)
        else:
            yield from _binary(row, value, secret=number in SECRET_FIELDS)
        return
    yield _text_field(row, value, secret=number in SECRET_FIELDS)
    if number == _TEXTS:
        yield from _marked_texts(value)
    else:
        yield from _parts(number, field_parts(number, value), value)


def _switch_field(row: IsoField, value: str | bytes) -> Iterator[MessageLine]:
    number = row.number
    uses = PRIVATE_USES.get(number)
    if uses is not None:
        yield from _private(row, value if isinstance(value, str) else value.decode("gb18030", "replace"), uses)
    elif isinstance(value, bytes):
        yield from _binary(row, value, secret=number in _SWITCH_SECRETS)
    else:
        yield _text_field(row, value, secret=number in _SWITCH_SECRETS)
        yield from _parts(number, switch_parts(number, value), value)


def _private(row: IsoField, text: str, uses: Mapping[str, PrivateUse]) -> Iterator[MessageLine]:
    """A field that begins with a usage code. Of an unknown one nothing is shown: it may bring a key."""
    use = uses.get(text[:_USAGE_LENGTH])
    if use is None:
        yield MessageLine(0, str(row.number), row.zh, row.en, *hidden(len(text)))
        yield unknown_line(1, f"{row.number}.1", _DOTS)
        return
    yield MessageLine(0, str(row.number), row.zh, row.en, text[:_USAGE_LENGTH], use.zh, use.en)
    if use.secret:
        yield MessageLine(1, f"{row.number}.1", use.zh, use.en, *hidden(len(text) - _USAGE_LENGTH))
    else:
        yield from _parts(row.number, use.parts, text[_USAGE_LENGTH:])


def _binary(row: IsoField, value: bytes, *, secret: bool) -> Iterator[MessageLine]:
    if secret:
        yield MessageLine(0, str(row.number), row.zh, row.en, *hidden(len(value)))
    elif row.number == _CHIP:
        yield MessageLine(0, str(row.number), row.zh, row.en, "", f"{len(value)} 字节", f"{len(value)} bytes")
        yield from element_lines(value)
    else:
        yield MessageLine(0, str(row.number), row.zh, row.en, value.hex().upper())


def _text_field(row: IsoField, value: str, *, secret: bool) -> MessageLine:
    if secret:
        return MessageLine(0, str(row.number), row.zh, row.en, *hidden(len(value)))
    if row.name in _ACCOUNTS or (row.name == "private" and len(value) <= _LONGEST_ACCOUNT):
        return MessageLine(0, str(row.number), row.zh, row.en, masked_account(value))
    if row.name in _IN_PARTS_ONLY:
        return MessageLine(0, str(row.number), row.zh, row.en)
    says = _SAYS.get(row.name, _silent)(value)
    return MessageLine(0, str(row.number), row.zh, row.en, value, *says, known=says not in _NO_CODES)


def _parts(number: int, table: Iterable[SubField], text: str) -> Iterator[MessageLine]:
    """The parts of a field by their table, numbered; what stands behind them is unknown."""
    rows = tuple(table)
    found = cut(rows, text) if rows else {}
    for place, part in enumerate(rows, 1):
        if part.name in found:
            yield _part(f"{number}.{place}", part, found[part.name])
    if REST in found:
        yield unknown_line(1, f"{number}.{len(rows) + 1}", _DOTS if number in _PERSONAL else found[REST])


def _part(label: str, part: SubField, value: str) -> MessageLine:
    name = part.name.rpartition("_")[0] if part.name.rpartition("_")[2].isdecimal() else part.name
    if name in _HIDDEN_PARTS:
        return MessageLine(1, label, part.zh, part.en, *hidden(len(value)))
    if name in _ACCOUNT_PARTS:
        return MessageLine(1, label, part.zh, part.en, masked_account(value.lstrip("0")))
    says = yuan(value) if name in _AMOUNT_PARTS or name.endswith("_amount") else coded(part.meanings, value)
    return MessageLine(1, label, part.zh, part.en, value, *says, known=says not in _NO_CODES)


def _marked_texts(text: str) -> Iterator[MessageLine]:
    """Field 63."""
    for place, (name, value) in enumerate(parted(_TEXTS, text).items(), 1):
        zh, en = _TEXT_NAMES[name]
        says = yuan(value) if name == "before_discount" else ("", "")
        yield MessageLine(1, f"{_TEXTS}.{place}", zh, en, value, *says)


def _field_62(row: IsoField, raw: bytes, kind: PosMessage, *, answer: bool) -> Iterator[MessageLine]:
    """Keys, what is downloaded, or the block of a new PIN."""
    if kind.name == "sign-on":
        yield MessageLine(0, str(row.number), row.zh, row.en, *hidden(len(raw)))
        yield from _key_lines(raw)
    elif kind.name in _DOWNLOADS:
        yield MessageLine(0, str(row.number), row.zh, row.en, "", f"{len(raw)} 字节", f"{len(raw)} bytes")
        yield from _download(kind, raw, answer=answer)
    elif kind.business is Business.PIN_CHANGE:
        yield MessageLine(0, str(row.number), "新PIN数据", "PIN block of the new PIN", *hidden(len(raw)))
    else:
        yield MessageLine(0, str(row.number), "终端自定义数据", "the terminal's own data", *hidden(len(raw)))


def _key_lines(raw: bytes) -> Iterator[MessageLine]:
    try:
        keys = delivered_keys(raw)
    except BadKeyDelivery:
        yield unknown_line(1, "62.1", _DOTS)
        return
    for place, (role, key) in enumerate(keys.items(), 1):
        yield MessageLine(1, f"62.{place}", role.zh, role.en, *hidden(len(key.cipher)))
        yield MessageLine(2, f"62.{place}", "校验值", "check value", key.check.hex().upper())


def _download(kind: PosMessage, raw: bytes, *, answer: bool) -> Iterator[MessageLine]:
    if not answer and kind.name.endswith("query"):
        try:
            count = queried(raw)
        except BadDownload:
            yield unknown_line(1, "62.1", raw.hex().upper())
            return
        yield MessageLine(1, "62.1", "查询", "query", raw[:1].decode("ascii", "replace"))
        yield MessageLine(1, "62.2", "已有条数", "entries known already", str(count))
        return
    if answer:
        state = next((each for each in DownloadState if each.byte == raw[:1]), None)
        if state is None:
            yield unknown_line(1, "62.1", raw.hex().upper())
            return
        yield MessageLine(1, "62.1", "下载状态", "state", state.byte.decode("ascii"), state.zh, state.en)
        raw = raw[1:]
    yield from element_lines(raw)


def _silent(_: str) -> tuple[str, str]:
    return "", ""


def _clock(value: str) -> tuple[str, str]:
    said = ":".join(value[at : at + 2] for at in range(0, len(value), 2))
    return said, said


def _day(value: str) -> tuple[str, str]:
    said = f"{value[:2]}-{value[2:]}"
    return said, said


def _year_and_month(value: str) -> tuple[str, str]:
    said = f"20{value[:2]}-{value[2:]}"
    return said, said


def _moment(value: str) -> tuple[str, str]:
    said = f"{_day(value[:4])[0]} {_clock(value[4:])[0]}"
    return said, said


_NO_CODES = (UNKNOWN_CODE_SAYS, (UNKNOWN_CODE.zh, UNKNOWN_CODE.en))


def _answer_code(value: str) -> tuple[str, str]:
    code = response_code(value)
    return code.zh, code.en


_SAYS: Mapping[str, Callable[[str], tuple[str, str]]] = MappingProxyType(
    {
        "processing": lambda value: coded(PROCESSING_CODES, value[:2]),
        "amount": yuan,
        "transmission_time": _moment,
        "time": _clock,
        "date": _day,
        "expiry": _year_and_month,
        "settlement_date": _day,
        "condition": lambda value: coded(CONDITION_CODES, value),
        "pin_length": lambda value: (f"PIN 最长 {value} 位", f"PINs of at most {value} digits"),
        "code": _answer_code,
        "currency": lambda value: coded(CURRENCIES, value),
        "network": lambda value: coded(SWITCH_NETWORK_CODES, value),
    }
)


def envelope_lines(envelope: PosEnvelope) -> tuple[MessageLine, ...]:
    """What stands in front of a POS message."""
    tpdu, header = envelope.tpdu.hex().upper(), envelope.header.hex().upper()
    lines = [
        MessageLine(0, "TPDU", "传输协议数据单元", "transport header", tpdu),
        MessageLine(1, "1", "标识", "identifier", tpdu[:2]),
        MessageLine(1, "2", "目的地址", "addressee", tpdu[2:6]),
        MessageLine(1, "3", "源地址", "sender", tpdu[6:]),
    ]
    if envelope.lri:
        lines.append(MessageLine(0, "LRI", "网控器报头", "header of a network controller", envelope.lri.hex().upper()))
    lines.append(MessageLine(0, "HEAD", "报文头", "header", header))
    names = (
        ("应用类别", "application", 2), ("软件版本", "software version", 2), ("终端状态", "terminal state", 1),
        ("处理要求", "what to do", 1), ("版本", "version", 6),
    )  # fmt: skip
    at = 0
    for number, (zh, en, size) in enumerate(names, 1):
        lines.append(MessageLine(1, str(number), zh, en, header[at : at + size]))
        at += size
    return tuple(lines)


def switch_header_lines(header: SwitchHeader) -> tuple[MessageLine, ...]:
    """The 46 bytes in front of a switch message, but for the lengths."""
    rejected = ("未拒绝", "not rejected") if header.reject == ACCEPTED else ("被转接拒绝，无法识别", "sent back unread")
    return (
        MessageLine(0, "HEAD", "报文头", "header"),
        MessageLine(1, "2", "标识和版本", "flag and version", f"{header.version:02X}"),
        MessageLine(1, "4", "目的机构", "destination", header.destination),
        MessageLine(1, "5", "源机构", "source", header.source),
        MessageLine(1, "6", "保留", "reserved", header.reserved.hex().upper()),
        MessageLine(1, "7", "批次号", "batch", f"{header.batch:02X}"),
        MessageLine(1, "8", "交易信息", "transaction", header.transaction.hex().upper()),
        MessageLine(1, "9", "用户信息", "user", f"{header.user:02X}"),
        MessageLine(1, "10", "拒绝码", "reject code", header.reject, *rejected),
    )
