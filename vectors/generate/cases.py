"""The conformance cases with known CID and CVR (标准联机交易, 联机批准, 联机失败, 复合动态数据认证 …)."""

from __future__ import annotations

from vectors.generate.build import (
    AAC,
    ARQC,
    BLOCK,
    CARD_BLOCK,
    CDA,
    CLEAN,
    GOOD_EA,
    LAB,
    LOWER_LIMIT,
    OPEN,
    PIN_UNBLOCK,
    START,
    TC,
    TO_AAC,
    TO_ARQC,
    TO_TC,
    UNABLE_AAC,
    UNABLE_TC,
    UNBLOCK,
    WRONG,
    Json,
    Unit,
    call,
    ea,
    elements,
    gac1,
    gac1_cda,
    gac1_data,
    gac2,
    gac2_data,
    gpo,
    lab_case,
    script,
    second,
    select,
    send,
    values,
    vector,
    verify,
)

MANDATORY = elements(t9F56="80")
APPROVING = ("3030", "3031", "3032", "3130", "3131")


def online() -> list[Json]:
    """Issuer authentication and authorisation response code at the second GENERATE AC."""
    found = [
        vector(
            "LJPZ-ONA009",
            "联机后无外部认证，请求 TC",
            "online, no EXTERNAL AUTHENTICATE, TC asked",
            [START, gac1(ARQC, ARQC, "03A40000"), gac2(TC, TC, "03640400")],
        )
    ]
    found += [
        vector(
            f"LJPZ-ONA010-{arc}",
            f"授权响应码 {bytes.fromhex(arc).decode()} 批准",
            f"response code {bytes.fromhex(arc).decode()} approves; the last online ATC follows",
            [
                START,
                gac1(ARQC, ARQC, "03A40000"),
                ea(arc=arc),
                gac2(TC, TC, "03640000", arc),
                send("80CA9F1300", "9000 9F1302{=atc}"),
            ],
        )
        for arc in APPROVING
    ]
    found.append(
        vector(
            "LJPZ-ONA011",
            "授权响应码 44，请求 TC 被拒绝",
            "response code 44: TC asked, AAC given",
            [START, gac1(ARQC, ARQC, "03A40000"), ea(arc="3434"), gac2(TC, AAC, "03240000", "3434")],
        )
    )
    found += [
        vector(
            name,
            zh,
            en,
            [START, TO_ARQC, ea("6300", arc, right=False), gac2(asked, cid, cvr, arc)],
        )
        for name, zh, en, arc, asked, cid, cvr in (
            ("RZSB-ONA014", "ARPC 错误，批准", "wrong ARPC, approving code, TC asked", "3030", TC, TC, "036C0000"),
            ("RZSB-ONA017", "ARPC 错误，拒绝码", "wrong ARPC, declining code", "3135", TC, AAC, "032C0000"),
            ("RZSB-ONA020", "ARPC 错误，请求 AAC", "wrong ARPC, AAC asked", "3030", AAC, AAC, "032C0000"),
        )
    ]
    return [{**each, "setup": [CLEAN]} for each in found]


def later() -> list[Json]:
    """What one transaction leaves for the next."""
    foreign = values(t9F1A="0840")
    return [
        vector(
            "RZSB-FLO018",
            "必备的发卡行认证未执行，下次交易",
            "mandatory issuer authentication did not take place; the next transaction says so",
            [START, gac1(AAC, AAC, "03848800")],
            [CLEAN, START, TO_ARQC, second("40")],
            overrides=MANDATORY,
        ),
        vector(
            "LJSB-FON002",
            "境外终端，联机失败",
            "terminal abroad, unable to go online, AAC asked",
            [
                START,
                gac1(ARQC, ARQC, "03A42000", foreign),
                gac2(AAC, 0x08, "03252000", UNABLE_AAC, foreign),
            ],
            [CLEAN],
            overrides=elements(t9F52="1000"),
        ),
        vector(
            "LJSB-FON012",
            "联机失败且超过上限",
            "unable to go online and over the upper limit",
            [START, gac1(ARQC, ARQC, "03A40000"), gac2(TC, AAC, "03252000", UNABLE_TC)],
            [CLEAN, *(step for _ in range(7) for step in (START, TO_TC))],
            overrides=elements(t9F58="09"),
        ),
        *(
            vector(
                name,
                "联机未完成，下次交易必须联机",
                f"unable to go online, {what} asked: the next transaction must go online",
                [START, gac1(TC, ARQC, "03A48000")],
                [CLEAN, START, TO_ARQC, second(f"{asked:02X}", arc)],
            )
            for name, what, asked, arc in (
                ("LJSB-SLO010", "AAC", AAC, UNABLE_AAC),
                ("LJSB-SLO046", "TC", TC, UNABLE_TC),
            )
        ),
        vector(
            "LJSB-SLO045",
            "脱机数据认证失败标志在成功联机后清除",
            "the SDA indicator shows once and is cleared by a good online transaction",
            [
                START,
                gac1(AAC, AAC, "03840000", values(t95="4000000000")),
                START,
                gac1(ARQC, ARQC, "03A40100"),
                GOOD_EA,
                gac2(TC, TC, "03640100"),
                START,
                gac1(ARQC, ARQC, "03A40000"),
            ],
            [CLEAN],
        ),
        vector("FXGL-NEW001", "新卡，不要求联机", "new card, no wish to go online", [START, gac1(TC, TC, "03941000")]),
        vector(
            "FXGL-NEW005",
            "新卡联机后被拒绝，仍为新卡",
            "a new card stays new through an online decline",
            [
                START,
                gac1(TC, ARQC, "03A41000"),
                gac2(AAC, AAC, "03241400", "3035"),
                START,
                gac1(TC, ARQC, "03A41000"),
            ],
            overrides=elements(t9F52="0200"),
        ),
        vector(
            "FXGL-NEW010",
            "新卡联机拒绝（认证成功）",
            "a new card stays new through a decline with issuer authentication",
            [START, gac1(TC, TC, "03941000")],
            [call("declined_online")],
        ),
        vector(
            "FXGL-NEW017",
            "新卡，必备的发卡行认证未执行",
            "new card, mandatory issuer authentication did not take place",
            [START, gac1(TC, ARQC, "03A49800")],
            [START, TO_ARQC, second("40")],
            overrides=MANDATORY,
        ),
        vector(
            "FXGL-VLT002",
            "连续脱机交易达到下限",
            "the lower limit: reached is allowed, exceeded goes online",
            [START, gac1(TC, TC, "03940000"), START, gac1(TC, ARQC, "03A42000")],
            [CLEAN, START, TO_TC, START, TO_TC],
        ),
    ]


def combined() -> list[Json]:
    """CDA in the answer."""
    failed = values(t95="0400000000")
    return [
        vector("FHDT-COM002", "CDA，TC", "CDA with TC", [START, gac1_cda(TC, TC, "03940002")], [CLEAN]),
        vector("FHDT-COM003", "CDA，ARQC", "CDA with ARQC", [START, gac1_cda(ARQC, ARQC, "03A40002")], [CLEAN]),
        vector("FHDT-COM005", "AAC 无 CDA", "no CDA for an AAC", [START, gac1(AAC | CDA, AAC, "03840000")], [CLEAN]),
        vector(
            "FHDT-COM007",
            "应用锁定后均为 AAC",
            "a blocked application: AAC whatever is asked",
            [
                step
                for asked in (AAC, TC, ARQC, TC | CDA)
                for step in (select("6283"), gpo(), verify(), gac1(asked, AAC, "03840010"))
            ],
            [CLEAN, call("declined_online"), call(f"script({BLOCK})")],
            overrides=elements(t9F58="09"),
        ),
        vector(
            "FHDT-COM008",
            "CDA 失败的记忆",
            "a failed CDA is remembered until a good online transaction",
            [
                START,
                gac1_cda(ARQC, ARQC, "03A40002"),
                gac2(AAC | CDA, AAC, "03250002", UNABLE_AAC, failed),
                START,
                gac1_cda(TC, ARQC, "03A48006"),
                ea(ac="bank_ac(UDKAC, " + values().signed + ", 7D00, atc, 03A48006)"),
                send(gac2_data(TC | CDA), "9000 778198 9F270140 9F3602{=atc} 9F4B8180[128] 9F1008070101 03648006 01"),
            ],
            [CLEAN],
        ),
    ]


def scripts() -> list[Json]:
    """Scripts and what they leave in the next CVR; blocking and unblocking."""
    declined = call("declined_online")
    return [
        vector(
            "JSML-LOG004",
            "锁定后认证、解锁",
            "blocked: AAC, EXTERNAL AUTHENTICATE over it, unblocked twice",
            [
                select("6283"),
                send("80CA9F4F00", "9000 9F4F19 9A039F21039F02069F03069F1A025F2A029F4E149C019F3602"),
                send("00B2015C00", "9000 [45]"),
                gpo(),
                verify(),
                gac1(ARQC, AAC, "03840010"),
                ea(),
                script(UNBLOCK),
                script(UNBLOCK),
                select(),
            ],
            [CLEAN, declined, call(f"script({BLOCK})")],
        ),
        vector(
            "JBSB-ISL012",
            "脚本无 MAC",
            "a script command without MAC: not counted, failure remembered",
            [send("04DA9F580105", "6700"), START, gac1(TC, TC, "03940008")],
            [CLEAN, declined],
        ),
        vector(
            "JBSB-DUS010",
            "一条正确、一条 MAC 错误的脚本",
            "one right and one wrong script command; offline transactions keep the result",
            [
                script(LOWER_LIMIT, data="03"),
                script(LOWER_LIMIT, "6988", "03", right=False),
                START,
                gac1(TC, TC, "03940028"),
                START,
                gac1(TC, TC, "03940028"),
                START,
                gac1(ARQC, ARQC, "03A42028"),
                GOOD_EA,
                gac2(TC, TC, "03642028"),
                script(LOWER_LIMIT, data="03"),
                START,
                gac1(TC, TC, "03940010"),
            ],
            [CLEAN, declined],
        ),
        vector(
            "JBSB-CRA006",
            "未做发卡行认证时的脚本",
            "scripts without issuer authentication: one right, one bare",
            [
                script(UNBLOCK),
                send("84180000", "6700"),
                START,
                gac1(ARQC, ARQC, "03A48818"),
                GOOD_EA,
                gac2(TC, TC, "03648818"),
            ],
            [CLEAN, START, TO_ARQC, second("40")],
            overrides=MANDATORY,
        ),
        vector(
            "JBSB-DECLINED",
            "脱机拒绝后的脚本不计数",
            "scripts after an offline decline are executed and not counted",
            [
                ea(),
                script(UNBLOCK),
                script(UNBLOCK, "6988", right=False),
                send(gac1_data(TC), "6985"),
                script(UNBLOCK),
                OPEN,
                gac1(TC, TC, "03900000"),
            ],
            [CLEAN, OPEN, TO_AAC],
        ),
        vector(
            "JBSB-EC014",
            "脱机批准后拒绝脚本与外部认证",
            "after an offline approval neither scripts nor EXTERNAL AUTHENTICATE",
            [script(UNBLOCK, "6985"), ea("6985")],
            [CLEAN, START, TO_TC],
        ),
        vector(
            "KPSD-CBS",
            "卡片锁定后交易可完成",
            "CARD BLOCK lets the transaction end, then nothing",
            [
                script(CARD_BLOCK),
                send("80CA9F3600", "6A81"),
                gac2(TC, TC, "03600400"),
                send(gac2_data(TC), "6A81"),
                select("6A81"),
                {"reset": "cold"},
                select("6A81"),
                select("6A81", "315041592E5359532E4444463031"),
            ],
            [CLEAN, OPEN, TO_ARQC],
            destructive=True,
        ),
        vector(
            "YYSD-ABS014",
            "应用交易计数器到达上限",
            "the transaction counter at its end: blocked for ever",
            [
                select(),
                gpo("6985"),
                send(gac1_data(ARQC), "6985"),
                script(UNBLOCK, "6985"),
                {"reset": "cold"},
                select("6283"),
                gpo("6985"),
                send("80CA9F3600", "9000 9F3602FFFF"),
                send("00B2010C00"),
            ],
            [OPEN, TO_ARQC],
            overrides=elements(t9F36="FFFD"),
            destructive=True,
        ),
    ]


def authentication() -> list[Json]:
    """A second EXTERNAL AUTHENTICATE, one too late."""
    return [
        *(
            vector(
                f"WBRZ-{name}",
                f"第二次外部认证（{zh}）",
                f"a second EXTERNAL AUTHENTICATE, {en}: as if authentication had failed",
                [
                    START,
                    TO_ARQC,
                    ea(),
                    ea("6985", right=right),
                    gac2(TC, AAC, "032C0000"),
                    START,
                    gac1(TC, ARQC, "03A48800"),
                ],
                [CLEAN],
                overrides=elements(t9F52="4000"),
            )
            for name, zh, en, right in (("IAU061", "正确", "right", True), ("IAU062", "错误", "wrong", False))
        ),
        vector(
            "WBRZ-IAU151",
            "第二个应用密文后首次外部认证",
            "a first EXTERNAL AUTHENTICATE after completion leaves no trace",
            [ea("6985"), START, gac1(TC, TC, "03940000")],
            [CLEAN, START, TO_ARQC, second("40")],
            overrides=elements(t9F52="8000"),
        ),
        vector(
            "WBRZ-IAU152",
            "第二个应用密文后再次外部认证",
            "a second one after completion marks the next transaction",
            [ea("6985"), START, gac1(ARQC, ARQC, "03A40800")],
            [CLEAN],
            overrides=elements(t9F52="8000"),
        ),
    ]


def pin() -> list[Json]:
    """The offline PIN in the CVR, and blocking by its try counter."""
    wrong = [verify(sw, WRONG) for sw in ("63C2", "63C1", "63C0")]
    return [
        vector(
            "CKRZ-OFA009",
            "三次错误密码，下次拒绝",
            "three wrong PINs: declined, and the next transaction too",
            [OPEN, *wrong, gac1(AAC, AAC, "03864000"), ea(), OPEN, gac1(TC, AAC, "03804000")],
            [CLEAN],
            overrides=elements(t9F52="0040"),
        ),
        vector(
            "CKRZ-ABS012",
            "密码次数用尽锁定应用",
            "exhausted tries block the application; two scripts lift both",
            [
                OPEN,
                *wrong,
                gac1(ARQC, AAC, "03864200"),
                select("6283"),
                gpo(),
                verify("6984"),
                verify("6983"),
                gac1(ARQC, AAC, "03864000"),
                ea(),
                script(PIN_UNBLOCK),
                select("6283"),
                gpo(),
                gac1(AAC, AAC, "03800000"),
                script(UNBLOCK),
                select(),
            ],
            [CLEAN],
            overrides=elements(t9F52="00C0"),
        ),
        vector(
            "CKRZ-ABS013",
            "两次错误后正确",
            "two wrong PINs, then the right one: no trace",
            [
                OPEN,
                verify("63C2", WRONG),
                verify("63C1", WRONG),
                verify(),
                send("80CA9F1700", "9000 9F170103"),
                gac1(ARQC, ARQC, "03A40000"),
                GOOD_EA,
                gac2(TC, TC, "03640000"),
            ],
            [CLEAN],
        ),
        vector(
            "HQSJ-PTC0",
            "读取为零的密码重试次数",
            "GET DATA of an exhausted try counter shows in the CVR",
            [send("80CA9F1700", "9000 9F170100"), gac1(TC, TC, "03904000")],
            [CLEAN, call("three_wrong"), OPEN],
        ),
    ]


def unit() -> Unit:
    """All cases in one file."""
    return Unit(
        "cases.json",
        "BANK-CASES",
        "测试案例的卡片验证结果",
        "CID and CVR of the conformance cases",
        "Transactions laboratories run, with the CID and CVR they expect; the cryptogram of each answer is recomputed.",
        ["PBOC-5 §11", "PBOC-5 §14", "PBOC-5 §15", "PBOC-5 §16", "PBOC-5 §17"],
        lab_case("named in the ids"),
        [*online(), *later(), *combined(), *scripts(), *authentication(), *pin()],
        LAB,
    )
