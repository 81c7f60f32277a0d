"""Data elements inside messages (fields 55 and 62) in both languages, bit by bit where they have bits. Total."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from apdu import tlv
from apdu.tlv import TlvError
from cos.pse.data.data_elements import BY_TAG
from cos.pse.transaction.cvr_and_cid import Bit, Iad
from dualcos.explain.bank_bits import CVR_TEXTS
from dualcos.explain.message_line import MessageLine, coded, hidden, unknown_line
from dualcos.messages.acquirer_messages import masked_account
from dualcos.messages.cvm_list import CONDITIONS, METHODS
from dualcos.messages.line_codes import CURRENCIES, PROCESSING_CODES
from dualcos.messages.response_codes import response_code
from dualcos.messages.terminal_results import CvmOutcome, ResultBit, ScriptOutcome, Tsi, Tvr

_MORE_NAMES: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        0xDF31: ("发卡行脚本结果", "issuer script results"),
        0x9F22: ("公钥索引", "public key index"),
        0x9F1B: ("终端最低限额", "terminal floor limit"),
        0xDF01: ("应用选择指示符", "application selection indicator"),
        0xDF02: ("公钥模数", "modulus of the public key"),
        0xDF03: ("公钥校验值", "hash of the public key"),
        0xDF04: ("公钥指数", "exponent of the public key"),
        0xDF05: ("公钥有效期", "expiry of the public key"),
        0xDF06: ("公钥哈希算法标识", "hash algorithm"),
        0xDF07: ("公钥算法标识", "algorithm of the public key"),
        0xDF11: ("终端行为代码—缺省", "TAC default"),
        0xDF12: ("终端行为代码—联机", "TAC online"),
        0xDF13: ("终端行为代码—拒绝", "TAC denial"),
        0xDF14: ("缺省DDOL", "default DDOL"),
        0xDF15: ("偏置随机选择的阈值", "threshold for biased random selection"),
        0xDF16: ("偏置随机选择的最大目标百分数", "most target percentage for biased random selection"),
        0xDF17: ("随机选择的目标百分数", "target percentage for random selection"),
        0xDF18: ("终端联机PIN支持能力", "online PIN"),
    }
)
_CAPABILITIES = (
    ResultBit(1, 8, "手工键盘输入", "key entry by hand", ""),
    ResultBit(1, 7, "磁条", "stripe", ""),
    ResultBit(1, 6, "接触式IC卡", "chip with contacts", ""),
    ResultBit(2, 8, "IC卡明文PIN验证", "plaintext PIN by card", ""),
    ResultBit(2, 7, "联机加密PIN验证", "online enciphered PIN", ""),
    ResultBit(2, 6, "签名", "signature", ""),
    ResultBit(2, 5, "脱机加密PIN验证", "enciphered PIN by card", ""),
    ResultBit(2, 4, "无需CVM", "no CVM", ""),
    ResultBit(2, 1, "持卡人证件验证", "identity document", ""),
    ResultBit(3, 8, "静态数据认证（SDA）", "SDA", ""),
    ResultBit(3, 7, "动态数据认证（DDA）", "DDA", ""),
    ResultBit(3, 6, "吞卡", "keeps cards", ""),
    ResultBit(3, 4, "复合动态数据认证（CDA）", "CDA", ""),
)
"""9F33 (PBOC-6 table A.2)."""
_OWNERS = ("金融机构", "financial institution"), ("商户", "merchant"), ("持卡人", "cardholder")
_REACHES = ("仅能联机", "online only"), ("可脱机可联机", "online and offline"), ("仅能脱机", "offline only")
_CRYPTOGRAMS = ("AAC", "AAC"), ("TC", "TC"), ("ARQC", "ARQC"), ("保留值", "reserved value")
_ALGORITHMS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {"01": ("3DES", "3DES"), "02": ("SSF33", "SSF33"), "04": ("SM4", "SM4")}
)
_SECOND_ANSWERS = ("AAC", "AAC"), ("TC", "TC"), ("未请求", "not asked"), ("保留值", "reserved value")
_CARD_RESULTS_ZH: Mapping[Bit, str] = MappingProxyType(
    {
        Bit.IA_FAILED: "发卡行认证已执行但失败",
        Bit.PIN_PERFORMED: "脱机PIN验证已执行",
        Bit.PIN_FAILED: "脱机PIN验证失败",
        Bit.UNABLE_ONLINE: "不能联机",
        Bit.ONLINE_NOT_COMPLETED: "上次联机交易未完成",
        Bit.PIN_TRIES_EXCEEDED: "PIN尝试次数超限",
        Bit.VELOCITY_EXCEEDED: "超过频度限制",
        Bit.NEW_CARD: "新卡",
        Bit.LAST_IA_FAILED: "上次联机交易发卡行认证失败或未执行",
        Bit.IA_NOT_PERFORMED: "联机授权后未执行发卡行认证",
        Bit.BLOCKED_BY_PIN: "由于PIN尝试次数超限，卡片锁定应用",
        Bit.LAST_SDA_FAILED: "上次脱机拒绝的交易静态数据认证失败",
        Bit.LAST_SCRIPT_FAILED: "上次联机交易脚本处理失败",
        Bit.LAST_DDA_FAILED: "上次脱机拒绝的交易动态数据认证失败",
        Bit.DDA_PERFORMED: "动态数据认证已执行",
    }
)
_FIRST_ATTENDED = 1
_PIN_COMMAND = 0x24
_ACCOUNT, _TRACK, _HOLDER, _HOLDER_ID = 0x5A, 0x57, 0x5F20, 0x9F61
_SECRET_TAGS = (_TRACK, _HOLDER, _HOLDER_ID)
_TEMPLATES = (0x70, 0x71, 0x72, 0x77)
_COMMAND = 0x86


def element_lines(raw: bytes, depth: int = 1) -> Iterator[MessageLine]:
    """All data elements of a TLV string, templates opened. What is no TLV is said to be none."""
    try:
        for item in tlv.walk(raw):
            yield from _element(item.tag, item.value, depth)
    except TlvError as error:
        yield MessageLine(
            depth, "—", "非TLV数据", "not TLV", "••", "其余部分无法识别", f"the rest: {error}", known=False
        )


def _element(tag: int, value: bytes, depth: int) -> Iterator[MessageLine]:
    label, (zh, en) = f"{tag:X}", element_names(tag)
    known = (zh, en) != _NO_NAME
    if tag in _SECRET_TAGS:
        yield MessageLine(depth, label, zh, en, *hidden(len(value)))
    elif tag == _ACCOUNT:
        yield MessageLine(depth, label, zh, en, masked_account(value.hex().upper().rstrip("F")))
    elif tag == _COMMAND:
        yield MessageLine(depth, label, zh, en, *_command(value))
    elif tag in _TEMPLATES:
        yield MessageLine(depth, label, zh, en, "", f"{len(value)} 字节", f"{len(value)} bytes")
        yield from element_lines(value, depth + 1)
    else:
        says = _MEANINGS.get(tag, _nothing)(value)
        yield MessageLine(depth, label, zh, en, value.hex().upper(), *says, known=known)
        yield from (each.deeper(depth + 1) for each in _INSIDE.get(tag, _none)(value))


_NO_NAME = ("未知数据元", "unknown element")


def element_names(tag: int) -> tuple[str, str]:
    """What a tag is called, zh and en."""
    row = BY_TAG.get(tag)
    return (row.chinese, row.name) if row is not None else _MORE_NAMES.get(tag, _NO_NAME)


def _command(value: bytes) -> tuple[str, str, str]:
    """A script's command: of one that brings a PIN the header alone."""
    if len(value) > 1 and value[1] == _PIN_COMMAND:
        dots, zh, en = hidden(max(0, len(value) - 5))
        return f"{value[:5].hex().upper()} {dots}", zh, en
    return value.hex().upper(), "", ""


def _nothing(_: bytes) -> tuple[str, str]:
    return "", ""


def _none(_: bytes) -> Iterator[MessageLine]:
    return iter(())


def _bits(rows: tuple[ResultBit, ...], value: bytes) -> Iterator[MessageLine]:
    """Every bit that is 1: with its name, or as one that is reserved."""
    names = {(row.byte, row.bit): row for row in rows}
    for byte, octet in enumerate(value, 1):
        for bit in (bit for bit in range(8, 0, -1) if octet >> bit - 1 & 1):
            row = names.get((byte, bit))
            if row is None:
                yield MessageLine(0, f"{byte}.{bit}", "保留位", "reserved bit", known=False)
            else:
                yield MessageLine(0, row.place, row.zh, row.en)


def _tvr(value: bytes) -> Iterator[MessageLine]:
    return _bits(tuple(each.value for each in Tvr), value)


def _cvm_results(value: bytes) -> Iterator[MessageLine]:
    if len(value) != 3:
        yield unknown_line(0, "—", value.hex().upper())
        return
    method, condition = METHODS.get(value[0] & 0x3F), CONDITIONS.get(value[1])
    outcomes = {CvmOutcome.UNKNOWN: ("未知", "unknown"), CvmOutcome.FAILED: ("失败", "failed"),
                CvmOutcome.SUCCESSFUL: ("成功", "successful")}  # fmt: skip
    names = (
        ("方法", "method", (method.value.zh, method.value.en) if method else None),
        ("条件", "condition", (condition.value.zh, condition.value.en) if condition else None),
        ("结果", "result", next((said for each, said in outcomes.items() if each == value[2]), None)),
    )
    for number, (zh, en, says) in enumerate(names, 1):
        shown = f"{value[number - 1]:02X}"
        yield MessageLine(
            0, f"{number}", zh, en, shown, *(says or ("未知代码", "unknown code")), known=says is not None
        )


def _script_results(value: bytes) -> Iterator[MessageLine]:
    outcomes = {
        ScriptOutcome.NOT_PERFORMED: ("未执行", "not performed"),
        ScriptOutcome.FAILED: ("失败", "failed"),
        ScriptOutcome.SUCCESSFUL: ("成功", "successful"),
    }
    for number, at in enumerate(range(0, len(value), 5), 1):
        piece = value[at : at + 5]
        says = next((said for each, said in outcomes.items() if each == piece[0] >> 4), None)
        zh, en = says or ("未知结果", "unknown result")
        failed, named = piece[0] & 0x0F, piece[1:].hex().upper()
        more_zh = f"，第 {failed} 条命令" if failed else ""
        more = f", command {failed}" if failed else ""
        whole = says is not None and len(piece) == 5
        yield MessageLine(
            0, f"{number}", "脚本", "script", piece.hex().upper(),
            f"{zh}{more_zh}，标识 {named}", f"{en}{more}, identifier {named}", known=whole,
        )  # fmt: skip


def _issuer_data(value: bytes) -> Iterator[MessageLine]:
    try:
        iad = Iad.parse(value)
    except ValueError:
        yield unknown_line(0, "—", value.hex().upper())
        return
    yield MessageLine(0, "DKI", "分散密钥索引", "derivation key index", f"{iad.dki:02X}")
    yield MessageLine(0, "CVN", "密文版本号", "cryptogram version", f"{iad.cvn:02X}")
    yield MessageLine(0, "CVR", "卡片验证结果", "card verification results", iad.cvr.to_bytes().hex().upper())
    yield from _card_results(iad.cvr.bits)
    code = f"{iad.alg:02X}"
    yield MessageLine(0, "ALG", "算法标识", "algorithm", code, *coded(_ALGORITHMS, code))
    if iad.idd:
        yield MessageLine(0, "IDD", "发卡行自定义数据", "issuer discretionary data", iad.idd.hex().upper())


def _card_results(bits: int) -> Iterator[MessageLine]:
    """What a CVR says, field by field (PBOC-5 A.1)."""
    second, first = bits >> 22 & 3, bits >> 20 & 3
    yield MessageLine(1, "2.8-7", "第二次GENERATE AC", "second GENERATE AC", f"{second:02b}", *_SECOND_ANSWERS[second])
    yield MessageLine(1, "2.6-5", "第一次GENERATE AC", "first GENERATE AC", f"{first:02b}", *_CRYPTOGRAMS[first])
    for row in CVR_TEXTS:
        if bits & row.bit:
            at = row.bit.bit_length() - 1
            yield MessageLine(1, f"{4 - at // 8}.{at % 8 + 1}", _CARD_RESULTS_ZH[row.bit], row.text)
    scripts = str(bits >> 4 & 0x0F)
    yield MessageLine(
        1, "4.8-5", "上次联机交易后的脚本命令数", "script commands after the last online transaction", scripts
    )
    if bits & 1:
        yield MessageLine(1, "4.1", "保留位", "reserved bit", known=False)


def _authentication(value: bytes) -> Iterator[MessageLine]:
    code = value[8:].decode("ascii", "replace")
    yield MessageLine(0, "1", "ARPC", "ARPC", value[:8].hex().upper())
    if code:
        known = response_code(code)
        yield MessageLine(0, "9", "授权响应码", "authorisation response code", code, known.zh, known.en)


_INSIDE: Mapping[int, Callable[[bytes], Iterator[MessageLine]]] = MappingProxyType(
    {
        0x95: _tvr,
        0xDF11: _tvr,
        0xDF12: _tvr,
        0xDF13: _tvr,
        0x9B: lambda value: _bits(tuple(each.value for each in Tsi), value),
        0x9F33: lambda value: _bits(_CAPABILITIES, value),
        0x9F34: _cvm_results,
        0xDF31: _script_results,
        0x9F10: _issuer_data,
        0x91: _authentication,
    }
)


def _amount(value: bytes) -> tuple[str, str]:
    return yuan(value.hex())


def yuan(digits: str) -> tuple[str, str]:
    """An amount of fen in words; empty for what is none."""
    if not digits.isascii() or not digits.isdecimal():
        return "", ""
    whole, fen = divmod(int(digits), 100)
    return f"{whole}.{fen:02d} 元", f"CNY {whole}.{fen:02d}"


def _date(value: bytes) -> tuple[str, str]:
    digits = value.hex()
    said = f"20{digits[:2]}-{digits[2:4]}-{digits[4:]}" if len(digits) == 6 else ""
    return said, said


def _terminal_type(value: bytes) -> tuple[str, str]:
    code = value.hex()
    owner, reach = (int(code[0], 16) - 1, (int(code[1], 16) - 1)) if len(code) == 2 else (-1, -1)
    if not (0 <= owner < 3 and 0 <= reach < 6):
        return "未知代码", "unknown code"
    attended = ("有人值守", "attended") if reach // 3 < _FIRST_ATTENDED else ("无人值守", "unattended")
    parts = (_OWNERS[owner], attended, _REACHES[reach % 3])
    return "，".join(each[0] for each in parts), ", ".join(each[1] for each in parts)


def _cid(value: bytes) -> tuple[str, str]:
    if len(value) != 1:
        return "", ""
    zh, en = _CRYPTOGRAMS[value[0] >> 6]
    return (f"{zh}，要求通知", f"{en}, advice required") if value[0] & 8 else (zh, en)


_MEANINGS: Mapping[int, Callable[[bytes], tuple[str, str]]] = MappingProxyType(
    {
        0x9F02: _amount,
        0x9F03: _amount,
        0x9A: _date,
        0x9F27: _cid,
        0x9F35: _terminal_type,
        0x9C: lambda value: coded(PROCESSING_CODES, value.hex()),
        0x5F2A: lambda value: coded(CURRENCIES, value.hex()[1:]),
        0x9F1A: lambda value: ("中国", "China") if value == b"\x01\x56" else ("", ""),
    }
)
