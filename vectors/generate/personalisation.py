"""Personalisation of the bank side (个人化): skeleton under the master key, contents over the channel.

The published session (PBOC-10 §8, EMV CPS 3.2) byte for byte; what is not published is computed with pyemv from the
published session keys. The card's random numbers are scripted so that those keys come out.
"""

from __future__ import annotations

import warnings

from vectors.generate.build import (
    AID,
    APPROVED,
    NORMAL,
    Json,
    Unit,
    call,
    gpo,
    select,
    send,
    standard,
    values,
    vector,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # the package imports TripleDES from its old place
    import pyemv

BLANK = "../profiles/published-blank.toml"
PMK = "tdes(D80E6B2A94F3175C40B96E1F8A23C7D5)"
ENC, MAC, DEK = (
    bytes.fromhex(text)
    for text in (
        "4CF1C412A588E81B4970E550740F775F",
        "BA3D67B65EE47484847F109F7032CB95",
        "ACF657367273A85044A242F1A953F3EC",
    )
)
HOST = bytes.fromhex("91A7C1C1DF28FBA8")
RANDOM, CHALLENGE = "5AC3907E12F4B86D", "8D3A51E0F792"
SCRIPTED = {"pse": [*[RANDOM] * 4, CHALLENGE]}
UPDATE = "80500000080F1E2D3C4B5A697800"
P = int(
    "F564A3568A663339D6B4D4E0EBA77D76E6F016130557DA7AD81F18AB0868A2D57CF920124C47A899A42D669F443CFF7D37EC71D03F8967204"
    "BF5D97754D1EBD1",
    16,
)
N = int(
    "CE33CF35C4653A6CB4623C00A19C7732546A1CCB1A9BFB6FF0E704BE83058D9922154D9FB6A413EABE31D71FB1B7CE0B7849089AA67FF6B434"
    "58B2BBD0A1A1198C0B21895C82A187F4EF983695B519C282DC2775CFA40950FACC39648AD3CF38441B00C2C5ADB9A441CC540DA19352A1D5E3"
    "0B4E2164204727F6CABDC2ACDD2D",
    16,
)
Q = N // P
PARTS = {
    dgi: number.to_bytes(64, "big").hex().upper() + "8000000000000000"
    for dgi, number in (
        ("8205", P),
        ("8204", Q),
        ("8203", pow(3, -1, P - 1)),
        ("8202", pow(3, -1, Q - 1)),
        ("8201", pow(Q, -1, P)),
    )
}
CDOL1 = "9F02069F03069F1A0295055F2A029A039C019F3704"
KEYS = "1052583E2A68CBB5FE4A25A416A89E2AD5D5AE1FEA29A8FD31EF703DEAC4C407B651C83E326DF75D19D367B6D38A0BA2"
TRACK = "702757136212340100000042194D29122200000000000F5F2002202F9F1F0A30303030303030303030"
FCI = "A514500A50424F432044454249548701015F2D027A68"
SIGNED = "5A0A6212340100000042194F5F24032912319F0D0500000000009F0E0500000000009F0F050000000000"
LISTS = f"8C15{CDOL1}8D178A02{CDOL1}9F08020020"
WHOLE = (
    ("9104", "82025C00940808010100" + "18010201"),
    ("9102", FCI),
    ("0101", TRACK),
    ("0301", f"70{len(SIGNED) // 2:02X}{SIGNED}"),
    ("0302", f"70{len(LISTS) // 2:02X}{LISTS}"),
    ("0E01", "9F510201569F52020000"),
    ("9200", "9F10080701010300000001"),
)
_PUBLISHED = (
    "84E200003401012970275713621234010000" + "0042194D29122200000000000F5F2002202F9F1F0A303030303030303030309071BB62DE33781B",
    "84E260013B8000302F53035CAC20ABEA8AC6B9AFF655EF904576D92A970A9ECE1973D2006A119AD269F68B661DA13231232BCF65F3033741532AC1B0B5D49F5B",
    "84E200021490000963D8759CA407881F65F00226CB69DEB42B",
    "84E2600313801008859E4A538A6DB8F8895C7C96E8FBABEC",
    "84E200040D9010020303B950846CB161B19B",
    "84E26005538205481C28972EE856EBE8C5BD3B2C99701D346C7F00CE0B754F7BDFAAD01A71220EDC16968200560C2F68CC40325D6ECD3DE7764E8AE0551CF8B028642E31BAD63EEECCDC7313EF60EBC9F9BDB0693333C9E7",
)  # fmt: skip
_PUBLISHED_MACS = ("0F146C78DDEFCF7D", "E6E1484CFF3E889B", "2699367DF2376EC8", "22FBDC9031264AC7")
_PUBLISHED_LAST = "84E2800A21910216A514500A50424F432044454249548701015F2D027A68A9C86E9852F554DB"


def _tdes(key: bytes, data: bytes) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pyemv.tools.encrypt_tdes_ecb(key, data)


def _retail(data: bytes) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pyemv.mac.mac_iso9797_3(MAC[:8], MAC[8:], data, 2)


class Channel:
    """The bureau's end of a channel at level 00 or 01: each call gives the next command."""

    def __init__(self, level: int = 1) -> None:
        header = bytes((0x84, 0x82, level, 0, 0x10))
        self._previous = _retail(header + HOST)
        self._level, self.number = level, 0
        self.opening = (header + HOST + self._previous).hex().upper()

    def store(self, dgi: str, value: str, *, secret: bool = False, last: bool = False) -> str:
        """STORE DATA of one group."""
        data = _tdes(DEK, bytes.fromhex(value)).hex().upper() if secret else value
        size = len(data) // 2
        return self.raw((0x60 if secret else 0) | (0x80 if last else 0), f"{dgi}{size:02X}{data}")

    def raw(self, p1: int, data: str) -> str:
        """STORE DATA of any data."""
        body = bytes.fromhex(data)
        number, self.number = self.number, self.number + 1
        if self._level == 0:
            return f"80E2{p1:02X}{number:02X}{len(body):02X}{data}"
        header = bytes((0x84, 0xE2, p1, number, len(body) + 8))
        self._previous = _retail(self._previous + header + body)
        return (header + body + self._previous).hex().upper()

    def whole(self, *, last: bool = True) -> list[Json]:
        """Everything a small card needs, the last group ending it."""
        steps = [send(self.store(dgi, value)) for dgi, value in WHOLE[:-1]]
        steps += [send(self.store("8000", KEYS, secret=True)), send(self.store("9000", "63D8759CA407881F65"))]
        return [*steps, send(self.store(*WHOLE[-1], last=last))]


_FIRST = Channel()
if not _FIRST.opening.endswith("71AB06BE110EC8DF"):
    raise AssertionError("the C-MAC of the published opening does not come out")
OPENED = call("channel")


def published() -> list[Json]:
    """The published bytes."""
    opening = [select(), send(UPDATE, "9000 621234FFFFFF0000A1B2 01020001 8D3A51E0F792 6DEAB11ABEF57E20")]
    keys = (
        "84D40000244C49D3DF97E5517F60FF964A7B69468032CB062E42F287EB0CB8DBA46035A667B6107928",
        "84D4000024DF4AEC7F106D2C266CAC369CB43F23F2B8E0BD69E799F312CF8B383249C114607A7B14C4",
        "84D40000240C7FF7D56B7AE374E01CD768D0350FEFA39293A0972EB9162B93DF1B6472FB98437BF3AC",
    )
    drawn = send("0084000008", f"9000 {RANDOM}")
    channel, parts = Channel(), []
    for command in _PUBLISHED:
        if channel.raw(int(command[4:6], 16), command[10:-16]) != command:
            raise AssertionError(f"published {command} does not come out")
    for dgi, mac in zip(list(PARTS)[1:], _PUBLISHED_MACS, strict=True):
        parts.append(channel.store(dgi, PARTS[dgi], secret=True))
        if not parts[-1].endswith(mac):
            raise AssertionError(f"published C-MAC {mac} does not come out")
    return [
        vector("GRH-SKELETON", "公布的骨架", "the published skeleton", [
            call("pse"), drawn, send("0082000008AFA839119EDD1350"),
            send("80E0010018000000FF01DFB1020000000000000000" + AID),
            *[step for key in keys for step in (drawn, send(key))],
            send("80E006000A621234FFFFFF0000A1B2")], random=SCRIPTED),
        vector("GRH-SESSION", "公布的个人化会话", "the published session; the last command lacks the groups not published", [
            *opening, send(_FIRST.opening), *[send(each) for each in (*_PUBLISHED, *parts)],
            send(_PUBLISHED_LAST, "6A80")], [call("skeleton")], random=SCRIPTED),
        vector("GRH-LEVEL-03", "公布的级别 03", "the published commands at level 03", [
            *opening, send("848203001091A7C1C1DF28FBA812EC6B25C13D6DAD"),
            send("84E20000389FCDF5A0DCBAEDEDA6FEBA98289B81D47841E969B820B8927EF912C99437AFA9B2BCB1A6930DC8A1C79D9E564010BAD3A8BD978DDC68F4DC"),
            send("84E26001400D8DC5C336740CA3DB6B336526D72672637E5818277CD84ABC77C51602FB901152904C4C8D50E615C76BD5EBDA259B465992291555F1D7EC6F8DE134B9D9B5ED")],
            [call("skeleton")], random=SCRIPTED),
    ]  # fmt: skip


def made() -> list[Json]:
    """A small card made to its end, and used."""
    terminal = values("5C00")
    formula = f"bank_ac(tdes(1052583E2A68CBB5FE4A25A416A89E2A), {terminal.signed}, 5C00, atc, 03A01000)"
    use = [
        select("9000"),
        gpo("9000 800A 5C00 0801010018010201"),
        send(f"80AE80001D{NORMAL.signed}00", f"9000 8013 80 {{atc:2}} {{ac={formula}}} 07010103A0100001"),
        send(f"008200000A{{arpc(tdes(1052583E2A68CBB5FE4A25A416A89E2A), atc, ac, {APPROVED})}}{APPROVED}"),
        send(f"80AE40001F{APPROVED}{NORMAL.signed}00", "9000 8013 40 *"),
    ]
    return [
        vector(
            f"GRH-MADE-0{level}",
            f"级别 0{level} 个人化并使用",
            f"made at level 0{level}; the card answers with the keys of group 8000",
            [*Channel(level).whole(), call("closed"), *use],
            [call("skeleton"), call("update"), send(Channel(level).opening)],
            random=SCRIPTED,
        )
        for level in (0, 1)
    ]


def channel_words() -> list[Json]:
    """The words of the channel's commands."""
    zero16 = "00" * 16
    setup = [call("skeleton")]
    update, opened = [*setup, call("update")], [*setup, OPENED]
    plain = [*setup, call("update"), send(Channel(0).opening)]
    rows: list[tuple[str, str, str, list[Json], list[Json]]] = [
        ("INIT-9000", "初始化更新", "INITIALIZE UPDATE", [send(UPDATE, "9000 621234FFFFFF0000A1B2 0102 0001 [6] [8]")], [*setup, call("adf")]),
        ("INIT-VERSION", "指定版本", "version 01 asked for", [send("8050010008" + "00" * 8 + "00", "9000 [28]")], [*setup, call("adf")]),
        ("INIT-6A88", "无此版本", "no such key version", [send("8050020008" + "00" * 8 + "00", "6A88")], [*setup, call("adf")]),
        ("INIT-6A88-KEYDATA", "尚无 KEYDATA", "no KEYDATA yet", [send(UPDATE, "6A88")], [call("proved")]),
        ("INIT-6700", "长度错误", "wrong length", [send("8050000007" + "00" * 7, "6700")], [*setup, call("adf")]),
        ("INIT-6A86", "P2 错误", "P2 01", [send("8050000108" + "00" * 8, "6A86")], [*setup, call("adf")]),
        ("INIT-6E00", "类别错误", "class 00", [send("0050000008" + "00" * 8, "6E00")], [*setup, call("adf")]),
        ("INIT-COUNTER", "计数器只因成功打开而增", "the counter moves with a good opening only", [send(UPDATE, "9000 [12] 0001 [14]"), send("8482010010" + zero16, "6300"), send(UPDATE, "9000 [12] 0001 [14]")], [*setup, call("adf")]),
        ("INIT-COUNTER-2", "成功打开后计数", "a good opening has moved it", [call("adf"), send(UPDATE, "9000 [12] 0002 [14]")], opened),
        ("EXT-9000", "打开通道", "the channel opens", [send(_FIRST.opening)], update),
        ("EXT-9000-00", "级别 00", "level 00", [send(Channel(0).opening)], update),
        ("EXT-6300", "主机密文错误", "wrong host cryptogram; the next must be INITIALIZE UPDATE", [send("8482010010" + "00" * 8 + "71AB06BE110EC8DF", "6300"), send(_FIRST.opening, "6985")], update),
        ("EXT-6982", "C-MAC 错误", "wrong C-MAC", [send("848201001091A7C1C1DF28FBA8" + "00" * 8, "6982")], update),
        ("EXT-6985", "未初始化更新", "no INITIALIZE UPDATE before", [send(_FIRST.opening, "6985")], [*setup, call("adf")]),
        ("EXT-6983", "失败十次", "ten failures", [*[step for _ in range(10) for step in (send(UPDATE), send("8482010010" + zero16, "6300"))], send(UPDATE), send("8482010010" + zero16, "6983")], [*setup, call("adf")]),
        ("EXT-6700", "长度错误", "wrong length", [send("848201000F" + "00" * 15, "6700")], update),
        ("EXT-6A86", "级别不存在", "no such level", [send("8482020010" + zero16, "6A86")], update),
        ("EXT-6E00", "类别错误", "class 04", [send("0482010010" + zero16, "6E00")], update),
        ("STORE-6985", "通道未打开", "no open channel", [send("80E20000059010020303", "6985"), send("84E200000D9010020303" + "00" * 8, "6985")], [*setup, call("adf")]),
        ("STORE-6982", "C-MAC 错误", "a wrong C-MAC closes the channel", [send("84E200000D9010020303" + "00" * 8, "6982"), send("84E200000D9010020303" + "00" * 8, "6985")], opened),
        ("STORE-6982-80", "缺 C-MAC", "a missing C-MAC closes the channel", [send("80E20000059010020303", "6982"), send("80E20000059010020303", "6985")], opened),
        ("STORE-6700", "放不下 C-MAC", "no room for a C-MAC", [send("84E2000005" + "00" * 5, "6700")], opened),
        ("STORE-6700-80", "无数据", "no data", [send("80E20000", "6700"), send("84E20000", "6700")], opened),
        ("STORE-6A86", "P1 保留位", "reserved bits of P1", [send("84E201000D9010020303" + "00" * 8, "6A86"), send("80E20100059010020303", "6A86")], opened),
        ("STORE-6E00", "类别错误", "class 00", [send("00E200000D9010020303" + "00" * 8, "6E00")], opened),
        ("STORE-SELECT", "选择关闭通道", "SELECT closes the channel", [call("adf"), send(Channel().store("9010", "0303"), "6985")], opened),
    ]  # fmt: skip
    late = Channel()
    late.number = 1
    rows.append(("STORE-6A86-NUMBER", "P2 不连续", "P2 out of sequence", [send(late.store("9010", "0303"), "6A86")], opened))  # fmt: skip
    for name, zh, en, dgi, value, secret, sw in (
        ("6A88-9103", "未知分组", "unknown group 9103", "9103", "00", False, "6A88"),
        ("6A88-9206", "未知分组", "unknown group 9206", "9206", "00", False, "6A88"),
        ("6A80-PLAIN", "密钥未加密", "keys not enciphered", "8000", KEYS, False, "6A80"),
        ("6A80-LENGTH", "密钥长度", "keys too short", "8000", KEYS[:64], True, "6A80"),
        ("6A80-KCV", "校验值早于密钥", "check values before keys", "9000", "00" * 9, False, "6A80"),
        ("6A80-70", "记录无模板", "a record without template 70", "0101", "5F2002202F", False, "6A80"),
        ("6A80-TLV", "TLV 不全", "TLV that does not add up", "0101", "70065F2002202F", False, "6A80"),
        ("6A80-TAG", "要素长度", "an element too short", "0101", "70045F200120", False, "6A80"),
        ("6A80-TRIES", "次数大于上限", "try counter above its limit", "9010", "0403", False, "6A80"),
        ("6A80-PIN", "密码块无效", "no PIN block", "8010", "FF" * 8, True, "6A80"),
        ("9000", "一条记录", "a record", "0101", "70055F2002202F", False, "9000"),
    ):
        for level, way in ((1, opened), (0, plain)):
            step = send(Channel(level).store(dgi, value, secret=secret), sw)
            rows.append((f"STORE-{name}-0{level}", zh, en, [step], way))
    chained = Channel()
    rows.append(("STORE-CHAIN", "拒绝后 MAC 链继续", "the chain goes on over a refused group, its number is used again",
                 _refused_then_good(chained), opened))  # fmt: skip
    several = Channel()
    rows.append(("STORE-ALL-OR-NOTHING", "多组全有或全无", "several groups in one command are one",
                 [send(several.raw(0, "9010020303" + "9103020303"), "6A88")], opened))  # fmt: skip
    source = standard("EMV CPS 3.2, 5.4; words as secure channel cards give them", "inferred", "medium")
    return [
        vector(f"GRH-{name}", zh, en, steps, before, random=SCRIPTED, provenance=source)
        for name, zh, en, steps, before in rows
    ]


_SECOND = "70078F01F29F320103"
_E_CASH = "A000000333010106"
_E_CASH_OPENED = [
    call("proved"),
    send("80E0010018000000FF01DFB1020000000000000000" + _E_CASH),
    call("bank_key(100101EF33000010, 6492080240A8F6DA7061322B3A7FE419)"),
    call("bank_key(110101EF33000010, EE3FC8A80813FC5975C1A77A827D746D)"),
    call("bank_key(120101EF33000010, 3093CE763D7E10C82A4AB8FCC85FCC8B)"),
    send("80E006000A621234FFFFFF0000A1B2"),
    select(name=_E_CASH),
    send(UPDATE, "9000 621234FFFFFF0000A1B2 0102 [2] [6] [8]"),
    send("848201001091A7C1C1DF28FBA871AB06BE110EC8DF"),
]


def _again(channel: Channel, dgi: str) -> str:
    """A record behind a refused command, which does not count."""
    channel.number -= 1
    return channel.store(dgi, _SECOND)


def issued() -> list[Json]:
    """Groups that programs for issued cards send, and PBOC-10's tables do not list."""
    opened = [call("skeleton"), OPENED]
    source = standard("PBOC-10 §6.4: first byte SFI, second record; issuing programs", "field")
    found = [
        vector(f"GRH-RECORD-{dgi}", f"记录 {dgi}", f"record group {dgi}", [send(Channel().store(dgi, _SECOND))], opened, random=SCRIPTED, provenance=source)
        for dgi in ("0104", "0206", "0207", "0402", "0601", "0A01", "01FF")
    ]  # fmt: skip
    found += [
        vector(f"GRH-E-CASH-{dgi}", f"电子现金应用 {dgi}", f"{dgi} in the e-cash application, which this card does not know; 0208 is a record there too", [
            send(channel.store(dgi, _SECOND), "6A88"), send(_again(channel, "0208"))], _E_CASH_OPENED, random=SCRIPTED,
            provenance=standard("one issuing program has e-cash in 0206 and 0207; PBOC-5 table 6 has no e-cash", "field", "medium"))
        for dgi, channel in (("0206", Channel()), ("0207", Channel()))
    ]  # fmt: skip
    found += [
        vector(f"GRH-6A88-{dgi}", f"未知分组 {dgi}", f"{dgi}: {why}", [send(Channel().store(dgi, _SECOND), "6A88")], opened, random=SCRIPTED, provenance=source)
        for dgi, why in (("0100", "no record 00"), ("0B01", "the log's file, which the card alone writes"), ("1F01", "no file 1F"))
    ]  # fmt: skip
    for name, zh, value in (
        ("A5", "模板 A5", FCI),
        ("BARE", "无模板", FCI[4:]),
        ("6F", "完整 FCI", f"6F{len(FCI) // 2 + 10:02X}8408{AID}{FCI}"),
        ("6F-OTHER", "完整 FCI，另一名称", f"6F{len(FCI) // 2 + 10:02X}8408{AID[:-2]}02{FCI}"),
    ):
        channel = Channel()
        steps = [send(channel.store(dgi, value if dgi == "9102" else each)) for dgi, each in WHOLE[:-1]]
        steps += [send(channel.store("8000", KEYS, secret=True)), send(channel.store("9000", "63D8759CA407881F65"))]
        steps.append(send(channel.store(*WHOLE[-1], last=True)))
        shown = send(f"00A4040008{AID}00", f"9000 6F[1] 8408{AID} {FCI}")
        found.append(
            vector(f"GRH-FCI-{name}", f"FCI：{zh}", f"group 9102, {name}: SELECT answers the same FCI", [*steps, shown],
                   opened, random=SCRIPTED, provenance=standard("personalisation scripts send it in all three forms", "field"))
        )  # fmt: skip
    return found


def _refused_then_good(channel: Channel) -> list[Json]:
    first = send(channel.store("9103", "00"), "6A88")
    channel.number = 0  # a refused command does not count
    return [first, send(channel.store("9010", "0303"))]


def incomplete() -> list[Json]:
    """The last STORE DATA of a card that lacks something: 6A80, and the channel may be used on."""
    found = []
    for missing in ("9104", "9102", "0101", "0301", "0302", "9200", "8000"):
        channel = Channel()
        steps = [send(channel.store(dgi, value)) for dgi, value in WHOLE if dgi != missing]
        if missing != "8000":
            steps.append(send(channel.store("8000", KEYS, secret=True)))
        steps.append(send(channel.store("9010", "0303", last=True), "6A80"))
        found.append(
            vector(
                f"GRH-INCOMPLETE-{missing}",
                f"缺少 {missing}",
                f"ended without group {missing}",
                [*steps, send(UPDATE)],
                [call("skeleton"), OPENED],
                random=SCRIPTED,
            )
        )
    return found


def _with(changed: dict[str, str]) -> list[Json]:
    """The whole small card with other groups, up to its last command."""
    channel = Channel()
    steps = [send(channel.store(dgi, changed.get(dgi, value))) for dgi, value in WHOLE]
    steps.append(send(channel.store("8000", KEYS, secret=True)))
    return [*steps, send(channel.store("9010", "0303", last=True), "6A80" if changed else "9000")]


def _lists(first: str, second: str) -> str:
    """Group 0302 with other ends of CDOL1 and CDOL2."""
    lists = "".join(
        f"{tag}{len(raw) // 2:02X}{raw}" for tag, raw in (("8C", CDOL1 + first), ("8D", f"8A02{CDOL1}{second}"))
    )
    record = f"{lists}9F08020020"
    return f"70{len(record) // 2:02X}{record}"


def overlong() -> list[Json]:
    """Lists that ask for more data than a command brings: 255 bytes, 252 behind 83 81 and their number."""
    rows = (
        ("9F38", {"9102": f"A51A{FCI[4:]}9F38039F37FD"}),
        ("8C", {"0302": _lists("9F50E3", "")}),
        ("8D", {"0302": _lists("", "9F50E1")}),
    )
    return [
        vector(
            f"GRH-LIST-{tag}",
            f"{tag} 要求的数据过长",
            f"the list in {tag} asks for more than a command brings: such a card never comes into use",
            _with(changed),
            [call("skeleton"), OPENED],
            random=SCRIPTED,
            provenance=standard(
                "EMV book 3 §5.4; ISO 7816-3 §12.1; that the card refuses: inferred", "inferred", "medium"
            ),
        )
        for tag, changed in rows
    ]


def master() -> list[Json]:
    """Commands under the environment's master key."""
    create = "80E0010018000000FF01DFB1020000000000000000" + AID
    proved, bare = [call("proved")], [call("pse")]
    challenge = call("challenge")
    header, key = "100101EF33000010", "6492080240A8F6DA7061322B3A7FE419"
    application = [call("proved"), send(create)]
    other = "80E0010018000000FF01DFB2020000000000000000" + AID[:-2] + "02"
    rows: list[tuple[str, str, str, list[Json], list[Json]]] = [
        ("RANDOM-8", "8 字节随机数", "8 random bytes", [send("0084000008", "9000 [8]")], bare),
        ("RANDOM-4", "4 字节随机数", "4 random bytes", [send("0084000004", "9000 [4]")], bare),
        ("RANDOM-6700", "其他长度", "another length", [send("0084000005", "6700")], bare),
        ("RANDOM-6A86", "P1 错误", "P1 01", [send("0084010008", "6A86")], bare),
        ("RANDOM-6E00", "类别错误", "class 80", [send("8084000008", "6E00")], bare),
        ("PROOF-9000", "主控密钥", "the master key", [challenge, send(f"0082000008{{bank_auth({PMK})}}")], bare),
        ("PROOF-63CX", "错误计数", "wrong proofs cost tries; then 6983", [step for sw in ("63C2", "63C1", "63C0", "6983") for step in (challenge, send("0082000008" + "00" * 8, sw))], bare),
        ("PROOF-ONCE", "随机数只用一次", "a random number serves once", [challenge, send(f"0082000008{{bank_auth({PMK})}}"), send(f"0082000008{{bank_auth({PMK})}}", "6984")], bare),
        ("PROOF-6984", "无随机数", "no random number before", [send("0082000008" + "00" * 8, "6984")], bare),
        ("PROOF-6700", "长度错误", "wrong length", [send("0082000007" + "00" * 7, "6700")], bare),
        ("PROOF-6A86", "P1 错误", "P1 01", [send("0082010008" + "00" * 8, "6A86")], bare),
        ("PROOF-6E00", "类别错误", "class 80", [send("8082000008" + "00" * 8, "6E00")], bare),
        ("PROOF-ENDS", "选择后失效", "SELECT ends the right", [call("pse"), send("80E00200", "6982")], proved),
        ("CREATE-9000", "建立应用", "an application", [send(create)], proved),
        ("CREATE-6982", "未认证", "without the master key", [send(create, "6982")], bare),
        ("CREATE-6A89-FID", "标识已用", "the identifier is taken", [call("pse"), call("proved"), send(create[:-2] + "02", "6A89")], application),
        ("CREATE-6A89-NAME", "名称已用", "the name is taken", [call("proved"), send("80E0010018000000FF01DFB2020000000000000000" + AID, "6A89")], application),
        ("CREATE-SECOND", "第二个应用", "a second application", [call("proved"), send(other)], application),
        ("CREATE-6A80", "不是应用", "not an application", [send("80E0010018000000FF01DFB2010000000000000000" + AID, "6A80")], proved),
        ("CREATE-6700", "长度错误", "too short", [send("80E00100020000", "6700")], proved),
        ("CREATE-6A86", "P1 错误", "P1 7F", [send("80E07F0018" + "00" * 24, "6A86")], proved),
        ("CREATE-6E00", "类别错误", "class 00", [send("00E0010018" + "00" * 24, "6E00")], proved),
        ("END-9000", "结束", "END: the master key's commands are gone", [send("80E00200"), send("0084000008", "6D00")], [call("skeleton"), call("proved")]),
        ("END-6982", "未认证", "without the master key", [send("80E00200", "6982")], bare),
        ("END-6985", "在应用中", "in an application", [send("80E00200", "6985")], application),
        ("END-6700", "带数据", "with data", [send("80E002000100", "6700")], proved),
        ("KEYDATA-9000", "KEYDATA", "KEYDATA", [send("80E006000A621234FFFFFF0000A1B2")], application),
        ("KEYDATA-6982", "未认证", "without the master key", [send("80E006000A" + "00" * 10, "6982")], bare),
        ("KEYDATA-6700", "长度错误", "wrong length", [send("80E006000900" + "00" * 8, "6700")], proved),
        ("DELETE-APP", "删除应用", "an unfinished application is deleted", [call("proved"), send("80E1000202DFB1"), select("6A82")], application),
        ("DELETE-APP-CUT", "删除含密钥的应用时断电", "an application with a key is deleted and power is cut: all of it is there or none", [call(f"bank_key({header}, {key})"), call("proved"), send("80E1000202DFB1", cut={"tick": "each"}), {"state": {"atomic": ["pse"]}}], application),
        ("DELETE-APP-6982", "未认证", "without the master key", [send("80E1000202DFB1", "6982")], bare),
        ("DELETE-APP-6A82", "不存在", "no such application", [send("80E1000202DFB7", "6A82")], proved),
        ("DELETE-APP-6985", "不是应用", "the environment itself by P2 02", [send("80E1000202DDF2", "6985")], proved),
        ("DELETE-ENV", "删除环境", "the environment deletes itself", [send("80E1000102DDF2")], proved),
        ("DELETE-ENV-6982", "未认证", "without the master key", [send("80E1000102DDF2", "6982")], bare),
        ("DELETE-ENV-6A82", "在应用中", "not while an application is current", [send("80E1000102DDF2", "6A82")], application),
        ("DELETE-EF-6982", "未认证", "without the master key", [send("80E1000302EF0B", "6982")], bare),
        ("DELETE-EF-6A82", "不存在", "no such file", [send("80E1000302EF0B", "6A82")], application),
        ("DELETE-EF", "删除文件", "a file is deleted", [send("80E0010010" + "00000001C4EF0BC7000B002D0000EFEF"), send("80E1000302EF0B"), send("80E1000302EF0B", "6A82")], application),
        ("DELETE-6700", "长度错误", "wrong length", [send(f"80E1000{p2}03000000", "6700") for p2 in (1, 2, 3)], proved),
        ("DELETE-6A86", "P2 错误", "P2 04", [send("80E1000402DFB1", "6A86")], proved),
        ("DELETE-6E00", "类别错误", "class 00", [send("00E1000202DFB1", "6E00")], proved),
        ("KEY-84", "加密带 MAC", "enciphered with MAC", [call(f"bank_key({header}, {key})")], application),
        ("KEY-80", "仅加密", "enciphered", [send(f"80D4000020{{wrap({PMK}, {header}, {key})}}")], application),
        ("KEY-04", "明文带 MAC", "plain with MAC", [challenge, send(f"{{static({PMK}, 04D40000, {header}{key})}}")], application),
        ("KEY-00", "明文", "plain", [send(f"00D4000018{header}{key}")], application),
        ("KEY-MASTER", "更换主控密钥", "the master key is replaced", [challenge, send(f"{{load_key({PMK}, 000000EF3300FF10, {key})}}"), call("pse"), challenge, send(f"0082000008{{bank_auth(tdes({key}))}}")], proved),
        ("KEY-6982", "未认证", "without the master key", [send(f"{cla}D400000000"[:8] + size + "00" * int(size, 16), "6982") for cla, size in (("84", "24"), ("80", "20"), ("04", "1C"), ("00", "18"))], bare),
        ("KEY-6984", "无随机数", "no random number before", [send("84D4000024" + "00" * 36, "6984"), send("04D400001C" + "00" * 28, "6984")], application),
        ("KEY-6987", "主控密钥须加密带 MAC", "a master key in a lesser form", [send(f"{cla}D4010018" + "00" * 24, "6987") for cla in ("00", "04", "80")], proved),
        ("KEY-6988", "MAC 错误", "wrong MAC", [challenge, send(f"{{flip(load_key({PMK}, {header}, {key}))}}", "6988"), challenge, send(f"{{flip(static({PMK}, 04D40000, {header}{key}))}}", "6988")], application),
        ("KEY-6988-80", "密文无效", "cipher text that does not decipher", [send("80D4000020" + "00" * 32, "6988")], application),
        ("KEY-6A80", "密钥类型错误", "no channel key", [challenge, send(f"{{load_key({PMK}, 150101EF33000010, {key})}}", "6A80"), send(f"00D4000018150101EF33000010{key}", "6A80"), send(f"80D4000020{{wrap({PMK}, 150101EF33000010, {key})}}", "6A80"), challenge, send(f"{{static({PMK}, 04D40000, 150101EF33000010{key})}}", "6A80")], application),
        ("KEY-6700", "长度错误", "wrong length", [send(f"{cla}D4000010" + "00" * 16, "6700") for cla in ("00", "04", "80", "84")], application),
        ("KEY-6A86", "P1 错误", "P1 02", [send(f"{cla}D4020018" + "00" * 24, "6A86") for cla in ("00", "04", "80", "84")], application),
        ("KEY-6E00", "类别错误", "another class", [send("10D4000018" + "00" * 24, "6E00")], application),
    ]  # fmt: skip
    source = standard(
        "SSC-10 §5.2 names the commands; which word each refusal has is the dialect's", "inferred", "medium"
    )
    return [vector(f"GRH-{name}", zh, en, steps, before, provenance=source) for name, zh, en, steps, before in rows]


def unit() -> Unit:
    """The file."""
    return Unit(
        "personalisation.json",
        "BANK-PERSO",
        "银行环境个人化",
        "Personalisation of the bank side",
        "From a blank chip to an application in use: the published session, each word of the channel and of the commands "
        "under the master key.",
        ["PBOC-10 §6", "PBOC-10 §8", "EMV CPS 3.2", "SSC-10 §5.2"],
        standard("the published session", "published", computed_by="pyemv where nothing is published"),
        [*published(), *made(), *channel_words(), *incomplete(), *issued(), *overlong(), *master()],
        BLANK,
        setup=(call("born"),),
    )
