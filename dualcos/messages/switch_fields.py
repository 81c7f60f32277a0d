"""The 128 fields between members and the switch (成员机构—转接): all in characters, as seen in the field with several
independent programs. The norm's own text (Q/CUP 006, JR/T 0055) was not at hand; a row can be corrected without code.
"""

from __future__ import annotations

from dualcos.messages.iso8583_fields import FieldKind, IsoField, SealedText, iso_dialect

_N, _AN, _ANS, _Z, _B = FieldKind.DIGITS, FieldKind.LETTERS, FieldKind.TEXT, FieldKind.TRACK, FieldKind.BINARY

SEALED_FIELDS = (2, 3, 4, 7, 11, 18, 25, 28, 32, 33, 38, 39, 41, 42, 90, 102, 103)
SEALED_AT_KEY_DELIVERY = (2, 3, 4, 7, 11, 18, 25, 28, 32, 33, 38, 39, 41, 42, 53, 70, 90, 100)
"""Of messages with 101 in field 70."""

SWITCH_DIALECT = iso_dialect(
    "switch",
    "转接报文",
    packed=False,
    mac_field=128,
    sealed_text=SealedText(SEALED_FIELDS, SEALED_AT_KEY_DELIVERY),
    rows=(
        IsoField(2, "pan", "主账号", "account number (PAN)", _N, 19, 2),
        IsoField(3, "processing", "交易处理码", "processing code", _N, 6),
        IsoField(4, "amount", "交易金额", "amount", _N, 12, note="fen"),
        IsoField(5, "settlement_amount", "清算金额", "settlement amount", _N, 12),
        IsoField(6, "billing_amount", "持卡人扣账金额", "cardholder billing amount", _N, 12),
        IsoField(7, "transmission_time", "交易传输时间", "transmission time", _N, 10, note="MMDDhhmmss"),
        IsoField(9, "settlement_rate", "清算汇率", "settlement rate", _N, 8),
        IsoField(10, "billing_rate", "持卡人扣账汇率", "cardholder billing rate", _N, 8),
        IsoField(11, "stan", "系统跟踪号", "running number (STAN)", _N, 6),
        IsoField(12, "time", "受卡方所在地时间", "local time", _N, 6, note="hhmmss"),
        IsoField(13, "date", "受卡方所在地日期", "local date", _N, 4, note="MMDD"),
        IsoField(14, "expiry", "卡有效期", "expiry", _N, 4, note="YYMM"),
        IsoField(15, "settlement_date", "清算日期", "settlement date", _N, 4, note="MMDD"),
        IsoField(16, "conversion_date", "兑换日期", "conversion date", _N, 4, note="MMDD"),
        IsoField(18, "merchant_type", "商户类型", "merchant type (MCC)", _N, 4),
        IsoField(19, "country", "商户国家代码", "country of the merchant", _N, 3),
        IsoField(22, "entry_mode", "服务点输入方式码", "entry mode", _N, 3),
        IsoField(23, "card_sequence", "卡片序列号", "card sequence number", _N, 3),
        IsoField(25, "condition", "服务点条件码", "condition code", _N, 2),
        IsoField(26, "pin_length", "服务点 PIN 获取码", "longest PIN", _N, 2),
        IsoField(28, "fee", "交易费", "fee", _ANS, 9, note="C or D, then 8 digits"),
        IsoField(32, "acquirer", "受理机构标识码", "acquiring institution", _N, 11, 2),
        IsoField(33, "forwarder", "发送机构标识码", "forwarding institution", _N, 11, 2),
        IsoField(35, "track2", "二磁道数据", "track 2", _Z, 37, 2),
        IsoField(36, "track3", "三磁道数据", "track 3", _Z, 104, 3),
        IsoField(37, "reference", "检索参考号", "reference number (RRN)", _AN, 12),
        IsoField(38, "approval", "授权标识应答码", "approval code", _AN, 6),
        IsoField(39, "code", "应答码", "response code", _AN, 2),
        IsoField(41, "terminal", "受卡机终端标识码", "terminal", _ANS, 8),
        IsoField(42, "merchant", "受卡方标识码", "merchant", _ANS, 15),
        IsoField(43, "place", "受卡方名称地址", "name and place of the merchant", _ANS, 40),
        IsoField(44, "institutions", "附加响应数据", "issuer and acquirer", _ANS, 25, 2),
        IsoField(45, "track1", "一磁道数据", "track 1", _ANS, 79, 2),
        IsoField(
            48, "private", "附加数据（私有）", "private data", _B, 512, 3, note="usage of two letters in front; keys"
        ),
        IsoField(49, "currency", "交易货币代码", "currency", _AN, 3),
        IsoField(50, "settlement_currency", "清算货币代码", "settlement currency", _AN, 3),
        IsoField(51, "billing_currency", "持卡人账户货币代码", "cardholder billing currency", _AN, 3),
        IsoField(52, "pin_block", "个人标识码数据", "PIN block", _B, 8),
        IsoField(53, "security", "安全控制信息", "security control", _N, 16),
        IsoField(54, "balances", "余额", "balances", _ANS, 40, 3),
        IsoField(55, "chip", "IC 卡数据域", "chip data", _B, 255, 3),
        IsoField(57, "issuer_text", "附加交易信息", "further data", _ANS, 100, 3),
        IsoField(59, "details", "明细查询数据", "details", _ANS, 600, 3),
        IsoField(60, "kind", "自定义域 60", "reason, terminal, medium", _ANS, 100, 3),
        IsoField(61, "identity", "持卡人身份认证信息", "identity and checks", _ANS, 200, 3),
        IsoField(62, "scheme_data", "交换中心数据", "data of other schemes", _ANS, 200, 3),
        IsoField(63, "sm_pin_block", "金融网络数据", "PIN block of SM4", _B, 512, 3, note="`SM` and 16 bytes"),
        IsoField(70, "network", "网络管理信息码", "network code", _N, 3),
        IsoField(90, "original", "原始数据元", "original message", _N, 42),
        IsoField(96, "new_key", "报文安全码", "message security code", _B, 8, note="a single-length key"),
        IsoField(100, "receiver", "接收机构标识码", "receiving institution", _N, 11, 2),
        IsoField(102, "account_from", "账户标识 1", "account, first", _ANS, 28, 2),
        IsoField(103, "account_to", "账户标识 2", "account, second", _ANS, 28, 2),
        IsoField(104, "description", "交易和行业应用信息", "transaction and industry data", _ANS, 100, 3),
        IsoField(121, "answer_reason", "CUPS 保留", "why so answered", _ANS, 100, 3),
        IsoField(122, "acquirer_reserved", "受理方保留", "of the acquirer", _ANS, 100, 3),
        IsoField(123, "issuer_reserved", "发卡方保留", "of the issuer", _ANS, 100, 3),
        IsoField(128, "mac", "报文鉴别码", "MAC", _B, 8),
    ),
)
