"""The class of GET RESPONSE (取响应的类别), for every command whose answer can wait behind 61xx.

One rule over many rows: what waits is fetched under class 00 or under the class of the command it answers, in pieces
of either, under no other class, and a refusal costs nothing. Files: ``response-class.json`` beside each side's own.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from vectors.generate.build import ARQC, Json, call, gac1_data, send, standard, vector
from vectors.generate.items_and_requirements import for_items
from vectors.generate.vector_layout import layout

FOLDER = Path(__file__).parents[1]
FILE = "response-class.json"
STRICT: Json = {"chip": {"transmission": {"get_response": "class 00"}}}
_ZERO = "00"
# Classes that name no command of the card (90, A0, FF), and those that name others of it.
_CLASSES = ("00", "04", "80", "84", "90", "A0", "B0", "BF", "FF")
_CLAUSE = ["SSC-5 §6.6", "PBOC-3 §9.3.1.3", "ISO 7816-4"]
_BOTH = standard(
    "both specifications print class 00, ISO 7816-4 asks for the class of the command; programs that fetch by themselves "
    "follow ISO, a card in use takes both",
    "field",
)
_NO_OTHER = standard(
    "SSC-5 table 5, PBOC-3 §9.4: 6E00 class not supported; laboratories' cases expect it of class 80 after SELECT",
    "field",
)
_WRITTEN = standard("SSC-5 §6.6, PBOC-3 §9.3.1.3 read to the letter: class 00")


class Waiting(NamedTuple):
    """A command whose answer waits: ``length`` bytes of ``data`` (pattern).

    ``select``: how many bytes wait after the side's SELECT, where it is another number than for the side's other rows.
    ``live``: a real card bears it in any order.
    """

    name: str
    zh: str
    en: str
    command: str
    length: int
    data: str
    setup: tuple[Json, ...] = ()
    more: Json = {}  # noqa: RUF012 - never changed
    select: int = 0
    live: bool = False

    @property
    def own(self) -> str:
        """Its class."""
        return self.command[:2]

    @property
    def come(self) -> Json:
        """It is sent, and its answer waits."""
        return waits(self.command, self.length)


class Side(NamedTuple):
    """A side of the card: its file's head, its commands, and its SELECT (command, length of the answer)."""

    folder: str
    unit: str
    zh: str
    en: str
    profile: str
    setup: tuple[Json, ...]
    select: tuple[str, int]
    rows: tuple[Waiting, ...]


def waits(command: str, length: int) -> Json:
    """A command, and so many bytes wait."""
    return send(command, [{"sw": f"61{length:02X}", "data": ""}])


def refused(*classes: str, length: int) -> list[Json]:
    """GET RESPONSE under each class: unknown."""
    return [send(f"{cla}C00000{length:02X}", [{"sw": "6E00", "data": ""}]) for cla in classes]


def fetched(cla: str, length: int, data: str) -> Json:
    """GET RESPONSE under ``cla``: the (last) bytes."""
    return send(f"{cla}C00000{length:02X}", f"9000 {data}")


def others(*taken: str) -> tuple[str, ...]:
    """The classes that are not ``taken``."""
    return tuple(cla for cla in _CLASSES if cla not in taken)


def own_class(row: Waiting) -> list[Json]:
    """What waits is fetched under the command's class; then nothing waits, and that class has no GET RESPONSE."""
    return [row.come, fetched(row.own, row.length, row.data), *refused(row.own, length=row.length)]


def class_00(row: Waiting) -> list[Json]:
    """Every third class is refused and costs nothing: class 00 still finds all."""
    return [
        row.come,
        *refused(*others(_ZERO, row.own), length=row.length),
        fetched(_ZERO, row.length, row.data),
        send(f"00C00000{row.length:02X}", "6F00"),
    ]


def pieces(row: Waiting) -> list[Json]:
    """Piece by piece under either class; refusals between them (another class, too long) cost nothing."""
    left = row.length - 1
    stranger = others(_ZERO, row.own)[2]
    return [
        row.come,
        send(f"{row.own}C0000001", f"61{left:02X} [1]"),
        *refused(stranger, length=left),
        send(f"{row.own}C00000{left + 1:02X}", [{"sw": f"6C{left:02X}", "data": ""}]),
        send("00C0000001", f"61{left - 1:02X} [1]"),
        *refused(stranger, length=left - 1),
        fetched(row.own, left - 1, f"[{left - 1}]"),
    ]


def strict(row: Waiting) -> list[Json]:
    """By the letter: class 00 and no other, which costs nothing."""
    return [row.come, *refused(row.own, length=row.length), fetched(_ZERO, row.length, row.data)]


def next_command(row: Waiting, select: tuple[str, int]) -> list[Json]:
    """What waits behind a command of class 00 has class 00, whatever class was good before."""
    command, usual = select
    length = row.select or usual
    return [row.come, waits(command, length), *refused(row.own, length=length), fetched(_ZERO, length, f"[{length}]")]


_SHAPES = (
    ("00", "类别 00", "class 00", class_00, _NO_OTHER, {}),
    ("PIECES", "分次取出", "in pieces", pieces, _BOTH, {}),
)
_OWN_SHAPES = (
    ("OWN", "命令的类别", "the command's class", own_class, _BOTH, {}),
    ("STRICT", "只认类别 00", "class 00 alone, the other reading", strict, _WRITTEN, {"overrides": STRICT}),
)


def vectors(side: Side) -> list[Json]:
    """All vectors of a side."""
    found = []
    for row in side.rows:
        shapes = [
            (name, zh, en, shape(row), provenance, more)
            for name, zh, en, shape, provenance, more in (*_SHAPES, *(_OWN_SHAPES if row.own != _ZERO else ()))
        ]
        if row.own != _ZERO:
            steps = next_command(row, side.select)
            shapes.append(("NEXT", "换了命令", "after another command", steps, _NO_OTHER, {}))
        found += [
            vector(
                f"{side.unit}-{row.name}-{name}",
                f"{row.zh}：{zh}",
                f"{row.en}: {en}",
                steps,
                list(row.setup),
                provenance=provenance,
                live=row.live or None,
                **row.more,
                **more,
            )
            for name, zh, en, steps, provenance, more in shapes
        ]
    return found


SSSE_NAME = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
_TIME, _TERMINAL = "20240115093000", "310100000001"
_PARTS = "000003E8000000C8000007D0"
_LOAD, _PURCHASE = f"B02800010B0100002710{_TERMINAL}", f"B02801011301{_PARTS}{_TERMINAL}"
_ACCOUNT = (call("app(DF04)"), call("pin(ssse.pin)"))
_RICH = (*_ACCOUNT, call("load(00002710)"))

MANAGER = Side(
    "manager",
    "MF-CLASS",
    "主文件",
    "at the MF",
    "social-2.0",
    (),
    ("00A40000023F00", 4),
    (Waiting("SELECT", "选择主文件", "SELECT", "00A40000023F00", 4, "6F02A500", live=True),),
)
SSSE = Side(
    "ssse",
    "SSC-CLASS",
    "社保环境",
    "of the social side",
    "social-2.0",
    (call("ssse"),),
    (SSSE_NAME, 0x18),
    (
        Waiting(
            "SELECT",
            "选择文件",
            "SELECT",
            SSSE_NAME,
            0x18,
            "6F16840F 7378312E73682EC9E7BBE1B1A3D5CF A50388011E",
            live=True,
        ),
        Waiting(
            "INTERNAL",
            "内部鉴别",
            "INTERNAL AUTHENTICATION",
            "00880000109F4C21E07B3A58D63D1E8A6B70C2F495",
            8,
            "{=int_auth(IRK, 9F4C21E07B3A58D6, 3D1E8A6B70C2F495)}",
            live=True,
        ),
        Waiting("LOAD-INIT", "划入初始化", "INITIALIZE FOR LOAD", _LOAD, 0x10, "00000000 0000 .. 00 [4] [4]", _ACCOUNT),
        Waiting(
            "LOAD",
            "账户划入",
            "CREDIT FOR LOAD",
            f"B02A00000B{_TIME}{{load_mac2(DLK01, rand, seq, 00002710, {_TERMINAL}, {_TIME})}}",
            4,
            "[4]",
            (*_ACCOUNT, send(_LOAD, "9000 [4] {seq:2} .. .. {rand:4} [4]")),
        ),
        Waiting(
            "PURCHASE-INIT",
            "消费初始化",
            "INITIALIZE FOR PURCHASE",
            _PURCHASE,
            0x16,
            "00002710 [4] [4] [2] 0000 .. .. [4]",
            _RICH,
        ),
        Waiting(
            "PURCHASE",
            "医疗消费",
            "DEBIT FOR PURCHASE",
            f"B02C01000F00000005{_TIME}{{purchase_mac1(DPK01, rand, seq, 00000005, {_PARTS}, {_TERMINAL}, {_TIME})}}",
            8,
            "[4] [4]",
            (*_RICH, send(_PURCHASE, "9000 [4] [4] [4] [2] {seq:2} .. .. {rand:4}")),
        ),
        Waiting("PROOF", "取交易认证", "GET TRANSACTION PROOF", "B02E0031020000", 8, "[4] [4]", _RICH),
    ),
)
_ADF = "00A4040008A000000333010101"
_SKELETON: Json = {"profile": "../profiles/published-blank.toml"}
PSE = Side(
    "pse",
    "BANK-CLASS",
    "银行环境",
    "of the bank side",
    "profiles/lab.toml",
    (),
    (_ADF, 0x2A),
    (
        Waiting(
            "SELECT", "选择应用", "SELECT", _ADF, 0x2A, "6F28 8408A000000333010101 A51C [28]", (call("pse"),), live=True
        ),
        Waiting(
            "DIRECTORY",
            "选择目录",
            "SELECT of the directory",
            "00A404000E315041592E5359532E4444463031",
            0x1C,
            "6F1A 840E315041592E5359532E4444463031 A508 [8]",
            live=True,
        ),
        Waiting(
            "GPO",
            "取处理选项",
            "GET PROCESSING OPTIONS",
            "80A80000028300",
            0x18,
            "80167D00 [20]",
            (call("adf"),),
            live=True,
        ),
        Waiting(
            "INTERNAL",
            "内部认证",
            "INTERNAL AUTHENTICATE",
            "008800000411223344",
            0x83,
            "808180 [128]",
            (call("open"),),
            live=True,
        ),
        Waiting(
            "CRYPTOGRAM",
            "生成应用密文",
            "GENERATE AC",
            gac1_data(ARQC)[:-2],
            0x15,
            f"8013{ARQC:02X} [2] [8] 070101 [4] 01",
            (call("open"),),
            live=True,
        ),
        Waiting(
            "UPDATE",
            "初始化更新",
            "INITIALIZE UPDATE",
            "80500000080F1E2D3C4B5A6978",
            0x1C,
            "621234FFFFFF0000A1B2 0102 [2] [6] [8]",
            (call("born"), call("skeleton"), {"reset": "cold"}, call("adf")),
            _SKELETON,
            0x0E,  # no FCI has been stored yet: 6F, 84 with the name, A5 empty
        ),
    ),
)
_DELIVERED = (send("BFDE272410869931010000A1B29F4C21E07B3A58D6"),)
_TO_MAC = (send("BFDE260910869931010000A1B25AC3907E12F4B86D"),)  # PSAM-NUMBERS-04
_PSAM_NAME = "00A4040006D15600000590"
PSAM = Side(
    "psam",
    "PSAM-CLASS",
    "终端密钥卡",
    "of the PSAM",
    "../profiles/published-psam-3des.toml",
    (call("psam"),),
    (_PSAM_NAME, 0x0A),
    (
        Waiting("SELECT", "选择应用", "SELECT", _PSAM_NAME, 0x0A, "6F088406D15600000590", live=True),
        Waiting("CIPHER", "数据计算", "CIPHER DATA", "80FA0000083D1E8A6B70C2F495", 8, "9ABD282FEA9C3D2E", _DELIVERED),
        Waiting(
            "MAC",
            "计算MAC",
            "CIPHER DATA for a MAC",
            "80FA05001000000000000000008424000004800000",
            4,
            "F6636AAE",
            _TO_MAC,
        ),
        Waiting(
            "PURCHASE",
            "消费初始化",
            "INIT SAM FOR PURCHASE",
            "8070010024C7D1042E0001000003E8000000C8000007D032202401150930000100869931010000A1B2",
            8,
            "00000000 [4]",
        ),
    ),
)
_PKI_NAME = "00A404000C504B492EC9E7BBE1B1A3D5CF"
_CIPHER = (
    "804E000178C2020013C182007026091DAEA3BD570136BCDCAAD20B57E05448DEE716325FE64250985D02B4F732108BFE12F48DB5AA5B83CF"
    "6854344D4C6AD518A463B8039ED4B2394E8917F2758F54F35B1DAFE5A1AE639CA33FE0199E83B5D8DA751B4DBDEA397F3BE83894DC97E687"
    "8BA679DC63AE38507E7019571D"
)
PKI = Side(
    "pki",
    "PKI-CLASS",
    "证书环境",
    "of the PKI side",
    "social-3.0-pki",
    (call("pki_app"),),
    (_PKI_NAME, 0x16),
    (
        Waiting(
            "SELECT", "选择环境", "SELECT", _PKI_NAME, 0x16, "6F14840C504B492EC9E7BBE1B1A3D5CF730492023330", live=True
        ),
        Waiting(
            "DIGEST",
            "计算摘要",
            "SM3",
            "80C4010305C103123456",
            0x20,
            "3DE741F445DD357BEA4E6C3FE6437036F62B5E3EC0F00D62796EDB4305ED627F",
            live=True,
        ),
        Waiting(
            "DECIPHER",
            "私钥解密",
            "SM2 DECIPHER",
            _CIPHER,
            0x10,
            "467BF7F94976575A2ADD04A1AB25F25D",
            (call("user"), send("8040000008C0020012C2020013"), {"reset": "cold"}, call("pki_app"), call("user")),
            {
                "random": {
                    "pki": [
                        "00112233445566778899AABBCCDDEEFF",
                        "6ABE8238A8DB1C230FDC8BBFD3C0DE9210940638A5A43824065C61E011F65043",
                    ]
                }
            },
        ),
    ),
)
SIDES = (MANAGER, SSSE, PSE, PSAM, PKI)


def unit(side: Side) -> Json:
    """One file."""
    return {
        "unit": side.unit,
        "title": {"zh": f"取响应的类别：{side.zh}", "en": f"The class of GET RESPONSE, {side.en}"},
        "purpose": "What waits is fetched under class 00 or its command's class and no other; a refusal costs nothing.",
        "clause": _CLAUSE,
        "profile": side.profile,
        "provenance": _BOTH,
        "setup": list(side.setup),
        "vectors": vectors(side),
    }


def units() -> dict[str, Json]:
    """Every file, by its place in ``vectors``."""
    return {f"{side.folder}/{FILE}": for_items(unit(side)) for side in SIDES}


def write() -> None:
    """Write them."""
    for name, content in units().items():
        (FOLDER / name).write_text(layout(content), encoding="utf-8")
