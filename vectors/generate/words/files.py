"""SELECT, READ RECORD, GET DATA and what they refuse; the directory; classes and instructions nobody knows."""

from __future__ import annotations

from vectors.generate.build import (
    AID,
    GOOD,
    INFERRED,
    OPEN,
    PSE,
    TC,
    TO_ARQC,
    Json,
    call,
    gac1_data,
    gac2_data,
    lab_case,
    options,
    script,
    select,
    send,
    vector,
)
from vectors.generate.words.command import ADF, Command


def selection() -> list[Json]:
    """SELECT (应用选择)."""
    group = Command("YYXZ", "选择", "SELECT", "PBOC-5 B.13", good=f"00A4040008{AID}00")
    group.add("9000", ("按全名", "by the full name"), send(f"00A4040008{AID}00", f"9000 6F[1] 8408{AID} A5*"))
    group.add("6A82", ("名称不存在", "no such name"), send("00A4040008A00000033301019900", "6A82"))
    group.bad_class("80", "10")
    group.bad_length("00A4040004A000000300", f"00A4040011{AID}{AID}0100")
    group.bad_parameters("0401", "0500", "0801")
    group.blocked()
    group.add(
        "6283",
        ("应用锁定", "blocked application: 6283, with its FCI"),
        [
            script("841E0000"),
            select("6283"),
            send("00C0000000", "6C??"),
            {"send": "80CA9F3600", "expect": "9000 9F3602 [2]"},
        ],
        "F",
    )
    return group.found


def reading() -> list[Json]:
    """READ RECORD (读应用数据), GET RESPONSE, GET DATA (获取应用数据)."""
    record = Command("DQSJ", "读记录", "READ RECORD", "PBOC-5 B.12", good="00B2010C00")
    record.add("9000", ("首条记录", "SFI 1 record 1"), send("00B2010C00", "9000 70[1] 5713 *"))
    record.add("6A83", ("记录不存在", "record above the last"), send("00B2090C00", "6A83"))
    record.add("6A83-LOG", ("空日志", "empty slot of the log"), send("00B2015C00", "6A83"))
    record.add("6A82", ("文件不存在", "no such SFI"), send("00B2014C00", "6A82"))
    record.bad_class("80")
    record.bad_length("00B2010C01AA")
    record.bad_parameters("000C", "0108", "010D", "0104", "01FC")
    record.blocked()
    data = Command("HQSJ", "取数据", "GET DATA", "PBOC-5 B.7", good="80CA9F3600")
    for tag, value in (
        ("9F36", "02 0000"),
        ("9F13", "02 0000"),
        ("9F17", "01 03"),
        ("9F4F", "19 *"),
        ("9F51", "02 0156"),
        ("9F52", "02 0000"),
        ("9F53", "01 05"),
        ("9F56", "01 00"),
        ("9F57", "02 0156"),
        ("9F58", "01 03"),
        ("9F59", "01 07"),
        ("9F72", "01 00"),
    ):
        data.add(f"9000-{tag}", (tag, f"{tag} as a whole element"), send(f"80CA{tag}00", f"9000 {tag} {value}"))
    for tag in ("9F54", "9F5C", "9F73", "9F75", "9F76"):
        data.add(f"6A88-{tag}", (f"卡中无 {tag}", f"{tag} is not in this card"), send(f"80CA{tag}00", "6A88"))
    for tag in ("9F7F", "9F4D", "9F79", "9F77", "9F78", "9F6D", "9F5D", "005A", "FFFF"):
        data.add(f"6A88-{tag}", (f"{tag} 不可读", f"{tag} is not for GET DATA"), send(f"80CA{tag}00", "6A88"))
    for tag, choice in (("9F36", "get_data_atc"), ("9F17", "get_data_ptc"), ("9F58", "get_data_limits")):
        data.add(
            f"6A88-{tag}-PRIVATE",
            (f"发卡行不公开 {tag}", f"{tag} kept private by the issuer"),
            send(f"80CA{tag}00", "6A88"),
            overrides=options(**{choice: False}),
        )
    data.add(
        "6A88-9F51-PRIVATE",
        ("发卡行不公开 9F51", "9F51 kept private by the issuer"),
        send("80CA9F5100", "6A88"),
        overrides=options(get_data_static=False),
    )
    data.add("6C05", ("Le 不符", "another Le: the right one is told"), send("80CA9F3603", "6C05"))
    data.bad_class("00", "84")
    data.bad_length("80CA9F3601AA")
    data.blocked()
    response = Command("QYD", "取应答", "GET RESPONSE", "PBOC-3 §9.3.1.3", good="00C0000000")
    response.add("9000", ("数据待取", "data are waiting"), [send("80CA9F3605", "9000 9F3602[2]")])
    response.add(
        "61",
        ("先通知长度", "61 tells how many bytes wait"),
        [send(f"00A4040008{AID}", "61??"), send("00C0000001", ["9000 6F", "61?? 6F"])],
    )
    response.add(
        "WHOLE",
        ("全部数据", "all that waits at once"),
        [send("80A8000002830000", "6118"), send("00C0000018", "9000 8016 7D00 [20]"), send("00C0000018", "6F00")],
    )
    response.add("6F00", ("无数据", "nothing is waiting"), send("00C0000010", "6F00"), "F")
    response.bad_class("80")
    response.bad_length("00C0000001AA")
    response.bad_parameters("0100", "0001")
    response.blocked()
    return [*record.found, *data.found, *response.found]


def directory() -> list[Json]:
    """In the PSE only SELECT, READ RECORD and GET RESPONSE exist."""
    setup = [call("pse")]
    known = {
        "GPO": "80A8000002830000",
        "GETDATA": "80CA9F3600",
        "VERIFY": GOOD,
        "INTAUTH": "00880000041122334400",
        "GAC": gac1_data(TC),
        "EA": "008200000A" + "00" * 10,
        "BLOCK": "841E000004" + "00" * 4,
        "PUT": "04DA9F580505" + "00" * 4,
    }
    found = [
        vector(
            f"ZFML-6D00-{name}",
            f"支付系统环境中无此命令：{name}",
            f"{name} does not exist in the PSE",
            [send(c, "6D00")],
            setup,
        )
        for name, c in known.items()
    ]
    record = f"9000 70[1] 61[1] 4F08{AID} 500A50424F43204445424954 870101"
    found += [
        vector("ZFML-FCI", "支付系统环境 FCI", "FCI of the PSE", [select(f"9000 6F1A 840E{PSE} A508 880101 5F2D027A68", PSE)]),
        vector("ZFML-READ", "目录记录", "the directory, ended by 6A83", [send("00B2010C00", record), send("00B2020C00", "6A83")], setup),
        vector("ZFML-6A82", "其他 SFI", "another SFI", [send("00B2011400", "6A82")], setup, provenance=INFERRED),
        vector("ZFML-MID", "交易中选择支付系统环境", "in the middle of a transaction: 9000, the transaction is lost",
               [select("9000", PSE), call("adf"), send(gac2_data(TC), "6985")], [OPEN, TO_ARQC], provenance=lab_case("PSE090")),
    ]  # fmt: skip
    return found


def start_of_card() -> list[Json]:
    """Unknown instructions and classes (PBOC-3 §9)."""
    return [
        vector(f"APDU-6D00-{ins}", f"未知命令 {ins}", f"unknown instruction {ins}", [send(f"{ins}0000", "6D00")], [ADF])
        for ins in ("0070", "80F2", "842A")
    ] + [
        vector(f"APDU-6E00-{cla}", f"未知类别 {cla}", f"unknown class {cla}", [send(f"{cla}A4040008{AID}00", "6E00")], [ADF])
        for cla in ("10", "01", "A0", "C0")
    ]  # fmt: skip
