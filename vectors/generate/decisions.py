"""Decision tables: first GENERATE AC (终端行为), completion online (联机批准), unable to go online (联机失败).

The expectations are computed here from PBOC-5 §14.5, §16.6 and §16.7, row by row.
"""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

from vectors.generate.build import (
    AAC,
    ARQC,
    CLEAN,
    LAB,
    NORMAL,
    OPEN,
    TC,
    TO_ARQC,
    TO_TC,
    UNABLE_AAC,
    UNABLE_TC,
    UNBLOCK,
    Json,
    Unit,
    Values,
    call,
    ea,
    elements,
    gac1,
    gac2,
    options,
    script,
    second,
    send,
    standard,
    values,
    vector,
)
from vectors.generate.risk import run

_NAME = {AAC: "AAC", TC: "TC", ARQC: "ARQC"}
_SECOND_BYTE = {AAC: "20", TC: "60"}


# --- first GENERATE AC -------------------------------------------------------------------------------------------


def first() -> list[Json]:
    """PBOC-5 table 33: what the terminal asks against what the card asks."""
    found = []
    wishes: tuple[tuple[str, str, dict[str, str | None], list[Json], str], ...] = (
        ("NOTHING", "卡片无要求", {}, [], "0000"),
        ("ONLINE", "卡片要求联机", {"t9F58": "00"}, [], "2000"),
        ("DECLINE", "卡片要求拒绝", {"t9F52": "0040"}, [call("three_wrong")], "4000"),
        ("BLOCKED", "应用已锁定", {}, [OPEN, TO_ARQC, call("ea(3030)"), second("40"), call("script(841E0000)")], "0010"),
    )  # fmt: skip
    for asked, (wish, zh, tags, before, low) in product((AAC, ARQC, TC), wishes):
        answer = AAC if wish in ("DECLINE", "BLOCKED") else (ARQC if wish == "ONLINE" and asked == TC else asked)
        found.append(
            vector(
                f"YYMW-T33-{_NAME[asked]}-{wish}",
                f"终端请求 {_NAME[asked]}，{zh}",
                f"terminal asks {_NAME[asked]}, card asks {wish.lower()}: {_NAME[answer]}",
                run(asked, answer, low),
                [CLEAN, *before],
                overrides=elements(**tags) if tags else None,
            )
        )
    return found


def advice() -> list[Json]:
    """The CID of an AAC: advice and its reason (PBOC-5 A.1, §14.5.1)."""
    wrong = [send("0020008008244321FFFFFFFFFF", sw) for sw in ("63C2", "63C1", "63C0")]
    declined = "03800000"
    tried = "03864000"
    rows: tuple[tuple[str, str, list[Json], str, int, str], ...] = (
        ("NONE", "0000", [], declined, 0x00, "no bit"),
        ("B5", "1000", [], declined, 0x08, "ADA1.b5: advice"),
        ("B4", "0800", [], declined, 0x00, "ADA1.b4 without exhausted tries"),
        ("B4-TRIES", "0800", wrong, tried, 0x0A, "ADA1.b4, the tries ran out now: reason 2"),
        ("B5-TRIES", "1000", wrong, tried, 0x08, "ADA1.b5, the tries ran out now"),
        ("B5-B4-TRIES", "1800", wrong, tried, 0x0A, "both bits, the tries ran out now"),
    )
    found = [
        vector(
            f"YYMW-ADVICE-{name}",
            f"拒绝时的通知：ADA {ada}",
            f"CID of an AAC: {en}",
            [OPEN, *steps, gac1(AAC, cid, cvr)],
            [CLEAN],
            overrides=elements(t9F52=ada),
        )
        for name, ada, steps, cvr, cid, en in rows
    ]
    earlier = [CLEAN, call("three_wrong")]
    found.append(
        vector(
            "YYMW-ADVICE-B4-EARLIER",
            "次数早已用尽：无通知",
            "ADA1.b4, the tries ran out in an earlier transaction: no advice",
            run(AAC, AAC, "4000"),
            earlier,
            overrides=elements(t9F52="0800"),
        )
    )
    return found


def second_request() -> list[Json]:
    """Forms of the request: CDA without support, ARQC in the second one."""
    return [
        vector(
            "YYMW-CDA-UNSUPPORTED",
            "卡片不支持 CDA",
            "CDA asked of a card without: format 1",
            [OPEN, gac1(ARQC | 0x10, ARQC, "03A01000", values("7C00"))],
            profile="bank-dda",
            overrides={"pse": {"elements": {"9F52": "0000"}}},
        ),
        vector(
            "YYMW-CDA-REFUSED",
            "卡片不支持 CDA，另一读法",
            "the same, the other reading: 6A81",
            [OPEN, send(f"80AE900034{gac1(ARQC, 0, '')['send'][10:]}", "6A81")],
            profile="bank-dda",
            overrides=options(cda_unsupported_refused=True),
        ),
        *(
            vector(
                f"LJPZ-ARQC-{name}",
                "第二次请求 ARQC",
                f"ARQC asked in the second GENERATE AC: {name}",
                [step],
                [CLEAN, OPEN, TO_ARQC, call("ea(3030)")],
                overrides=options(second_arqc=choice),
            )
            for name, choice, step in (
                ("AAC", "aac", gac2(ARQC, AAC, "03200000")),
                ("6985", "6985", send(f"80AE800022{gac2(TC, 0, '')['send'][10:]}", "6985")),
            )
        ),
        vector(
            "LJPZ-ARQC-UNABLE",
            "联机失败时请求 ARQC",
            "ARQC asked when unable to go online: AAC",
            [gac2(ARQC, AAC, "03210000", UNABLE_TC)],
            [CLEAN, OPEN, TO_ARQC],
        ),
        vector(
            "LJPZ-ARC-DIFFERS",
            "外部认证与 8A 不同",
            "the code of EXTERNAL AUTHENTICATE and 8A differ: declined",
            [gac2(TC, AAC, "03200000", "3030")],
            [CLEAN, OPEN, TO_ARQC, ea(arc="3035")],
            provenance=standard("PBOC-5 §16.6: the code of EXTERNAL AUTHENTICATE", "inferred", "medium"),
        ),
    ]


# --- completion online -------------------------------------------------------------------------------------------


class _Online(NamedTuple):
    """A row of PBOC-5 §16.6: how issuer authentication stands, what is asked, what the host said."""

    support: str  # none, optional, mandatory
    ea: str  # none, good, failed
    ada: str
    asked: int
    arc: str

    @property
    def name(self) -> str:
        asked = _NAME[self.asked]
        return (
            f"LJPZ-{self.support.upper()}-EA{self.ea.upper()}-{self.ada[:2]}-{asked}-{bytes.fromhex(self.arc).decode()}"
        )

    @property
    def wanted(self) -> bool:
        return self.asked == TC and self.arc == "3030"

    @property
    def missing(self) -> bool:
        return self.support == "mandatory" and self.ea == "none"

    @property
    def good(self) -> bool:
        return self.ea != "failed" and not self.missing

    @property
    def turned_down(self) -> bool:
        bits = int(self.ada[:2], 16)
        return self.wanted and ((self.ea == "failed" and bool(bits & 0x40)) or (self.missing and bool(bits & 0x20)))

    @property
    def answer(self) -> int:
        return TC if self.wanted and not self.turned_down else AAC

    @property
    def cid(self) -> int:
        return 0x08 if self.turned_down and int(self.ada[:2], 16) & 0x04 else self.answer

    @property
    def cvr(self) -> str:
        """With the script results read at the first GENERATE AC."""
        byte2 = (0x60 if self.answer == TC else 0x20) | (0x08 if self.ea == "failed" else 0)
        byte3 = 0x04 if self.support != "none" and self.ea == "none" else 0
        return f"03{byte2:02X}{byte3:02X}28"

    @property
    def after(self) -> str:
        """Bytes 3 and 4 of the next transaction's CVR."""
        byte3 = (0 if self.good else 0x80) | (0 if self.good or self.support == "none" else 0x08)
        return f"{byte3:02X}{'00' if self.good else '28'}"

    def vector(self) -> Json:
        """Two script commands before leave counter and failure indicator, so that their reset can be seen."""
        given = values("7900") if self.support == "none" else NORMAL
        before = [script(UNBLOCK), script(UNBLOCK, "6988", right=False)]
        authenticate = {"none": [], "good": [ea(arc=self.arc)], "failed": [ea("6300", self.arc, right=False)]}[self.ea]
        moved = self.good and self.answer == TC
        setup = [OPEN, TO_ARQC, second("40")] if self.support == "none" else [CLEAN]
        tags = {"t82": given.aip, "t9F56": "80" if self.support == "mandatory" else "00", "t9F52": self.ada}
        return vector(
            self.name,
            f"发卡行认证{_SUPPORT[self.support]}，外部认证{_EA[self.ea]}，请求 {_NAME[self.asked]}",
            f"issuer authentication {self.support}, EXTERNAL AUTHENTICATE {self.ea}, ADA {self.ada}, "
            f"{_NAME[self.asked]} asked",
            [
                OPEN,
                gac1(ARQC, ARQC, "03A00028", given),
                *authenticate,
                gac2(self.asked, self.cid, self.cvr, self.arc, given),
                send("80CA9F1300", f"9000 9F1302 {'0002' if moved else '0001'}"),
                *run(AAC, AAC, self.after, given),
            ],
            [*setup, *before],
            overrides=elements(**tags),
        )


_SUPPORT = {"none": "不支持", "optional": "可选", "mandatory": "必备"}
_EA = {"none": "未执行", "good": "成功", "failed": "失败"}


def online() -> list[Json]:
    """Every row of the completion."""
    stands = [("none", "none"), *product(("optional", "mandatory"), ("none", "good", "failed"))]
    rows = product(
        stands, ("0000", "4000", "2000", "6400"), ((TC, "3030"), (TC, "3035"), (AAC, "3030"), (ARQC, "3030"))
    )
    return [_Online(*stand, ada, *asked).vector() for stand, ada, asked in rows]


def counters_online() -> list[Json]:
    """What a completion does to the counters of offline transactions and to the log (PBOC-5 §16.6.2)."""
    abroad = values(t9F1A="0840", t5F2A="0840")
    tags = elements(t9F53="01", t9F72="01", t9F54="000000001000", t9F58="20")
    spent = [*run(TC, TC, "0000", abroad), *run(TC, TC, "0000")]  # each limit is reached
    found = []
    rows = (
        ("GOOD", "成功", [ea()], TC, "03600000", True, "0000"),
        ("FAILED", "认证失败", [ea("6300", right=False)], TC, "03680000", False, "A800"),
        ("DECLINED", "被拒绝", [ea()], AAC, "03200000", False, "2000"),
    )
    for name, zh, steps, asked, cvr, cleared, low in rows:
        for kind, given in (("ABROAD", abroad), ("AMOUNT", NORMAL)):
            found.append(
                vector(
                    f"LJPZ-COUNTERS-{name}-{kind}",
                    f"联机交易{zh}后的脱机累计",
                    f"offline counters after an online transaction, {name.lower()}: {'cleared' if cleared else 'kept'}",
                    [*run(ARQC, ARQC, "2000"), *steps, gac2(asked, asked, _with(cvr, "20")),
                     *run(AAC, AAC, low, given)],
                    [CLEAN, *spent],
                    overrides=tags,
                )
            )  # fmt: skip
    return found


def _with(cvr: str, byte3: str) -> str:
    return f"{cvr[:4]}{int(cvr[4:6], 16) | int(byte3, 16):02X}{cvr[6:]}"


# --- unable to go online -----------------------------------------------------------------------------------------


def unable() -> list[Json]:
    """PBOC-5 §16.7: each check on both sides of its limit."""
    found: list[Json] = []

    def add(
        name: str,
        zh: str,
        en: str,
        answer: int,
        byte3: str,
        before: list[Json],
        gac1_low: str = "0000",
        given: Values = NORMAL,
        **tags: str | None,
    ) -> None:

        byte2 = int(_SECOND_BYTE[answer], 16) | 1
        cvr = f"03{byte2:02X}{int(byte3, 16) | int(gac1_low[:2], 16):02X}{gac1_low[2:]}"
        found.append(
            vector(
                f"LJSB-{name}",
                zh,
                f"unable to go online: {en}",
                [*run(ARQC, ARQC, gac1_low, given), gac2(TC, answer, cvr, UNABLE_TC, given)],
                before,
                overrides=elements(**tags),
            )
        )

    offline = [OPEN, TO_TC]
    more: dict[str, Any] = {"t9F58": "20"}
    for limit in (0, 1, 3):
        if limit:
            add(
                f"UPPER-{limit}-REACHED",
                "上限：等于",
                f"upper limit {limit} reached",
                TC,
                "00",
                [CLEAN, *offline * (limit - 1)],
                **more,
                t9F59=f"{limit:02X}",
            )
        add(
            f"UPPER-{limit}-EXCEEDED",
            "上限：超过",
            f"upper limit {limit} exceeded",
            AAC,
            "20",
            [CLEAN, *offline * limit],
            **more,
            t9F59=f"{limit:02X}",
        )
    add("UPPER-ABSENT", "无 9F59", "no 9F59: skipped", TC, "00", [CLEAN, *offline * 9], **more, t9F59=None)
    upper: dict[str, Any] = {**more, "t9F54": "000000900000", "t9F5C": "000000002000", "t9F59": "20", "t9F53": "20"}
    add("AMOUNT-REACHED", "累计上限：等于", "upper amount reached", TC, "00", [CLEAN, *offline], **upper)
    add("AMOUNT-EXCEEDED", "累计上限：超过", "upper amount exceeded", AAC, "20", [CLEAN, *offline * 2], **upper)
    dollars = values(t5F2A="0840", t9F02="000000009000")
    add("AMOUNT-FOREIGN", "他币", "another currency: not compared", TC, "00", [CLEAN], given=dollars, **upper)
    dual: dict[str, Any] = {
        **more,
        "t9F76": "0344",
        "t9F73": "20000175",
        "t9F75": "000000900000",
        "t9F5C": "000000001750",
        "t9F59": "20",
        "t9F53": "20",
    }
    for amount, answer, byte3, word in (("000000001000", TC, "00", "REACHED"), ("000000001001", AAC, "20", "EXCEEDED")):
        add(
            f"DUAL-{word}",
            "双货币上限",
            f"converted amount, {word.lower()}",
            answer,
            byte3,
            [CLEAN],
            given=values(t5F2A="0344", t9F02=amount),
            **dual,
        )
    add("NEW-0", "新卡，ADA 不拒绝", "new card, ADA1.b1 0", TC, "10", [], "1000")
    add("NEW-1", "新卡，ADA 拒绝", "new card, ADA1.b1 1: declined", AAC, "10", [], "1000", t9F52="0100")
    add("USED-1", "非新卡", "not new, ADA1.b1 1", TC, "00", [CLEAN], t9F52="0100")
    exhausted = [CLEAN, call("three_wrong")]
    add(
        "PIN-1",
        "密码次数用尽，ADA 拒绝",
        "tries exhausted earlier, ADA2.b5 1: declined",
        AAC,
        "40",
        exhausted,
        "4000",
        t9F52="0010",
    )
    add("PIN-0", "密码次数用尽，ADA 不拒绝", "tries exhausted earlier, ADA2.b5 0", TC, "40", exhausted, "4000")
    add("PIN-LEFT", "密码次数未用尽", "tries left, ADA2.b5 1", TC, "00", [CLEAN], t9F52="0010")
    found.append(
        vector(
            "LJSB-EA-FAILED-SHOWN",
            "发卡行认证失败仅显示",
            "unable to go online: a failed EXTERNAL AUTHENTICATE is shown, TC is given",
            [*run(ARQC, ARQC, "0000"), ea("6300", UNABLE_TC, right=False), gac2(TC, TC, "03690000", UNABLE_TC)],
            [CLEAN],
            overrides=elements(t9F52="6000"),
        )
    )
    found += [
        vector(
            f"LJSB-ADVICE-{'1' if cid else '0'}",
            "拒绝时的通知",
            f"unable to go online, AAC asked, ADA {ada}: CID {cid:02X}",
            [*run(ARQC, ARQC, "0000"), gac2(AAC, cid, "03210000", UNABLE_AAC)],
            [CLEAN],
            overrides=elements(t9F52=ada),
        )
        for ada, cid in (("0000", 0x00), ("1000", 0x08))
    ]
    return found


def unit() -> Unit:
    """All tables."""
    return Unit(
        "decisions.json",
        "BANK-DECISIONS",
        "应用密文的决定",
        "What the card answers to GENERATE AC",
        "The decision tables of both GENERATE ACs, each row with CID, CVR, last online ATC and the next transaction's CVR.",
        ["PBOC-5 §14.5", "PBOC-5 §16.6", "PBOC-5 §16.7"],
        standard("PBOC-5 table 33, figures 12, 13, 16-20", computed_by="restated row by row in vectors/generate"),
        [*first(), *advice(), *second_request(), *online(), *counters_online(), *unable()],
        LAB,
    )  # fmt: skip
