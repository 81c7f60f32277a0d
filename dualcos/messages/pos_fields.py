"""The 64 fields between a POS terminal or an ATM and its acquirer (终端—收单): digits packed, as seen in the field with
several independent programs. The norm's own text (Q/CUP 006) was not at hand; a row can be corrected without code.
"""

from __future__ import annotations

from dualcos.messages.iso8583_fields import FieldKind, IsoField, iso_dialect

_N, _AN, _ANS, _Z, _B = FieldKind.DIGITS, FieldKind.LETTERS, FieldKind.TEXT, FieldKind.TRACK, FieldKind.BINARY

POS_DIALECT = iso_dialect(
    "POS",
    "终端报文",
    packed=True,
    mac_field=64,
    rows=(
        IsoField(
            2, "pan", "主账号", "account number (PAN)", _N, 19, 2, note="chip and by hand; not with a stripe alone"
        ),
        IsoField(3, "processing", "交易处理码", "processing code", _N, 6, note="its first two digits are 9C"),
        IsoField(4, "amount", "交易金额", "amount", _N, 12, note="fen"),
        IsoField(
            11, "stan", "受卡方系统跟踪号", "running number (STAN)", _N, 6, note="the terminal's, in answers, too"
        ),
        IsoField(12, "time", "受卡方所在地时间", "local time", _N, 6, note="hhmmss, from the acquirer"),
        IsoField(13, "date", "受卡方所在地日期", "local date", _N, 4, note="MMDD, from the acquirer"),
        IsoField(14, "expiry", "卡有效期", "expiry", _N, 4, note="YYMM"),
        IsoField(15, "settlement_date", "清算日期", "settlement date", _N, 4, note="MMDD"),
        IsoField(22, "entry_mode", "服务点输入方式码", "entry mode", _N, 3, note="left-aligned: 051 is 0510"),
        IsoField(
            23,
            "card_sequence",
            "卡片序列号",
            "card sequence number",
            _N,
            3,
            right_aligned=True,
            note="right-aligned: 0001",
        ),
        IsoField(25, "condition", "服务点条件码", "condition code", _N, 2),
        IsoField(26, "pin_length", "服务点 PIN 获取码", "longest PIN", _N, 2, note="06 or 12"),
        IsoField(32, "acquirer", "受理机构标识码", "acquiring institution", _N, 11, 2),
        IsoField(35, "track2", "二磁道数据", "track 2", _Z, 37, 2, note="of a chip: tag 57"),
        IsoField(36, "track3", "三磁道数据", "track 3", _Z, 104, 3),
        IsoField(37, "reference", "检索参考号", "reference number (RRN)", _AN, 12),
        IsoField(38, "approval", "授权标识应答码", "approval code", _AN, 6),
        IsoField(39, "code", "应答码", "response code", _AN, 2, note="of a reversal: its reason"),
        IsoField(41, "terminal", "受卡机终端标识码", "terminal", _ANS, 8),
        IsoField(42, "merchant", "受卡方标识码", "merchant", _ANS, 15),
        IsoField(44, "institutions", "附加响应数据", "issuer and acquirer", _ANS, 25, 2),
        IsoField(
            48,
            "private",
            "附加数据（私有）",
            "private data",
            _N,
            322,
            3,
            note="totals, details of a batch, second account",
        ),
        IsoField(49, "currency", "交易货币代码", "currency", _AN, 3, note="156"),
        IsoField(52, "pin_block", "个人标识码数据", "PIN block", _B, 8),
        IsoField(53, "security", "安全控制信息", "security control", _N, 16),
        IsoField(54, "balances", "余额", "balances", _ANS, 40, 3),
        IsoField(55, "chip", "IC 卡数据域", "chip data", _B, 255, 3),
        IsoField(60, "kind", "自定义域 60", "kind, batch, terminal", _N, 17, 3),
        IsoField(61, "original", "原始信息域", "original message", _N, 29, 3),
        IsoField(62, "keys", "自定义域 62", "keys, parameters", _B, 512, 3),
        IsoField(63, "texts", "自定义域 63", "operator, texts", _ANS, 163, 3),
        IsoField(64, "mac", "报文鉴别码", "MAC", _B, 8),
    ),
)
