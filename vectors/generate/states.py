"""The transaction state machine (交易状态机): every cell of the table below, and that a refusal changes nothing.

The table is the recommended reading of PBOC-5 §7, §14-17 and annex B; a letter is the state that follows.
"""

from __future__ import annotations

from vectors.generate.build import (
    AID,
    GOOD,
    LAB,
    OPEN,
    PSE,
    TO_AAC,
    TO_ARQC,
    TO_TC,
    UNBLOCK,
    Json,
    Unit,
    call,
    ea,
    elements,
    gac1_data,
    gac2_data,
    script,
    second,
    send,
    standard,
    vector,
)

STATES = "PSIODAF"
TABLE = """
SELECT-ADF  S    S    S    S    S    S    S
SELECT-PSE  P    P    P    P    P    P    P
READ        P    S    I    O    D    A    F
GET-DATA    6D00 S    I    O    D    A    F
GPO         6D00 I    6985 6985 6985 6985 6985
VERIFY      6D00 S    I    O    6985 6985 6985
INT-AUTH    6D00 6985 I    6985 6985 6985 6985
GAC         6D00 6985 ODA  F    6985 6985 6985
EA-1        6D00 6985 6985 O    D    6985 6985
EA-2        -    -    -    6985 6985 -    6985
SCRIPT      6D00 6985 6985 O    D    6985 F
"""
_NAMES = {
    "SELECT-ADF": "选择应用",
    "SELECT-PSE": "选择支付系统环境",
    "READ": "读记录",
    "GET-DATA": "取数据",
    "GPO": "取处理选项",
    "VERIFY": "验证",
    "INT-AUTH": "内部认证",
    "GAC": "生成应用密文",
    "EA-1": "外部认证（首次）",
    "EA-2": "外部认证（再次）",
    "SCRIPT": "脚本命令",
}
_TO: dict[str, list[Json]] = {
    "P": [call("pse")],
    "S": [call("adf")],
    "I": [OPEN],
    "O": [OPEN, TO_ARQC],
    "D": [OPEN, TO_AAC],
    "A": [OPEN, TO_TC],
    "F": [OPEN, TO_ARQC, call("ea(3030)"), second("40")],
}
_ANSWERED = {"O": "80", "D": "00", "A": "40"}


def _plain(command: str, state: str) -> str:
    if command == "GAC":
        return gac2_data(0x40) if state in "ODAF" else gac1_data(0x80)
    return {
        "SELECT-ADF": f"00A4040008{AID}00",
        "SELECT-PSE": f"00A404000E{PSE}00",
        "READ": "00B2010C00",
        "GET-DATA": "80CA9F3600",
        "GPO": "80A8000002830000",
        "VERIFY": GOOD,
        "INT-AUTH": "00880000041122334400",
    }[command]


def _command(command: str, state: str, sw: str) -> Json:
    if command.startswith("EA"):
        return ea(sw) if state in "ODAF" else send("008200000A" + "00" * 10, sw)
    if command == "SCRIPT":
        return script(UNBLOCK, sw) if state in "ODAF" else send(UNBLOCK + "0411223344", sw)
    return send(_plain(command, state), sw)


def _probes(state: str) -> list[Json]:
    """Steps only this state answers so: what proves that the card stands there."""
    refused = send(gac2_data(0x40), "6985")
    return {
        "P": [send("80CA9F3600", "6D00"), send("00B2010C00", "9000 70[1]61*")],
        "S": [send("00880000041122334400", "6985"), send("80A8000002830000")],
        "I": [send("80A8000002830000", "6985"), send("00880000041122334400"), send(gac1_data(0x80), "9000 801380*")],
        "O": [send("00880000041122334400", "6985"), send(gac2_data(0x40), "9000 801340*")],
        "D": [refused, ea()],
        "A": [refused, ea("6985"), send("80A8000002830000", "6985")],
        "F": [refused, script(UNBLOCK)],
    }[state]


def cells() -> list[Json]:
    """A vector a cell; two cells more where GENERATE AC may lead to three states."""
    found: list[Json] = []
    for line in TABLE.strip().splitlines():
        command, *row = line.split()
        for state, cell in zip(STATES, row, strict=True):
            if cell == "-":
                continue
            again = [ea("9000" if state in "OD" else "6985")] if command == "EA-2" else []
            setup = [call("clean"), *_TO[state]]
            if cell.isdigit() or cell == "6D00":
                kept = [] if command == "EA-2" else _probes(state)
                title = f"{_NAMES[command]}在状态 {state} 被拒绝，状态不变"
                en = f"{command} in state {state}: {cell}, the state stays"
                steps = [*again, _command(command, state, cell), *kept]
                found.append(vector(f"ZTJ-{command}-{state}", title, en, steps, setup))
                continue
            for target in cell:
                step = _command(command, state, "9000")
                if command == "GAC" and state == "I":
                    step = call(f"gac1({_ANSWERED[target]})")
                name = f"ZTJ-{command}-{state}" + (f"-{target}" if len(cell) > 1 else "")
                title = f"{_NAMES[command]}：状态 {state} 到 {target}"
                steps = [step, *_after(command, target)]
                found.append(vector(name, title, f"{command} in state {state} leads to {target}", steps, setup))
    return found


def _after(command: str, state: str) -> list[Json]:
    """Proof of the state; after an EXTERNAL AUTHENTICATE another one would be the second."""
    probes = _probes(state)
    if command == "EA-1":
        return [send(gac2_data(0x40), "6985"), script(UNBLOCK)] if state == "D" else probes
    return probes


def flags() -> list[Json]:
    """A second EXTERNAL AUTHENTICATE leaves its mark for the next transaction, a refused command does not."""
    return [
        vector(
            f"ZTJ-EA-2-{state}-FLAG",
            f"状态 {state} 再次外部认证：标志",
            f"a second EXTERNAL AUTHENTICATE in state {state} sets the failure indicator",
            [
                *([] if state == "F" else [ea()]),
                ea("6985"),
                OPEN,
                send(gac1_data(0x00), "9000 8013 00 [2] [8] 070101 0380?8?? 01"),
            ],
            [call("clean"), *_TO[state]],
        )
        for state in "ODF"
    ] + [
        vector(
            "ZTJ-GPO-RESETS",
            "初始化清除卡片验证结果",
            "GPO wipes the CVR of a VERIFY before it",
            [call("adf"), send(GOOD), send("80A8000002830000"), send(gac1_data(0x00), "9000 8013 00 [10] 070101 03800000 01")],
            [call("clean")],
        ),
        vector(
            "ZTJ-PULLED",
            "联机中拔卡",
            "the card is pulled between ARQC and completion: the next transaction says so and goes online",
            [{"reset": "cold"}, OPEN, send(gac1_data(0x40), "9000 8013 80 [10] 070101 03A08000 01")],
            [call("clean"), OPEN, TO_ARQC],
        ),
        vector(
            "ZTJ-BLOCKED-GPO",
            "锁定应用可初始化，计数",
            "a blocked application: GPO 9000, the ATC counts, READ RECORD, GET DATA and VERIFY as usual",
            [
                send("80A8000002830000"),
                send("80CA9F3600", "9000 9F36020003"),
                send("00B2010C00"),
                send(GOOD),
                send(gac1_data(0x80), "9000 8013 00 [10] 070101 03840010 01"),
            ],
            [call("clean"), *_TO["F"], call("script(841E0000)"), call("adf")],
            overrides=elements(t9F58="09"),
        ),
        vector(
            "ZTJ-BLOCKED-BETWEEN",
            "两次密文之间锁定",
            "a block between the two GENERATE AC: the second answers AAC",
            [script("841E0000"), send(gac2_data(0x40), "9000 8013 00 [10] 070101 03200400 01")],
            [call("clean"), OPEN, TO_ARQC],
            provenance=standard("PBOC-5 §17.5 lets the transaction end without naming the cryptogram", "inferred", "medium"),
        ),
    ]  # fmt: skip


def unit() -> Unit:
    """All cells."""
    return Unit(
        "states.json",
        "BANK-STATES",
        "交易状态机",
        "The transaction state machine",
        "Each command in each state: allowed, with proof of the state that follows, or refused with the state kept.",
        ["PBOC-5 §7.4", "PBOC-5 §14.5", "PBOC-5 §15.4", "PBOC-5 §16", "PBOC-5 §17.6", "PBOC-5 annex B"],
        standard("PBOC-5 §7, §14-17, annex B; cells no clause names follow the recommended reading", confidence="medium"),
        [*cells(), *flags()],
        LAB,
    )  # fmt: skip
