"""Bank cards as they were recorded: what the payment directory says, what stands in FCI, lists and records, and a
terminal that reads one from its directory to its cryptogram. Bytes of banks are taken over, accounts are invented.
"""

from __future__ import annotations

from vectors.generate.build import AID, ARQC, PSE, Json, Unit, call, send, standard, values, vector

_SSSE, _MF = "7378312E73682EC9E7BBE1B1A3D5CF", "00A40000023F0000"
_LABEL = "500A50424F43204445424954"
_LONG_LABEL = "556E696F6E506179204465626974"
_SELECT_PSE = f"00A404000E{PSE}00"
_AFL = "08010100 08030300 10010500 18010201 20010100"


def _seen(where: str) -> Json:
    return standard(f"PBOC-3 tables 42 to 47 leave it to the issuer; {where}", "field")


_FCIS = (
    # name, what it is, fields of the directory, A5, where it was seen
    ("SHORTEST", "仅目录文件标识", "nothing but the file's identifier, SFI 0A", {"sfi": 10, "fci": ["88"]}, "88010A", "recorded answer of an issued card"),
    ("LANGUAGE", "首选语言", "the language besides", {}, "880101 5F2D027A68", "recorded answers of issued cards, and two issuing programs"),
    ("LOG", "代码表与日志入口", "code table, and the log's entry in BF0C", {"fci": ["88", "5F2D", "9F11"], "elements": {"9F11": "01"}, "discretionary": "9F4D020B0A"}, "880101 5F2D027A68 9F110101 BF0C05 9F4D020B0A", "recorded answer of an issued card"),
    ("LOAD-LOG", "两个日志入口", "entries of two logs in BF0C", {"discretionary": "9F4D020B0ADF4D020C0A"}, "880101 5F2D027A68 BF0C0A 9F4D020B0A DF4D020C0A", "a card in the test of a card maker's TLV parser"),
    ("ISSUERS", "发卡行自定义数据", "two languages, and the issuer's own data before the log's entry (a bank's letters, here TEST)", {"fci": ["88", "5F2D", "9F11"], "elements": {"5F2D": "7A68656E", "9F11": "01"}, "discretionary": "D1023132C204544553549F4D020B0A"}, "880101 5F2D047A68656E 9F110101 BF0C0F D1023132 C20454455354 9F4D020B0A", "answer of an issued card in a test program of a terminal maker"),
    ("FOUR-LANGUAGES", "四种语言", "four languages", {"fci": ["88", "5F2D", "9F11"], "elements": {"5F2D": "7A68656E66726465", "9F11": "01"}}, "880101 5F2D087A68656E66726465 9F110101", "an issuing script for an applet"),
)  # fmt: skip

_ENTRIES: tuple[tuple[str, str, str, list[Json], tuple[str, ...]], ...] = (
    # name, what it is, entries, the records they make
    ("LABEL", "无优先级", "4F 50", [{"tags": ["4F", "50"]}], (f"4F08{AID} {_LABEL}",)),
    ("PREFERRED", "首选名称", "4F 50 9F12", [{"tags": ["4F", "50", "9F12"], "elements": {"9F12": _LABEL[4:]}}], (f"4F08{AID} {_LABEL} 9F12{_LABEL[2:]}",)),
    ("PREFERRED-87", "首选名称与优先级", "4F 50 9F12 87, the name in GB 2312", [{"tags": ["4F", "50", "9F12", "87"], "elements": {"9F12": "BDE8BCC7BFA8"}}], (f"4F08{AID} {_LABEL} 9F1206BDE8BCC7BFA8 870101",)),
    ("PRIORITY", "优先级", "4F 50 87", [{"tags": ["4F", "50", "87"]}], (f"4F08{AID} {_LABEL} 870101",)),
    ("ORDER", "顺序", "87 before 50: in the order given", [{"tags": ["4F", "87", "50"]}], (f"4F08{AID} 870101 {_LABEL}",)),
    ("EMPTY", "空的首选名称", "9F12 without a byte, as an issued card has it in its FCI", [{"tags": ["4F", "50", "9F12"], "elements": {"9F12": ""}}], (f"4F08{AID} {_LABEL} 9F1200",)),
)  # fmt: skip

_PDOLS = (
    # list, data, which issuers' cards have it
    ("9F7A019F02065F2A02", "00 000000001000 0156", "most issued cards"),
    ("9F7A019F02065F2A02DF6901", "00 000000001000 0156 00", "cards of several banks"),
    ("9F7A019F02065F2A02DF6901", "00 000000001000 0156 01", "the same, and a terminal that would have SM algorithms: the card has one set only"),
    ("9F02065F2A02DF6901", "000000001000 0156 00", "cards of one bank"),
    ("9F1A029F7A019F02065F2A029F4E14", f"0156 00 000000001000 0156 {'20' * 20}", "an issuing script, laboratories' images"),
    ("9F33039F4E14", f"E0F8C8 {'20' * 20}", "laboratories' images"),
    ("9F66049F02069F03069F1A0295055F2A029A039C019F3704DF6001DF6901", "F620C000 000000001000 000000000000 0250 0000000000 0978 250324 00 FA57E620 00 00", "recorded GET PROCESSING OPTIONS of a reader"),
)  # fmt: skip


def directories() -> list[Json]:
    """What SELECT of the environment answers, and its records."""
    found = [
        vector(
            f"ZFML-FCI-{name}",
            f"目录 FCI：{zh}",
            f"FCI of the directory: {en}",
            [
                send(_SELECT_PSE, f"9000 6F[1] 840E{PSE} A5{len(bytes.fromhex(a5)):02X} {a5}"),
                send(f"00B201{sfi << 3 | 4:02X}00", f"9000 701B 6119 4F08{AID} {_LABEL} 870101"),
                send(f"00B202{sfi << 3 | 4:02X}00", "6A83"),
                send(f"00B201{other << 3 | 4:02X}00", "6A82"),
            ],
            overrides={"pse": {"directory": directory}} if directory else None,
            provenance=_seen(where),
        )
        for name, zh, en, directory, a5, where in _FCIS
        for sfi, other in ((10, 1) if directory.get("sfi") == 10 else (1, 10),)
    ]
    found += [
        vector(
            f"ZFML-ENTRY-{name}",
            f"目录入口：{zh}",
            f"entry of the directory: {en}",
            [
                *(send(f"00B2{at:02X}0C00", f"9000 70[1] 61[1] {each}") for at, each in enumerate(records, 1)),
                send(f"00B2{len(records) + 1:02X}0C00", "6A83"),
            ],
            [call("pse")],
            overrides={"pse": {"directory": {"entries": entries}}},
            provenance=_seen("recorded directories of issued cards"),
        )
        for name, zh, en, entries, records in _ENTRIES
    ]
    elsewhere = {"4F": "A000000333010102", "50": "50424F4320435245444954", "87": "02"}
    further = {"tags": ["9D"], "elements": {"9D": "A000000333444446"}, "discretionary": "DF21020001"}
    here, there = f"4F08{AID} {_LABEL} 870101", "4F08A000000333010102 500B50424F4320435245444954 870102"
    directory = f"9D08{further['elements']['9D']} 7305 DF21020001"
    tables = standard("PBOC-3 §12.2.3, tables 45 to 47")
    one, two = (f"61{len(bytes.fromhex(each)):02X} {each}" for each in (here, there))
    found.append(
        vector(
            "ZFML-SEVERAL-IN-ONE",
            "一条记录多个入口",
            "two entries in one record, a further directory with discretionary data in the next",
            [
                send("00B2010C00", f"9000 70{len(bytes.fromhex(one + two)):02X} {one} {two}"),
                send("00B2020C00", f"9000 70[1] 6111 {directory}"),
                send("00B2030C00", "6A83"),
                send("00A4040008A00000033301010200", "6A82"),
            ],
            [call("pse")],
            overrides={
                "pse": {"directory": {"entries": [{}, {"elements": elsewhere, "record": 1}, further]}},
            },
            provenance=tables,
        )
    )
    return found


_NAMES = ["50", "87", "9F38", "5F2D", "9F11", "9F12"]


def applications() -> list[Json]:
    """FCI, lists and records of issued debit applications."""
    named = {"9F11": "01", "9F12": _LABEL[4:], "9F38": "9F7A019F02065F2A02"}
    empty = {"9F11": "01", "9F12": "", "9F38": _PDOLS[-1][0]}
    select = f"00A4040008{AID}00"
    found = [
        vector("YYXZ-ISSUED-NAMED", "带首选名称的 FCI", "an FCI with code table, preferred name and two logs",
               [send(select, f"9000 6F4A 8408{AID} A53E {_LABEL} 870101 9F3809 9F7A019F02065F2A02 5F2D027A68 9F110101 9F12{_LABEL[2:]} BF0C0A 9F4D020B0A DF4D020C0A")],
               overrides={"pse": {"elements": named, "fci": _NAMES, "discretionary": "DF4D020C0A"}},
               provenance=standard("an issued card's answer in a test of a terminal maker", "field")),
        vector("YYXZ-ISSUED-EMPTY", "空的首选名称", "an FCI with a preferred name of no byte; whoever wants one takes the label",
               [send(select, f"9000 6F59 8408{AID} A54D {_LABEL} 870101 9F381E {_PDOLS[-1][0]} 5F2D027A68 9F110101 9F1200 BF0C0E 9F4D020B0A DF4D020C0A DF610182")],
               overrides={"pse": {"elements": empty, "fci": _NAMES, "discretionary": "DF4D020C0ADF610182"}},
               provenance=standard("recorded FCI of an issued card; PBOC-3 table 44 says 1 to 16 bytes", "field")),
    ]  # fmt: skip
    for at, (pdol, data, where) in enumerate(_PDOLS, 1):
        size = len(bytes.fromhex(data))
        found.append(
            vector(
                f"YYCS-PDOL-{at}",
                f"PDOL {at}",
                f"PDOL {pdol}: answered with its data, refused with a byte less",
                [
                    send(f"80A80000{size + 1:02X}83{size - 1:02X}{data[2:].replace(' ', '')}00", "6700"),
                    send(f"80A80000{size + 2:02X}83{size:02X}{data.replace(' ', '')}00", f"9000 80[1] 7D00 {_AFL}"),
                ],
                [call("adf")],
                overrides={"pse": {"elements": {"9F38": pdol}, "fci": ["50", "87", "9F38", "5F2D"]}},
                provenance=standard(f"PBOC-5 §7.4, B.8; {where}", "field"),
            )
        )
    return [*found, *records()]


_SECOND = "8F01F2 9F320103"


def records() -> list[Json]:
    """Records beyond those of PBOC-10's tables, and a locator as issued."""
    bytes_of = _SECOND.replace(" ", "")
    more = {"0104": bytes_of, "0206": bytes_of, "0207": bytes_of, "0402": "DF2103000001", "0A01": "DF22020001"}
    read = [
        send(f"00B2{dgi[2:]}{int(dgi[:2], 16) << 3 | 4:02X}00", f"9000 70{len(content) // 2:02X} {content}")
        for dgi, content in more.items()
    ]
    further = standard("PBOC-10 §6.4; issuing programs keep second signatures in 01nn and 02nn, lists in 04nn", "field")
    named = {"issued_records": more, "afl": "0801010008030300100105001801020120010100"}
    # Lists of another use of the card, in a record that the AFL of this one does not name.
    lists = "8C0A9F37049F02069F1A02958D028A02"
    return [
        vector("YYCS-FURTHER", "附加记录", "records in 01nn, 02nn, 04nn and file 0A: in the AFL, and read",
               [send("80A8000002830000", "9000 801A 7D00 08010100 08030400 10010700 18010201 20010200 50010100"), *read],
               [call("adf")], overrides={"pse": {"issued_records": more}}, provenance=further),
        vector("YYCS-AFL-ISSUED", "卡片的 AFL", "a locator as issued names fewer than there are; all are read all the same",
               [send("80A8000002830000", f"9000 8016 7D00 {_AFL}"), *read], [call("adf")], overrides={"pse": named}, provenance=further),
        vector("YYCS-LISTS-OF-AFL", "AFL 中的列表", "CDOL1 is the one of a record that the AFL names",
               [send(f"80AE80003400{values().joined(('9F02',))[2:]}0000000000000156000000000001560001250011223344{'00' * 23}00", "9000 8013 80 *")],
               [call("open")], overrides={"pse": {"issued_records": {"0404": lists}, "afl": named["afl"]}}, provenance=further),
    ]  # fmt: skip


def terminal() -> list[Json]:
    """A terminal that finds the application in the directory, as programs for issued cards do it."""
    data = "00000000001000015600"
    steps = [
        send(_SELECT_PSE, f"9000 6F15 840E{PSE} A503 88010A"),
        send("00B2015400", f"9000 7025 6123 4F08{AID} {_LABEL} 9F120A{_LABEL[4:]}"),
        send("00B2025400", "6A83"),
        send(f"00A4040008{AID}00", f"9000 6F[1] 8408{AID} A5[1] {_LABEL} 870101 9F380C 9F7A019F02065F2A02DF6901 *"),
        send(f"80A800000C830A{data}00", f"9000 80[1] 7D00 {_AFL}"),
        send("00B2010C00", "9000 70[1] 57 *"),
        send("00B2030C00", "9000 70[1] 9F61 *"),
        *(send(f"00B20{n}1400", "9000 70 *") for n in range(1, 6)),
        send("00B2011C00", "9000 70[1] 5A *"),
        send("00B2021C00", "9000 70[1] * 8C *"),
        send("00B2012400", "9000 7008 9F140103 9F230107"),
        send("80CA9F3600", "9000 9F3602[2]"),
        send("80CA9F1700", "9000 9F1701[1]"),
        send("80CA9F4F00", "9000 9F4F19[25]"),
        send(f"80AE{ARQC:02X}0034{values().joined(('9F02', '9F03', '9F1A', '95', '5F2A', '9A', '9C', '9F37', '9F21', '9F4E'))}00", "9000 8013 80 *"),
    ]  # fmt: skip
    entry = {"tags": ["4F", "50", "9F12"], "elements": {"9F12": _LABEL[4:]}}
    card = {
        "elements": {"9F38": "9F7A019F02065F2A02DF6901"},
        "fci": ["50", "87", "9F38", "5F2D"],
        "directory": {"sfi": 10, "fci": ["88"], "entries": [entry]},
    }
    source = standard(
        "a session of a terminal with an issued card, put together from recorded pieces: FCI A503 88010A, entry 4F 50 "
        "9F12, PDOL with DF69; order of commands as PBOC-3 §12.3.2 and card readers have it",
        "field",
    )
    return [
        vector("ZFML-SESSION", "终端经目录选择应用", "from the directory at SFI 0A to the cryptogram", steps,
               overrides={"pse": card}, provenance=source),
    ]  # fmt: skip


# --- CARD BLOCK ------------------------------------------------------------------------------------------------------

_BLOCK = "{script(UDKMAC, atc, ac, 84160000)}"
_TO_BLOCK = [call("open"), call("gac1(80)"), call("ea(3030)")]


def blocked() -> list[Json]:
    """How far CARD BLOCK reaches, and what of the transaction that it caught still comes."""
    whole = standard("PBOC-5 §17.5: all applications of the card; B.4.1")
    beside = standard("PBOC-5 B.4.1 against 总体方案 一（一）: neither side affects the other", "inferred", "medium")
    last = send(
        "80AE400022" + f"3030{values().joined(('9F02', '9F03', '9F1A', '95', '5F2A', '9A', '9C', '9F37', '9F21'))}00",
        "9000 8013 40 *",
    )
    end = standard("PBOC-5 §17.5: the transaction goes on to its end")
    own: dict[str, Json] = {
        scope: {"pse": {"options": {"card_block_scope": scope}}} for scope in ("environment", "card")
    }
    dual = {"profile": LAB_DUAL}
    silent = [send(_SELECT_PSE, "6A81"), send(_MF, "6A81"), send("0084000008", "6A81")]
    reset: Json = {"reset": "cold"}
    return [
        vector("KPSD-LONE", "单独的银行卡", "a card without another environment: everything is silent, the MF too", [
            send(_BLOCK), *silent, reset, *silent], _TO_BLOCK, destructive=True, provenance=whole),
        vector("KPSD-LONE-END", "锁定后结束交易", "the transaction has its second cryptogram, then all is silent", [
            send(_BLOCK), last, send(_MF, "6A81"), last | {"expect": "6A81"}], _TO_BLOCK, destructive=True, provenance=end),
        vector("KPSD-LONE-REFUSED", "锁定后其他命令", "nothing else is answered before it", [
            send(_BLOCK), send("80CA9F3600", "6A81"), send("00B2010C00", "6A81"), last, send("80CA9F3600", "6A81")],
            _TO_BLOCK, destructive=True, provenance=end),
        vector("KPSD-LONE-LEFT", "锁定后离开", "a SELECT of the MF is the end of the transaction", [
            send(_BLOCK), send(_MF, "6A81"), last | {"expect": "6A81"}], _TO_BLOCK, destructive=True, provenance=end),
        vector("KPSD-LONE-RESET", "锁定后复位", "so is a reset", [
            send(_BLOCK), reset, last | {"expect": "6A81"}, *silent], _TO_BLOCK, destructive=True, provenance=end),
        vector("KPSD-LONE-ENVIRONMENT", "仅环境", "the other reading: the MF answers", [
            send(_BLOCK), send(_SELECT_PSE, "6A81"), send(_MF, ["9000", "9000 *"]), reset, send(_SELECT_PSE, "6A81"), send(_MF, ["9000", "9000 *"])],
            _TO_BLOCK, destructive=True, overrides=own["environment"], provenance=beside),
        vector("KPSD-BESIDE", "社会保障环境不受影响", "beside a social side: the other environment answers", [
            send(_BLOCK), send(f"00A404000F{_SSSE}00", "9000 *"), send(_SELECT_PSE, "6A81")], _DUAL_TO_BLOCK, destructive=True, provenance=beside, **dual),
        vector("KPSD-BESIDE-CARD", "全卡锁定", "the other reading: nothing answers, the transaction ends first", [
            send(_BLOCK), last, send(f"00A404000F{_SSSE}00", "6A81"), *silent], _DUAL_TO_BLOCK, destructive=True, overrides=own["card"], provenance=whole, **dual),
        vector("KPSD-BESIDE-CARD-LEFT", "全卡锁定后离开", "nor does a SELECT of the social side between them", [
            send(_BLOCK), send(f"00A404000F{_SSSE}00", "6A81"), last | {"expect": "6A81"}], _DUAL_TO_BLOCK, destructive=True, overrides=own["card"], provenance=whole, **dual),
    ]  # fmt: skip


LAB_DUAL = "dual-2.0-3des"
_DUAL_TO_BLOCK = [
    call("adf"),
    send("80A800000B8309000000000010000156 00".replace(" ", ""), "9000 80*"),
    call("gac1(80)"),
    call("ea(3030)"),
]


def units() -> tuple[Unit, ...]:
    """Two files."""
    recorded = standard("recorded answers of issued cards, issuing and test programs for them", "field")
    return (
        Unit("issued.json", "BANK-ISSUED", "已发行的卡", "Cards as issued", "Directory, FCI, lists and records as recorded from issued cards; each is data of a profile.", ["PBOC-3 §11.3.4", "PBOC-3 §12.2", "PBOC-3 §12.3", "PBOC-10 §6.4"], recorded, [*directories(), *applications(), *terminal()], "bank-only"),
        Unit("card-block.json", "BANK-CARD-BLOCK", "卡片锁定的范围", "How far CARD BLOCK reaches", "Alone on a card it silences all of it, beside another environment its own; the transaction ends first.", ["PBOC-5 §17.5", "PBOC-5 B.4"], standard("PBOC-5 §17.5, B.4.1"), blocked(), "bank-only"),
    )  # fmt: skip
