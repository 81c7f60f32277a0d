"""Each status word of each command: one vector a word (PBOC-5 annex B, PBOC-3 §9.3, laboratories' scripts)."""

from __future__ import annotations

from typing import Any

from vectors.generate.build import (
    AID,
    ARQC,
    CARD_BLOCK,
    GOOD,
    INFERRED,
    LAB,
    LOWER_LIMIT,
    NORMAL,
    OPEN,
    PIN_UNBLOCK,
    PSE,
    TC,
    TO_AAC,
    TO_ARQC,
    TO_TC,
    UNBLOCK,
    WRONG,
    Json,
    Unit,
    call,
    ea,
    gac1,
    gac1_data,
    gac2_data,
    lab_case,
    new_pin,
    options,
    script,
    second,
    select,
    send,
    standard,
    vector,
)

ADF = call("adf")
_WAY: dict[str, list[Json]] = {
    "S": [ADF],
    "I": [OPEN],
    "O": [OPEN, TO_ARQC],
    "D": [OPEN, TO_AAC],
    "A": [call("clean"), OPEN, TO_TC],
    "F": [OPEN, TO_ARQC, second("40")],
    "C": [OPEN, TO_ARQC, second("40"), call(f"script({CARD_BLOCK})")],
}
_IN = {
    "S": "应用已选择",
    "I": "交易已初始化",
    "O": "已答 ARQC",
    "D": "已答 AAC",
    "A": "已答 TC",
    "F": "交易已完成",
    "C": "卡片已锁定",
}


class _Command:
    """A command: its group, names, the instruction well formed, other class, wrong lengths, wrong P1 P2."""

    def __init__(self, group: str, zh: str, en: str, clause: str, *, good: str, well: str = "S") -> None:
        self.group, self.zh, self.en, self.clause, self.good, self.well = group, zh, en, clause, good, well
        self.found: list[Json] = []

    def add(self, name: str, what: tuple[str, str], step: Json | list[Json], state: str = "", **more: object) -> None:
        """One vector, in the state ``state``."""
        steps = step if isinstance(step, list) else [step]
        where = state or self.well
        self.found.append(
            vector(
                f"{self.group}-{name}",
                f"{self.zh}：{what[0]}（{_IN[where]}）",
                f"{self.en}: {what[1]}",
                steps,
                _WAY[where],
                clause=[self.clause],
                **more,
            )
        )

    def bad_class(self, *classes: str) -> None:
        """A known instruction with another class: 6E00."""
        for cla in classes:
            self.add(
                f"6E00-{cla}",
                (f"类别 {cla}", f"class {cla}"),
                send(cla + self.good[2:], "6E00"),
                provenance=lab_case("card-block parameter test"),
            )

    def bad_length(self, *commands: str, provenance: Json | None = None) -> None:
        """A wrong length: 6700, before the state is looked at."""
        for number, command in enumerate(commands, 1):
            self.add(
                f"6700-{number}", ("长度错误", "wrong length"), send(command, "6700"), provenance=provenance or INFERRED
            )

    def bad_parameters(self, *p1p2: str) -> None:
        """P1 P2 the command does not have: 6A86."""
        for each in p1p2:
            self.add(
                f"6A86-{each}",
                (f"P1 P2 {each}", f"P1 P2 {each}"),
                send(self.good[:4] + each + self.good[8:], "6A86"),
                provenance=INFERRED,
            )

    def blocked(self) -> None:
        """After CARD BLOCK in the same session: 6A81."""
        self.add(
            "6A81-BLOCKED",
            ("6A81", "6A81 once the card is blocked"),
            send(self.good, "6A81"),
            "C",
            destructive=True,
            provenance=lab_case("APD024, INI070, IAU110, PSE110"),
        )


def selection() -> list[Json]:
    """SELECT (应用选择)."""
    group = _Command("YYXZ", "选择", "SELECT", "PBOC-5 B.13", good=f"00A4040008{AID}00")
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
    record = _Command("DQSJ", "读记录", "READ RECORD", "PBOC-5 B.12", good="00B2010C00")
    record.add("9000", ("首条记录", "SFI 1 record 1"), send("00B2010C00", "9000 70[1] 5713 *"))
    record.add("6A83", ("记录不存在", "record above the last"), send("00B2090C00", "6A83"))
    record.add("6A83-LOG", ("空日志", "empty slot of the log"), send("00B2015C00", "6A83"))
    record.add("6A82", ("文件不存在", "no such SFI"), send("00B2014C00", "6A82"))
    record.bad_class("80")
    record.bad_length("00B2010C01AA")
    record.bad_parameters("000C", "0108", "010D", "0104", "01FC")
    record.blocked()
    data = _Command("HQSJ", "取数据", "GET DATA", "PBOC-5 B.7", good="80CA9F3600")
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
    response = _Command("QYD", "取应答", "GET RESPONSE", "PBOC-3 §9.3.1.3", good="00C0000000")
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


def options_and_pin() -> list[Json]:
    """GET PROCESSING OPTIONS (初始化), VERIFY (持卡人认证)."""
    options_ = _Command("YYCS", "取处理选项", "GET PROCESSING OPTIONS", "PBOC-5 B.8", good="80A8000002830000")
    options_.add("9000", ("AIP 与 AFL", "AIP and AFL in format 1"), send("80A8000002830000", "9000 80 [1] 7D00 *"))
    options_.add("6985", ("第二次", "a second one"), send("80A8000002830000", "6985"), "I", provenance=INFERRED)
    either = lab_case("GPO081, GPO082, GPO093")
    options_.add(
        "6A80", ("模板错误", "another template"), send("80A8000002840000", ["6A80", "6700"]), provenance=either
    )
    options_.add(
        "6A80-WORD", ("模板错误", "another template: the word of the profile"), send("80A8000002840000", "6A80")
    )
    options_.add(
        "6700-ATC",
        ("长度错误不计数", "a wrong length does not count the ATC"),
        [send("80A800000383010000", ["6700", "6A80"]), send("80CA9F3600", "9000 9F36020000")],
        provenance=either,
    )
    options_.bad_class("00", "84")
    options_.bad_length("80A800000383010100", "80A8000003830000", "80A8000002830100", provenance=either)
    options_.bad_parameters("0100", "0001")
    options_.blocked()

    verify = _Command("CKRZ", "验证", "VERIFY", "PBOC-5 B.15", good=GOOD, well="I")
    verify.add("9000", ("正确", "the right PIN"), send(GOOD))
    tries = [send(WRONG, sw) for sw in ("63C2", "63C1", "63C0")]
    verify.add("63CX", ("三次错误", "three wrong PINs"), tries, provenance=lab_case("ABS012, OFA009, VRY071"))
    verify.add("6983", ("同一交易再试", "tried again in the same transaction"), [*tries, send(GOOD, "6983")])
    verify.add(
        "6984",
        ("次数已为零", "tries exhausted earlier: 6984 first, then 6983"),
        [*tries, call("open"), send(GOOD, "6984"), send(GOOD, "6983")],
        provenance=lab_case("54821276772"),
    )
    for name, block in (("CONTROL", "141234FFFFFFFFFF"), ("LENGTH", "2D1234FFFFFFFFFF"), ("FILL", "2412340000000000")):
        verify.add(
            f"63C2-{name}",
            ("格式错误的密码块", "a malformed block is a wrong PIN"),
            send(f"0020008008{block}", "63C2"),
            provenance=INFERRED,
        )
    verify.add("6985", ("拒绝后", "after an AAC"), send(GOOD, "6985"), "D", provenance=INFERRED)
    verify.add(
        "6A81",
        ("不支持脱机密码", "a card without offline PIN"),
        send(GOOD, "6A81"),
        profile="bank-pinless",
        provenance=lab_case("54648227403"),
    )
    verify.add(
        "6D00",
        ("不支持脱机密码，另一读法", "a card without offline PIN, the other reading"),
        send(GOOD, "6D00"),
        profile="bank-pinless",
        overrides={"pse": {"options": {"verify_without_offline_pin": "6D00"}}},
    )
    verify.bad_class("80", "84")
    verify.bad_length("0020008007241234FFFFFFFF", "0020008009241234FFFFFFFFFFFF", "00200080")
    verify.bad_parameters("0000", "0088", "0180")
    verify.blocked()

    return [*options_.found, *verify.found]


def authentication() -> list[Json]:
    """INTERNAL AUTHENTICATE, GENERATE AC, EXTERNAL AUTHENTICATE."""
    internal = _Command(
        "DDCS", "内部认证", "INTERNAL AUTHENTICATE", "PBOC-5 B.9", good="00880000041122334400", well="I"
    )
    internal.add("9000", ("DDA", "a signature of the card key's length"), send(internal.good, "9000 808180 [128]"))
    internal.add("9000-AGAIN", ("重复", "any number of times"), [send(internal.good), send(internal.good)])
    internal.add(
        "CVR",
        ("CVR 记录", "shows in the CVR"),
        [send(internal.good), gac1(ARQC, ARQC, "03A01002")],
    )
    internal.add("6985-S", ("初始化前", "before GPO"), send(internal.good, "6985"), "S")
    internal.add("6985-O", ("密文后", "after GENERATE AC"), send(internal.good, "6985"), "O", provenance=INFERRED)
    internal.bad_class("80", "84")
    internal.bad_length("008800000311223300", "0088000005112233445500")
    internal.bad_parameters("0100", "0001")
    internal.blocked()

    generate = _Command("YYMW", "生成应用密文", "GENERATE AC", "PBOC-5 B.6", good=gac1_data(ARQC), well="I")
    generate.add("9000", ("ARQC", "ARQC asked of a new card"), gac1(ARQC, ARQC, "03A01000"))
    generate.add("6985-S", ("初始化前", "before GPO"), send(gac1_data(ARQC), "6985"), "S")
    generate.add("6985-THIRD", ("第三次", "a third one"), send(gac2_data(TC), "6985"), "F")
    generate.add("6985-TC", ("脱机批准后", "after a TC"), send(gac2_data(TC), "6985"), "A")
    generate.add("6985-AAC", ("拒绝后", "after an AAC"), send(gac2_data(TC), "6985"), "D")
    generate.bad_class("00", "84")
    short = NORMAL.signed
    generate.bad_length(f"80AE80001D{short}00", f"80AE800035{gac1_data(0)[10:-2]}0000")
    generate.add("6700-SECOND", ("CDOL2 长度", "not the length of CDOL2"), send(gac1_data(TC), "6700"), "O")
    generate.bad_parameters("C000", "8001", "2000", "6000", "8100")
    generate.blocked()

    external = _Command(
        "WBRZ", "外部认证", "EXTERNAL AUTHENTICATE", "PBOC-5 B.5", good="008200000A" + "00" * 10, well="O"
    )
    external.add("9000", ("ARPC 正确", "right ARPC"), ea())
    external.add("9000-AAC", ("对 AAC 认证", "over an AAC"), ea(), "D", provenance=lab_case("ABS012, LOG004"))
    external.add("6300", ("ARPC 错误", "wrong ARPC"), ea("6300", right=False), provenance=lab_case("FON015, COM012"))
    external.add("6985-SECOND", ("第二次", "a second one"), [ea(), ea("6985")], provenance=lab_case("IAU061"))
    external.add("6985-I", ("密文前", "before GENERATE AC"), send(external.good, "6985"), "I", provenance=INFERRED)
    external.add("6985-TC", ("脱机批准后", "after a TC"), ea("6985"), "A", provenance=INFERRED)
    external.add("6985-F", ("完成后", "after completion"), ea("6985"), "F", provenance=lab_case("IAU151, IAU152"))
    external.add(
        "6700-NOT-USED-UP",
        ("长度错误不算一次", "a wrong length does not use up the one chance"),
        [send("0082000009" + "00" * 9, "6700"), ea()],
        provenance=INFERRED,
    )
    external.add(
        "6D00",
        ("不支持发卡行认证", "issuer authentication is not supported: no such command"),
        send(external.good, "6D00"),
        "I",
        overrides={"pse": {"elements": {"82": "7900"}}},
        provenance=INFERRED,
    )
    external.bad_class("80")
    external.bad_length(
        "0082000007" + "00" * 7,
        "0082000009" + "00" * 9,
        "008200000B" + "00" * 11,
        "0082000010" + "00" * 16,
        provenance=lab_case("EAU071, EAU072"),
    )
    external.bad_parameters("0100", "0001")
    external.blocked()
    return [*internal.found, *generate.found, *external.found]


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
        command = _Command(group, zh, en, clause, good=f"{header}{size + 4:02X}{data}11223344", well="F")
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
    group = _Command("GXSJ-PUT", "设置数据", "PUT DATA", "PBOC-5 B.11", good="", well="F")
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
    group = _Command("GXSJ-UPR", "修改记录", "UPDATE RECORD", "PBOC-5 B.14", good="04DC0124", well="F")
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
    group = _Command("MMXG", "密码修改", "PIN CHANGE", "PBOC-5 B.10", good="8424000214" + "00" * 20, well="F")
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


def channel() -> list[Json]:
    """What is left of the personalisation channel once the application is made (PBOC-10 §6.3)."""
    found: list[Json] = []
    for name, zh, command in (
        ("INIT", "初始化更新", "8050000008" + "00" * 8 + "00"),
        ("EXT", "个人化外部认证", "8482010010" + "00" * 16),
        ("STORE80", "存储数据", "80E2000003" + "010100"),
        ("STORE84", "存储数据（MAC）", "84E2000008" + "00" * 8),
    ):
        group = _Command(f"GRHM-{name}", zh, f"{name} after personalisation", "PBOC-10 §6.3", good=command)
        group.add("6985", ("已个人化", "the application is made"), send(command, "6985"))
        group.add(
            "6D00",
            ("已屏蔽", "masked, the other reading"),
            send(command, "6E00" if name == "EXT" else "6D00"),  # 82 is still known, with class 00
            overrides={"pse": {"options": {"personalised_word": "6D00"}}},
        )
        group.bad_class("04", *(() if name == "EXT" else ("00",)))
        if name in ("INIT", "EXT"):
            group.bad_length(command[:8] + "07" + "00" * 7)
        if name == "EXT":
            group.bad_parameters("0200", "0400")
        group.blocked()
        found += group.found
    return found


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


def unit() -> Unit:
    """All words."""
    return Unit(
        "words.json",
        "BANK-WORDS",
        "银行环境各命令的状态字",
        "Every status word of the bank side's commands",
        "Each command with each of its status words; lengths come before the state, the class before everything else.",
        ["PBOC-5 annex B"],
        standard("PBOC-5 annex B and the clauses of the commands"),
        [
            *selection(),
            *reading(),
            *options_and_pin(),
            *authentication(),
            *scripts(),
            *channel(),
            *directory(),
            *start_of_card(),
        ],
        LAB,
    )
