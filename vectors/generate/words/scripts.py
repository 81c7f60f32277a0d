"""Script commands: blocks and unblocks, PUT DATA, UPDATE RECORD, PIN CHANGE."""

from __future__ import annotations

from typing import Any

from vectors.generate.build import (
    CARD_BLOCK,
    GOOD,
    INFERRED,
    LOWER_LIMIT,
    PIN_UNBLOCK,
    TO_ARQC,
    UNBLOCK,
    WRONG,
    Json,
    call,
    lab_case,
    new_pin,
    script,
    send,
    standard,
)
from vectors.generate.words.command import Command

_SCRIPTS = (
    ("SDML", "应用锁定", "APPLICATION BLOCK", "PBOC-5 B.2", "841E0000", ""),
    ("JSML", "应用解锁", "APPLICATION UNBLOCK", "PBOC-5 B.3", UNBLOCK, ""),
    ("KSML", "卡片锁定", "CARD BLOCK", "PBOC-5 B.4", CARD_BLOCK, ""),
    ("MMJS", "密码解锁", "PIN UNBLOCK", "PBOC-5 B.10", PIN_UNBLOCK, ""),
    ("GXSJ-PUT", "设置数据", "PUT DATA", "PBOC-5 B.11", LOWER_LIMIT, "05"),
    ("GXSJ-UPR", "修改记录", "UPDATE RECORD", "PBOC-5 B.14", "04DC0124", "70089F1401039F230107"),
)


def scripts() -> list[Json]:
    """The script commands (脚本命令)."""
    found: list[Json] = []
    for group, zh, en, clause, header, data in _SCRIPTS:
        size = len(data) // 2
        command = Command(group, zh, en, clause, good=f"{header}{size + 4:02X}{data}11223344", well="F")
        more: dict[str, Any] = {"destructive": True} if header in ("841E0000", CARD_BLOCK) else {}
        command.add("9000", ("MAC 正确", "right MAC, after completion"), script(header, data=data), **more)
        command.add("9000-O", ("第二个密文前", "before the second GENERATE AC"), script(header, data=data), "O", **more)
        command.add("9000-D", ("拒绝后", "after an AAC"), script(header, data=data), "D", **more)
        for state in "SIA":
            command.add(f"6985-{state}", ("状态不符", "not in this state"), send(command.good, "6985"), state)
        wrong = script(header, "6988", data, right=False)
        command.add("6988", ("MAC 错误", "wrong MAC"), wrong, provenance=lab_case("AUK081, PCU081, PUT081"))
        bare = header if not data else f"{header}{size:02X}{data}"
        command.add("6700-NO-MAC", ("无 MAC", "no MAC at all"), send(bare, "6700"), provenance=lab_case("ISL012"))
        command.add(
            "6987-NO-MAC",
            ("无 MAC，另一读法", "no MAC at all, the tables' word"),
            send(bare, "6987"),
            overrides={"pse": {"options": {"missing_mac_word": "6987"}}},
            provenance=standard("PBOC-5 tables B.19, B.32"),
        )
        if not group.startswith("GXSJ-UPR"):
            lengths = [f"{header}{size + 4 + d:02X}{data}{'00' * (4 + d)}" for d in (-1, 1, 4)]
            for number, each in enumerate(lengths, 1):
                for state in "SF":  # lengths come before the state
                    command.add(
                        f"6700-{number}-{state}",
                        ("MAC 长度错误", "a MAC shorter or longer than 4"),
                        send(each, "6700"),
                        state,
                        provenance=lab_case("ABK061, AUK061, CBK062, PCU061"),
                    )
        command.bad_class(*(c for c in ("00", "04", "80", "84", "10") if c != header[:2]))
        if not data:
            command.bad_parameters("0100", "0001" if header != PIN_UNBLOCK else "0003")
        command.blocked()
        found += command.found
    return [*found, *put_data(), *update_record(), *pin_change()]


def put_data() -> list[Json]:
    """PUT DATA: what it writes and what not."""
    group = Command("GXSJ-PUT", "设置数据", "PUT DATA", "PBOC-5 B.11", good="", well="F")
    cumulative = {"pse": {"elements": {"9F54": "000000100000"}, "internal": {"0D01": ["9F54", "9F58", "9F4F"]}}}
    rows: tuple[tuple[str, str, Json | None], ...] = (
        ("9F58", "05", None),
        ("9F59", "0A", None),
        ("9F53", "02", None),
        ("9F72", "02", None),
        ("9F54", "000000050000", cumulative),
    )
    for tag, value, overrides in rows:
        group.add(
            tag,
            (f"写 {tag}", f"{tag} is written and read back"),
            [script(f"04DA{tag}", data=value), send(f"80CA{tag}00", f"9000 {tag}{len(value) // 2:02X}{value}")],
            overrides=overrides,
        )
    for tag in ("9F73", "9F75", "9F5C"):
        value = {"9F73": "20000180", "9F75": "000000060000", "9F5C": "000000300000"}[tag]
        group.add(
            tag,
            (f"写 {tag}", f"{tag} is written and read back"),
            [script(f"04DA{tag}", data=value), send(f"80CA{tag}00", f"9000 {tag}{len(value) // 2:02X}{value}")],
            profile="bank-dual-currency",
        )
    for tag in ("9F36", "9F51", "9F52", "9F79", "0057", "9F4F", "9F54"):
        group.add(
            f"6A88-{tag}",
            (f"{tag} 不可写", f"{tag} is not written by PUT DATA on this card"),
            script(f"04DA{tag}", "6A88", "000000000000" if tag == "9F54" else "00"),
            provenance=INFERRED,
        )
    group.add(
        "6700-VALUE",
        ("数据长度错误", "the value is too long"),
        script(LOWER_LIMIT, "6700", "0505"),
        provenance=INFERRED,
    )
    return group.found


def update_record() -> list[Json]:
    """UPDATE RECORD: which records, which contents."""
    group = Command("GXSJ-UPR", "修改记录", "UPDATE RECORD", "PBOC-5 B.14", good="04DC0124", well="F")
    good = "70089F1401059F230109"
    group.add(
        "READ-BACK",
        ("写后读", "written and read back"),
        [script("04DC0124", data=good), send("00B2012400", f"9000 {good}")],
    )
    group.add(
        "UPR007",
        ("无 MAC 则记录不变", "no MAC: refused, the record is as it was"),
        [send(f"04DC01240A{good}", "6700"), send("00B2012400", "9000 70089F1401039F230107")],
        provenance=lab_case("UPR007"),
    )
    refused = (
        ("6982-SIGNED", "签名记录", "a record of the issuer", "04DC011C", "7000", "6982"),
        ("6982-CERT", "证书记录", "a certificate", "04DC0114", "7000", "6982"),
        ("6982-LOG", "日志文件", "the log", "04DC015C", "00" * 45, "6982"),
        ("6A82", "文件不存在", "no such SFI", "04DC014C", "7000", "6A82"),
        ("6A83", "记录不存在", "no such record", "04DC0924", good, "6A83"),
        ("6700", "长度不同", "another length than the record has", "04DC0124", "70099F1401059F23010900", "6700"),
        ("6A80", "非 70 模板", "no template 70", "04DC0124", "71089F1401059F230109", "6A80"),
    )
    for name, zh, en, header, data, sw in refused:
        group.add(name, (zh, en), script(header, sw, data), provenance=INFERRED)
    group.add(
        "6A84",
        ("长度不同，另一读法", "another length, the other word"),
        script("04DC0124", "6A84", "70099F1401059F23010900"),
        overrides={"pse": {"options": {"update_record_length": "6A84"}}},
    )
    group.add("6A86-000C", ("记录号零", "record 0"), send(f"04DC00240E{good}11223344", "6A86"), provenance=INFERRED)
    group.add(
        "6A86-0120", ("寻址方式", "no such addressing"), send(f"04DC01200E{good}11223344", "6A86"), provenance=INFERRED
    )
    return group.found


def pin_change() -> list[Json]:
    """PIN CHANGE with and without the current PIN."""
    group = Command("MMXG", "密码修改", "PIN CHANGE", "PBOC-5 B.10", good="8424000214" + "00" * 20, well="F")
    long, five = "26123456FFFFFFFF", "2598765FFFFFFFFF"
    for name, step, block in (
        ("9000-P2-02", new_pin("9000", long), long),
        ("9000-P2-01", new_pin("9000", long, "241234FFFFFFFFFF"), long),
        ("PCU086", new_pin("9000", five), five),
    ):
        group.add(
            name,
            ("新密码生效", "the new PIN is the PIN"),
            [step, call("open"), send(f"0020008008{block}"), send(GOOD, "63C2")],
        )
    group.add(
        "TRIES",
        ("重试次数恢复", "gives the tries back"),
        [
            call("open"),
            send(WRONG, "63C2"),
            send(WRONG, "63C1"),
            TO_ARQC,
            new_pin("9000", long),
            send("80CA9F1700", "9000 9F170103"),
        ],
    )
    group.add("6988", ("MAC 错误", "wrong MAC"), new_pin("6988", long, right=False))
    wrong_current = new_pin("6988", long, "244321FFFFFFFFFF")
    group.add(
        "6988-CURRENT",
        ("原密码错误", "another current PIN: the block does not decipher, the PIN stays"),
        [wrong_current, call("open"), send(GOOD)],
        provenance=INFERRED,
    )
    group.add(
        "6988-BLOCK",
        ("密文无效", "no PIN block inside"),
        script("84240002", "6988", "00" * 16),
        provenance=INFERRED,
    )
    group.add("6985", ("初始化后", "before GENERATE AC"), send(group.good, "6985"), "I")
    group.bad_length("8424000204" + "00" * 4, "842400020C" + "00" * 12, "8424000114" + "00" * 19 + "", "8424000214")
    group.add("6A86", ("P2 03", "P2 03"), send("8424000314" + "00" * 20, "6A86"), provenance=INFERRED)
    group.bad_class("00", "04")
    group.blocked()
    group.found = [each for each in group.found if each["id"] != "MMXG-6700-3"]  # too short to be a command
    return group.found
