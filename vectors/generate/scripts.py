"""Issuer scripts (发卡行脚本): order in the card, counter and flag; log (交易明细); selection (应用选择)."""

from __future__ import annotations

from typing import Any

from vectors.generate.build import (
    AAC,
    AID,
    ARQC,
    CLEAN,
    GOOD_EA,
    INFERRED,
    LAB,
    LOWER_LIMIT,
    OPEN,
    PSE,
    RESET,
    TC,
    TO_AAC,
    TO_ARQC,
    TO_TC,
    UNABLE_TC,
    UNBLOCK,
    USUAL,
    WRONG,
    Json,
    Unit,
    call,
    ea,
    elements,
    gac1,
    gac1_data,
    gac2,
    gpo,
    lab_case,
    options,
    script,
    second,
    select,
    send,
    standard,
    values,
    vector,
    verify,
)
from vectors.generate.risk import run

PARTIAL = "A0000003330101"
_BAD = script(UNBLOCK, "6988", right=False)
_GOOD = script(UNBLOCK)


def order() -> list[Json]:
    """PBOC-5 figure 23: what counts, what leaves the failure indicator."""
    rows: tuple[tuple[str, str, str, list[Json], str], ...] = (
        ("RIGHT", "正确", "right: counted", [_GOOD], "10"),
        ("WRONG-MAC", "MAC 错误", "wrong MAC: counted, failed", [_BAD], "18"),
        ("NO-MAC", "无 MAC", "no MAC: failed, not counted", [send(UNBLOCK, "6700")], "08"),
        ("LONG-MAC", "MAC 过长", "a MAC too long: failed, not counted", [send(f"{UNBLOCK}05{'00' * 5}", "6700")], "08"),
        ("EXECUTION", "执行失败", "right MAC, execution fails: counted, failed", [script("04DA9F36", "6A88", "00")], "18"),
        ("RECORD", "记录不可写", "the same for a record", [script("04DC011C", "6982", "7000")], "18"),
        ("CLASS", "类别无安全报文", "a script with a class without messaging: failed", [send("8018000004" + "00" * 4, "6E00")], "08"),
        ("OTHER", "其他命令失败", "another command that fails leaves nothing", [send("00B2090C00", "6A83")], "00"),
        ("BOTH", "一对一错", "one right, one wrong", [_GOOD, _BAD], "28"),
        ("STICKY", "失败后成功", "a right one after a wrong one does not heal it", [_BAD, _GOOD, _GOOD], "38"),
        ("AFTER", "错误后仍接受", "a wrong MAC changes nothing else", [_BAD, script(LOWER_LIMIT, data="09"), send("80CA9F5800", "9000 9F580109")], "28"),
        ("SAME-AC", "同一密文", "all commands of a script use the same cryptogram", [script("841E0000"), _GOOD, script(LOWER_LIMIT, data="07"), script("04DC0124", data="70089F1401059F230109"), script("84240000")], "50"),
    )  # fmt: skip
    done = [CLEAN, OPEN, TO_ARQC, GOOD_EA, second("00")]
    found = [
        vector(f"JBSB-{name}", f"脚本：{zh}", f"script: {en}", [*steps, *run(AAC, AAC, f"00{byte4}")], done)
        for name, zh, en, steps, byte4 in rows
    ]
    others = (
        ("NOT-STICKY", "另一读法：最后一条决定", "the other reading: the last one decides", [_BAD, _GOOD], "20", {"script_failure_sticky": False}),
        ("NO-MAC-COUNTS", "另一读法：无 MAC 也计数", "the other reading: without MAC counts too", [send(UNBLOCK, "6700")], "18", {"script_missing_mac_counts": True}),
    )  # fmt: skip
    found += [
        vector(f"JBSB-{name}", f"脚本：{zh}", f"script: {en}", [*steps, *run(AAC, AAC, f"00{byte4}")], done, overrides=options(**choice), provenance=INFERRED)
        for name, zh, en, steps, byte4, choice in others
    ]  # fmt: skip
    return found


def indicator() -> list[Json]:
    """When counter and flag are shown and when they go (PBOC-5 §14.4.3.5, §16.6)."""
    before = [CLEAN, _GOOD, _BAD]
    kept = (
        ("TC", "脱机批准", "an offline TC keeps them", [OPEN, TO_TC]),
        ("AAC", "脱机拒绝", "an offline AAC keeps them", [OPEN, TO_AAC]),
        ("EA-FAILED", "认证失败", "a failed authentication keeps them", [OPEN, TO_ARQC, ea("6300", right=False), second("40")]),
        ("UNABLE", "联机失败", "a transaction unable to go online keeps them", [OPEN, TO_ARQC, second("40", UNABLE_TC)]),
    )  # fmt: skip
    shown = {"EA-FAILED": "8828", "UNABLE": "8028"}
    found = [
        vector(f"JBSB-KEPT-{name}", f"计数保留：{zh}", en, [*steps, *run(AAC, AAC, shown.get(name, "0028"))], before)
        for name, zh, en, steps in kept
    ]
    found += [
        vector(
            f"JBSB-RESET-{name}",
            "成功联机后清除",
            f"a good online {name} still shows them and clears them; later commands count from 0",
            [*run(ARQC, ARQC, "0028"), ea(), gac2(asked, asked, f"03{byte2}0028"), _GOOD, *run(AAC, AAC, "0010")],
            before,
        )
        for name, asked, byte2 in (("TC", TC, "60"), ("AAC", AAC, "20"))
    ]
    found.append(
        vector(
            "JBSB-BEFORE",
            "第二个密文前不计数",
            "commands before the second GENERATE AC are executed and not counted",
            [_GOOD, script(LOWER_LIMIT, data="09"), _BAD, ea(), gac2(TC, TC, "03600000"), *run(AAC, AAC, "0000")],
            [CLEAN, OPEN, TO_ARQC],
        )
    )
    return found


def pboc_3() -> list[Json]:
    """The card of PBOC 3.0: no script after a failed authentication or a wrong MAC."""
    three = "bank-pboc-3"
    wrong = ea("6300", right=False)
    source = lab_case("AUS004, DUS006, ABS005 (PBOC 3.0)")
    return [
        vector("JBSB-V3-EA", "认证失败后脚本被拒绝", "3.0: after a failed authentication 6985", [script(UNBLOCK, "6985")], [OPEN, TO_ARQC, wrong], profile=three, provenance=source),
        vector("JBSB-V3-EA-F", "认证失败后脚本被拒绝（完成后）", "3.0: the same after completion", [script(UNBLOCK, "6985")], [OPEN, TO_ARQC, wrong, second("00")], profile=three, provenance=source),
        vector("JBSB-V3-EA-2", "再次认证后脚本被拒绝", "3.0: the same after a second authentication", [script(UNBLOCK, "6985")], [OPEN, TO_ARQC, GOOD_EA, ea("6985")], profile=three, provenance=source),
        vector("JBSB-V3-MAC", "MAC 错误后脚本被拒绝", "3.0: after a wrong MAC 6985", [script(UNBLOCK, "6988", right=False), script(UNBLOCK, "6985")], [OPEN, TO_ARQC, GOOD_EA, second("40")], profile=three, provenance=INFERRED),
        vector("JBSB-V3-NONE", "未认证时接受", "3.0: accepted if there was no authentication", [script(UNBLOCK)], [OPEN, TO_ARQC, second("00")], profile=three, provenance=lab_case("CRA006, UTILITY-013")),
        vector("JBSB-V2-EA", "认证失败后仍执行（2.0）", "2.0: executed after a failed authentication", [script(UNBLOCK)], [OPEN, TO_ARQC, wrong, second("00")]),
        vector("JBSB-V2-EA-2", "再次认证后仍执行（2.0）", "2.0: executed after a second authentication", [script(UNBLOCK)], [OPEN, TO_ARQC, GOOD_EA, ea("6985")]),
    ]  # fmt: skip


def blocking() -> list[Json]:
    """What a block reaches (PBOC-5 §17.5)."""
    done = [CLEAN, OPEN, TO_ARQC, GOOD_EA, second("40")]
    blocked = [*done, call("script(841E0000)")]
    return [
        vector("YYSD-PSE", "应用锁定不影响支付系统环境", "the PSE stays while an application is blocked", [select("9000", PSE), select("6283")], blocked, provenance=lab_case("APP008")),
        vector("YYSD-TWICE", "重复锁定", "blocked twice: 9000", [script("841E0000"), select("6283")], blocked),
        vector("YYSD-RESET", "复位后仍锁定", "a block survives a reset", [RESET, select("6283")], blocked),
        vector("YYJS-FREE", "解锁未锁定的应用", "unblocking what is not blocked: 9000", [script(UNBLOCK), select()], done, provenance=lab_case("AUS012")),
        vector("YYJS-SAME", "同一交易中解锁", "unblocked in the same transaction", [script(UNBLOCK), select()], blocked),
        vector("YYJS-NO-EA", "不经外部认证解锁", "unblocked over an AAC without authentication", [script(UNBLOCK), select()], [*blocked, OPEN, TO_AAC]),
        vector("YYJS-PTC", "应用解锁不恢复密码次数", "unblocking the application leaves the tries at 0", [ea(), script(UNBLOCK), send("80CA9F1700", "9000 9F170100")], [CLEAN, call("three_wrong"), TO_AAC]),
        vector("MMJS-APP", "密码解锁不解锁应用", "unblocking the PIN leaves the application blocked", [script("84240000"), send("80CA9F1700", "9000 9F170103"), select("6283")], [CLEAN, call("three_wrong"), TO_AAC], overrides=elements(t9F52="0080")),
        vector("YYSD-VERIFY", "锁定后可验证密码", "VERIFY works in a blocked application", [verify("63C2", WRONG), verify(), send("80CA9F1700", "9000 9F170103")], [*blocked, OPEN]),
        vector("KPSD-FINISHED", "完成后锁定卡片", "CARD BLOCK after completion: nothing answers, not after a reset either", [script("84160000"), select("6A81"), send("80CA9F3600", "6A81"), RESET, select("6A81"), select("6A81", PSE)], done, destructive=True),
    ]  # fmt: skip


# --- log ---------------------------------------------------------------------------------------------------------


def _entry(number: str, **changed: str) -> str:
    given = {**USUAL, **{tag.removeprefix("t"): each for tag, each in changed.items()}}
    tags = ("9A", "9F21", "9F02", "9F03", "9F1A", "5F2A", "9F4E", "9C")
    return "".join(given[tag] for tag in tags) + number


def log() -> list[Json]:
    """Which transactions are logged, with what (PBOC-5 §18)."""
    newest = "00B2015C00"
    other = values(t9F02="000000001234", t9F21="080910", t9C="01")
    cash = _entry("0003", t9F02="000000001234", t9F21="080910", t9C="01")
    ring = [step for _ in range(11) for step in (OPEN, TO_TC)]
    return [
        vector("JYMX-ENTRY", "日志入口", "BF0C of the FCI names file and size", [send(f"00A4040008{AID}00", "9000 6F[1] 8408[8] A5[1] * BF0C059F4D020B0A")]),
        vector("JYMX-FORMAT", "日志格式", "9F4F by GET DATA", [send("80CA9F4F00", "9000 9F4F19 9A039F21039F02069F03069F1A025F2A029F4E149C019F3602")], [call("adf")]),
        vector("JYMX-EMPTY", "空日志", "an empty log: 6A83", [send(newest, "6A83")], [call("adf")]),
        vector("JYMX-TC1", "脱机批准", "TC at the first GENERATE AC is logged", [send(newest, f"9000 {_entry('0001')}"), send("00B2025C00", "6A83")], [OPEN, TO_TC]),
        vector("JYMX-TC2", "联机批准", "TC at the second GENERATE AC is logged once", [send(newest, f"9000 {_entry('0001')}"), send("00B2025C00", "6A83")], [OPEN, TO_ARQC, GOOD_EA, second("40")]),
        vector("JYMX-Y3", "联机失败批准", "so is a TC of a terminal unable to go online", [send(newest, f"9000 {_entry('0001')}")], [OPEN, TO_ARQC, second("40", UNABLE_TC)]),
        vector("JYMX-NONE", "拒绝与未完成不记", "AAC and ARQC are not logged", [send(newest, "6A83")], [OPEN, TO_AAC, OPEN, TO_ARQC, OPEN, TO_ARQC, second("00")]),
        vector("JYMX-ORDER", "最新在前", "newest first", [*run(TC, TC, "0000", other), send(newest, f"9000 {cash}"), send("00B2025C00", f"9000 {_entry('0002')}"), send("00B2035C00", f"9000 {_entry('0001')}")], [CLEAN, OPEN, TO_TC]),
        vector("JYMX-RING", "循环", "ten records are kept", [send("00B20A5C00", f"9000 {_entry('0003')}"), send("00B20B5C00", "6A83"), send(newest, f"9000 {_entry('000C')}")], [CLEAN, *ring], overrides=elements(t9F58="20")),
        vector("JYMX-BLOCKED", "锁定后可读", "readable in a blocked application, without GPO", [send(newest, f"9000 {_entry('0001')}")], [OPEN, TO_ARQC, GOOD_EA, second("40"), call("script(841E0000)"), call("adf")], provenance=lab_case("LOG004, LOG017")),
        vector("JYMX-AFL", "日志不在 AFL", "the AFL does not name the log", [gpo("9000 80[1] 7D00 08010100 08030300 10010500 18010201 20010100")], [call("adf")]),
        vector("JYMX-WITHOUT", "无日志", "a card without log: no entry, no file", [send(f"00A4040008{AID}00", "9000 6F[1] 8408[8] A5[1] 500A[10] 870101 5F2D027A68"), send(newest, "6A82")], overrides={"pse": {"log": "", "internal": {"0D01": ["9F58", "9F59", "9F53", "9F72"]}}}),
    ]  # fmt: skip


# --- selection ---------------------------------------------------------------------------------------------------


def selection() -> list[Json]:
    """Partial names, next, a blocked application (PBOC-5 §6, PBOC-3 §11.3.5)."""
    fci = f"9000 6F[1] 8408{AID} A5*"
    blocked = [CLEAN, OPEN, TO_ARQC, GOOD_EA, second("40"), call("script(841E0000)")]
    found = [
        vector(f"YYXZ-PARTIAL-{length}", f"部分名称 {length} 字节", f"a partial name of {length} bytes; 84 has the full one",
               [send(f"00A40400{length:02X}{AID[: 2 * length]}00", fci)])
        for length in (5, 6, 7)
    ]  # fmt: skip
    found += [
        vector("YYXZ-NEXT", "下一个", "next after the only match: 6A82", [select("9000", PARTIAL), select("6A82", PARTIAL, "02")]),
        vector("YYXZ-NEXT-TWICE", "下一个两次后全名", "twice next, then the full name: a transaction runs", [select("9000", PARTIAL), select("6A82", PARTIAL, "02"), select("6A82", PARTIAL, "02"), select(), gpo(), gac1(ARQC, ARQC, "03A01000")], provenance=lab_case("SEL083")),
        vector("YYXZ-NEXT-BROKEN", "中间有其他命令", "another command between breaks the chain", [select("9000", PARTIAL), send("80CA9F3600"), select("6A82", PARTIAL, "02")], provenance=INFERRED),
        vector("YYXZ-NEXT-FIRST", "未选择即下一个", "next without a first", [call("pse"), select("6A82", PARTIAL, "02")], provenance=INFERRED),
        vector("YYXZ-OTHER", "其他 PIX", "another application of the same RID", [select("6A82", "A000000333010102")]),
        vector("YYXZ-LONGER", "更长名称", "a longer name", [select("6A82", AID + "01")]),
        vector("YYXZ-KEPT", "选择失败保留原选择", "a failed SELECT leaves the earlier selection and its transaction", [select("6A82", "A000000003101001"), gac1(ARQC, ARQC, "03A01000")], [OPEN], provenance=INFERRED),
        vector("YYXZ-AFRESH", "重新选择", "selecting again starts afresh", [select(), send(gac1_data(ARQC), "6985"), gpo(), gac1(ARQC, ARQC, "03A01000")], [OPEN]),
        vector("YYXZ-BLOCKED", "锁定应用", "a blocked application: 6283 by full and partial name", [select("6283"), select("6283", PARTIAL)], blocked),
        vector("YYXZ-BLOCKED-NEXT", "锁定应用之后", "next goes on behind a blocked application", [select("6283", PARTIAL), select("6A82", PARTIAL, "02")], blocked),
        vector("YYXZ-FCI", "FCI", "the FCI as personalised", [send(f"00A4040008{AID}00", f"9000 6F[1] 8408{AID} A5[1] 500A50424F43204445424954 870101 5F2D027A68 BF0C05 9F4D020B0A")]),
        vector("YYXZ-PDOL", "PDOL", "a card with a PDOL: its length rules GPO", [send("80A8000009830700000000100001", "6700"), send("80A800000A83080000000010000156", "9000 80*")], [call("adf")], overrides={"pse": {"elements": {"9F38": "9F02065F2A02"}, "fci": ["50", "87", "9F38", "5F2D"]}}),
    ]  # fmt: skip
    foreign = {
        "pse": {
            "elements": {"9F38": "9F1A025F2A02"},
            "fci": ["50", "87", "9F38"],
            "options": {"gpo_refuses_foreign": True},
        }
    }
    found += [
        vector(f"YYCS-FOREIGN-{pdol}", f"限制检查 {pdol}", f"the issuer's own restriction: PDOL values {pdol}: {sw}",
               [send(f"80A80000068304{pdol}00", sw), send("80CA9F3600", f"9000 9F3602 {'0001' if sw == '9000' else '0000'}")],
               [call("adf")], overrides=foreign)
        for pdol, sw in (("08400156", "6985"), ("01560840", "6985"), ("01560156", "9000"))
    ]  # fmt: skip
    return found


# --- cards -------------------------------------------------------------------------------------------------------


def variants() -> list[Json]:
    """The kinds of cards: what differs in AIP, AFL and answers."""
    rows = (
        ("bank-sda", "5C00", "08010100 08030300 10010300 18010201 20010100"),
        ("bank-dda", "7C00", "08010100 08030300 10010500 18010201 20010100"),
        ("bank-cda", "3D00", "08010100 08030300 10010200 10040500 18010201 20010100"),
        ("bank-only", "7D00", "08010100 08030300 10010500 18010201 20010100"),
    )
    found = [
        vector(
            f"YYCS-{name.upper()}",
            f"AIP {aip}",
            f"AIP and AFL of {name}; an ARQC of a new card",
            [gpo(f"9000 80[1] {aip} {afl}"), gac1(ARQC, ARQC, "03A01000", values(aip))],
            [call("adf")],
            profile=name,
        )
        for name, aip, afl in rows
    ]
    found += [
        vector("DDCS-SDA-CARD", "无 DDA 的卡", "a card without DDA: no INTERNAL AUTHENTICATE", [send("00880000041122334400", ["6985", "6D00", "6700"])], [OPEN], profile="bank-sda", provenance=INFERRED),
        vector("FXGL-ONLINE-ONLY", "全部联机的卡", "floors of zero: every transaction goes online", [*run(TC, ARQC, "2000")], [OPEN, TO_ARQC, GOOD_EA, second("40")], profile="bank-online-only"),
        vector("FXGL-DUAL", "双货币卡", "second currency, converted: at the limit and beyond", [
            *run(TC, TC, "0000", values(t5F2A="0344", t9F02="000000057142")), *run(TC, ARQC, "2000", values(t5F2A="0344", t9F02="000000000002"))],
            [OPEN, TO_ARQC, GOOD_EA, second("40")], profile="bank-dual-currency", overrides={"pse": {"elements": {"9F53": "09"}}}),
        vector("RZSB-OPTIONAL", "发卡行认证可选", "authentication optional and missing: TC, no longer new", [gac2(TC, TC, "03601400"), *run(TC, TC, "0000")], [OPEN, TO_ARQC], profile="bank-ia-optional"),
        vector("RZSB-MANDATORY", "发卡行认证必备", "authentication mandatory and missing: turned down by ADA, the next goes online", [gac2(TC, AAC, "03201400"), *run(TC, ARQC, "9800")], [OPEN, TO_ARQC], profile="bank-only"),
        vector("CKRZ-PINLESS", "无脱机密码的卡", "no PIN: no VERIFY, no PIN checks", [verify("6A81"), gac1(ARQC, ARQC, "03A01000")], [OPEN], profile="bank-pinless"),
    ]  # fmt: skip
    return [*found, *value_added()]


def value_added() -> list[Json]:
    """The issuer's own file: announced in BF0C, read freely, written by scripts, not in the AFL."""
    more: dict[str, Any] = {
        "profile": "bank-value-added",
        "provenance": standard("PBOC-5 table 4 leaves SFI 21-30 to the issuer", "inferred", "medium"),
    }
    points, fewer = "DF2106000000001200DF220420301231", "DF2106000000000700DF220420301231"
    done = [OPEN, TO_ARQC, GOOD_EA, second("40")]
    return [
        vector("ZZFW-ENTRY", "增值服务入口", "BF0C names file and number of records", [send(f"00A4040008{AID}00", "9000 6F[1] 8408[8] A5[1] * BF0C 0A 9F4D020B0A DF20021502")], **more),
        vector("ZZFW-READ", "自由读", "read before GPO, without PIN", [send("00B201AC00", f"9000 {points}"), send("00B202AC00", "9000 DF230A434F55504F4E20303031"), send("00B203AC00", "6A83")], [call("adf")], **more),
        vector("ZZFW-WRITE", "脚本写", "written by a script command", [script("04DC01AC", data=fewer), send("00B201AC00", f"9000 {fewer}")], done, **more),
        vector("ZZFW-6988", "MAC 错误", "a wrong MAC: the record is as it was", [script("04DC01AC", "6988", fewer, right=False), send("00B201AC00", f"9000 {points}")], done, **more),
        vector("ZZFW-6700", "长度不同", "another length", [script("04DC01AC", "6700", fewer + "00")], done, **more),
        vector("ZZFW-6A83", "记录不存在", "no such record", [script("04DC03AC", "6A83", fewer)], done, **more),
        vector("ZZFW-6985", "初始化前", "not without a transaction", [send("04DC01AC14" + fewer + "00" * 4, "6985")], [call("adf")], **more),
        vector("ZZFW-AFL", "不在 AFL", "the AFL does not name it", [gpo("9000 80[1] 7D00 08010100 08030300 10010500 18010201 20010100")], [call("adf")], **more),
    ]  # fmt: skip


def units() -> tuple[Unit, ...]:
    """Four files."""
    return (
        Unit("scripts.json", "BANK-SCRIPTS", "发卡行脚本", "Issuer scripts", "What a script command counts and leaves, when it shows, what a block reaches.", ["PBOC-5 §17", "PBOC-5 annex C"], standard("PBOC-5 §17.5, §17.6, figure 23"), [*order(), *indicator(), *pboc_3(), *blocking()], LAB),
        Unit("log.json", "BANK-LOG", "交易日志", "The transaction log", "Which transactions are logged, with which values, and how the log is read.", ["PBOC-5 §18"], standard("PBOC-5 §18, table 45; order and end: PBOC-13 §10.2"), log(), LAB),
        Unit("selection.json", "BANK-SELECTION", "应用选择", "Application selection", "Partial names, next occurrence, blocked applications, FCI and PDOL.", ["PBOC-5 §6", "PBOC-3 §11.3"], standard("PBOC-5 §6, B.13; PBOC-3 §11.3, §12.3"), selection(), LAB),
        Unit("cards.json", "BANK-CARDS", "各种卡", "Kinds of cards", "What the built-in bank cards differ in.", ["PBOC-5 §7", "PBOC-5 §8", "PBOC-5 §14"], standard("PBOC-5 A.1, A.2"), variants()),
    )  # fmt: skip
