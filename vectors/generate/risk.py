"""Card risk management (卡片风险管理) at the first GENERATE AC: each check on both sides of its limit (PBOC-5 §14.4.3)."""

from __future__ import annotations

from vectors.generate.build import (
    AAC,
    ARQC,
    CLEAN,
    GOOD_EA,
    LAB,
    NORMAL,
    OPEN,
    TC,
    TO_AAC,
    TO_ARQC,
    TO_TC,
    UNBLOCK,
    Json,
    Unit,
    Values,
    call,
    ea,
    elements,
    gac1,
    options,
    script,
    second,
    select,
    send,
    standard,
    values,
    vector,
)

_BYTE2 = {AAC: "80", TC: "90", ARQC: "A0"}
_EXHAUSTED = call("three_wrong")


def run(asked: int, answer: int, low: str, given: Values = NORMAL, cid: int | None = None) -> list[Json]:
    """A transaction without PIN up to its first cryptogram; ``low``: bytes 3 and 4 of the CVR."""
    return [OPEN, gac1(asked, answer if cid is None else cid, f"03{_BYTE2[answer]}{low}", given)]


class _Check:
    """One check; ``add`` a vector for one side of it."""

    def __init__(self, number: str, zh: str, en: str, clause: str) -> None:
        self.number, self.zh, self.en, self.clause = number, zh, en, clause
        self.found: list[Json] = []

    def add(self, side: str, zh: str, en: str, steps: list[Json], *before: Json, **overrides: str | None) -> None:
        """One side. Overrides are elements of the card; the card has been online once."""
        self.put(side, zh, en, steps, [CLEAN, *before], overrides=elements(**overrides) if overrides else None)

    def put(self, side: str, zh: str, en: str, steps: list[Json], setup: list[Json], **more: object) -> None:
        """One side with everything given."""
        self.found.append(
            vector(
                f"FXGL-{self.number}-{side}",
                f"{self.zh}：{zh}",
                f"{self.en}: {en}",
                steps,
                setup,
                clause=[self.clause],
                **more,
            )
        )


def remembered() -> list[Json]:
    """Checks 1 to 5: what an earlier transaction left."""
    first = _Check("01", "联机授权没有完成", "last online transaction not completed", "PBOC-5 §14.4.3.1")
    first.add("YES", "上次未完成", "it was not: online, whatever ADA says", run(TC, ARQC, "8000"), OPEN, TO_ARQC)
    first.add("NO", "上次完成", "it was", run(TC, TC, "0000"), OPEN, TO_ARQC, GOOD_EA, second("00"))
    failed = (OPEN, TO_ARQC, ea("6300", right=False), second("40"))
    issuer = _Check("02", "上次发卡行认证失败", "last issuer authentication failed", "PBOC-5 §14.4.3.2")
    repaired = (*failed, OPEN, TO_AAC, GOOD_EA)  # clears the indicator; the online indicator stays
    issuer.add("YES", "失败", "it failed", run(AAC, AAC, "8800"), *failed)
    issuer.add("NO", "之后认证成功", "it was repaired over an AAC", run(AAC, AAC, "8000"), *repaired)
    late = (ea("6985"),)  # after a completed transaction: only the failure indicator
    issuer.add("ADA-1", "ADA 要求联机", "ADA asks for online", run(TC, ARQC, "0800"), *late, t9F52="8000")
    issuer.add("ADA-0", "ADA 不要求", "ADA does not ask", run(TC, TC, "0800"), *late)
    sda = _Check("03", "脱机静态数据认证失败", "SDA failed last time and declined", "PBOC-5 §14.4.3.3")
    tvr = run(AAC, AAC, "0000", values(t95="4000000000"))
    sda.add("YES", "失败", "it failed; nothing is decided by it", run(TC, TC, "0100"), *tvr)
    sda.add(
        "NO", "未失败", "another bit of the TVR", run(TC, TC, "0000"), *run(AAC, AAC, "0000", values(t95="8000000000"))
    )
    sda.add(
        "TC",
        "未拒绝则不记",
        "not declined: not remembered",
        run(TC, TC, "0000"),
        *run(TC, TC, "0000", values(t95="4000000000")),
    )
    dda = _Check("04", "脱机动态数据认证失败", "DDA or CDA failed last time and declined", "PBOC-5 §14.4.3.4")
    for name, bits in (("DDA", "08"), ("CDA", "04")):
        dda.add(
            name,
            f"{name} 失败",
            f"{name} failed",
            run(TC, TC, "0004"),
            *run(AAC, AAC, "0000", values(t95=bits + "00000000")),
        )
    dda.add(
        "NO", "未失败", "another bit of the TVR", run(TC, TC, "0000"), *run(AAC, AAC, "0000", values(t95="0300000000"))
    )
    return [each for check in (first, issuer, sda, dda) for each in check.found]  # fmt: skip


def scripts() -> list[Json]:
    """Check 5: the script counter, saturating, and the failure indicator."""
    check = _Check("05", "上次脚本", "scripts of the last online transaction", "PBOC-5 §14.4.3.5")
    for count, nibble in ((0, "00"), (1, "10"), (2, "20"), (14, "E0"), (15, "F0"), (16, "F0"), (17, "F0")):
        check.add(
            f"COUNT-{count:02}",
            f"{count} 条",
            f"{count} commands",
            run(TC, TC, f"00{nibble}"),
            *[script(UNBLOCK)] * count,
        )
    wrong = script(UNBLOCK, "6988", right=False)
    check.add("FAILED-0", "失败，ADA 不要求", "one failed, ADA does not ask", run(TC, TC, "0018"), wrong)
    check.add(
        "FAILED-1", "失败，ADA 要求联机", "one failed, ADA asks for online", run(TC, ARQC, "0018"), wrong, t9F52="0008"
    )
    check.add(
        "GOOD-1", "成功，ADA 位为一", "none failed, ADA would ask", run(TC, TC, "0010"), script(UNBLOCK), t9F52="0008"
    )
    return check.found  # fmt: skip


def velocity() -> list[Json]:
    """Checks 6 to 10: every limit reached and exceeded."""
    lower = _Check("06", "连续脱机交易下限", "offline transactions, lower limit", "PBOC-5 §14.4.3.6")
    for limit in (0, 1, 2, 5):
        done = [step for _ in range(limit) for step in (OPEN, TO_TC)]
        last = [run(TC, TC, "0000")] if limit else []
        if last:
            lower.add(
                f"{limit:02}-REACHED", f"等于 {limit}", f"{limit} reached", last[0], *done[:-2], t9F58=f"{limit:02X}"
            )
        lower.add(
            f"{limit:02}-EXCEEDED",
            f"超过 {limit}",
            f"{limit} exceeded",
            run(TC, ARQC, "2000"),
            *done,
            t9F58=f"{limit:02X}",
        )
    lower.add("ABSENT", "无 9F58", "no 9F58 in the card: skipped", run(TC, TC, "0000"), *[OPEN, TO_TC] * 9, t9F58=None)
    lower.add("AAC", "终端请求 AAC", "the check also runs when AAC is asked", run(AAC, AAC, "2000"), t9F58="00")
    currency = _Check("07", "按货币的国际脱机交易", "international by currency", "PBOC-5 §14.4.3.7")
    country = _Check("08", "按国家的国际脱机交易", "international by country", "PBOC-5 §14.4.3.8")
    for check, tag, code, limit_tag in ((currency, "t5F2A", "0840", "t9F53"), (country, "t9F1A", "0840", "t9F72")):
        abroad, unknown = values(**{tag: code}), values(**{tag: "0000"})
        once = run(TC, TC, "0000", abroad)
        for limit in (0, 1, 2):
            setting = {limit_tag: f"{limit:02X}", "t9F58": "20"}
            if limit:
                check.add(
                    f"{limit:02}-REACHED", f"等于 {limit}", f"{limit} reached", once, *once * (limit - 1), **setting
                )
            check.add(
                f"{limit:02}-EXCEEDED",
                f"超过 {limit}",
                f"{limit} exceeded",
                run(TC, ARQC, "2000", abroad),
                *once * limit,
                **setting,
            )
        zero = {limit_tag: "00"}
        check.add("HOME", "境内", "at home", run(TC, TC, "0000"), **zero)
        check.add(
            "ZERO", "终端数据为零", "zero-filled data of the terminal: skipped", run(TC, TC, "0000", unknown), **zero
        )
        check.add(
            "ABSENT", "卡中无限制", "no limit in the card: skipped", run(TC, TC, "0000", abroad), **{limit_tag: None}
        )
        own = {"t9F53": "t9F51", "t9F72": "t9F57"}[limit_tag]
        check.add(
            "NO-OWN",
            "卡中无代码",
            "no code of its own in the card: skipped",
            run(TC, TC, "0000", abroad),
            **{limit_tag: "00", own: None},
        )
        declined = run(AAC, AAC, "0000", abroad)
        check.add(
            "AAC-COUNTS",
            "拒绝也计数",
            "an offline decline counts too",
            run(TC, ARQC, "2000", abroad),
            *declined,
            **{limit_tag: "01"},
        )
        check.add(
            "ARQC-NOT",
            "联机不计数",
            "an ARQC does not count",
            run(TC, ARQC, "8000", abroad),
            *run(ARQC, ARQC, "0000", abroad),
            **{limit_tag: "01"},
        )
        check.put(
            "AAC-OTHER",
            "另一读法：拒绝不计数",
            "the other reading: only accepted ones count",
            run(TC, TC, "0000", abroad),
            [CLEAN, *declined],
            overrides=_both(elements(**{limit_tag: "01"}), options(count_foreign_when_declined=False)),
        )
        check.add(
            "RESET",
            "成功联机后清零",
            "a good online transaction clears the counter",
            once,
            *once,
            CLEAN,
            **{limit_tag: "01"},
        )
    return [each for check in (lower, currency, country) for each in check.found]  # fmt: skip


def _both(one: Json, other: Json) -> Json:
    return {"pse": {**one["pse"], **other["pse"]}}


def amounts() -> list[Json]:
    """Checks 9 and 10: cumulative amounts in one and two currencies."""
    one = _Check("09", "累计脱机交易金额", "cumulative amount", "PBOC-5 §14.4.3.9")
    limit = {"t9F54": "000000002000", "t9F58": "20"}
    paid = run(TC, TC, "0000")
    one.add("REACHED", "等于限额", "the limit reached", paid, *paid, **limit)
    one.add("EXCEEDED", "超过限额", "the limit exceeded", run(TC, ARQC, "2000"), *paid, *paid, **limit)
    cent = values(t9F02="000000001001")
    one.add("BY-ONE", "超过一分", "exceeded by one", run(TC, ARQC, "2000", cent), *paid, **limit)
    one.add(
        "SINGLE",
        "单笔等于限额",
        "one transaction of the limit",
        run(TC, TC, "0000", values(t9F02="000000002000")),
        **limit,
    )
    one.add("ZERO", "金额为零", "amount zero", run(TC, TC, "0000", values(t9F02="000000000000")), *paid, *paid, **limit)
    other = values(t5F2A="0840", t9F02="000000009000")
    one.add(
        "FOREIGN",
        "他币不累计",
        "another currency is neither checked nor added",
        paid,
        *run(TC, TC, "0000", other),
        *paid,
        **limit,
    )
    one.add("AAC", "拒绝不累计", "a declined amount is not added", paid, *run(AAC, AAC, "0000"), *paid, **limit)
    one.add(
        "RESET", "成功联机后清零", "a good online transaction clears the amount", paid, *paid, *paid, CLEAN, **limit
    )
    huge = values(t9F02="999999999999")
    one.add(
        "OVERFLOW",
        "溢出视为超过",
        "a sum of more than 12 digits exceeds",
        run(TC, ARQC, "2000", huge),
        *run(TC, TC, "0000", huge),
        t9F54="999999999999",
        t9F58="20",
    )
    two = _Check("10", "双货币累计金额", "cumulative amount, two currencies", "PBOC-5 §14.4.3.10")
    dual = {"t9F76": "0344", "t9F73": "20000175", "t9F75": "000000001750", "t9F58": "20", "t9F53": "20"}

    def second_currency(amount: str) -> Values:
        return values(t5F2A="0344", t9F02=amount)

    def own(amount: str) -> Values:
        return values(t9F02=amount)

    two.add(
        "CONVERTED",
        "折算等于限额",
        "1000 of the second is 1750: the limit reached",
        run(TC, TC, "0000", second_currency("000000001000")),
        **dual,
    )
    two.add(
        "CONVERTED-OVER",
        "折算超过限额",
        "1001 of the second is 1751",
        run(TC, ARQC, "2000", second_currency("000000001001")),
        **dual,
    )
    two.add("OWN", "本币等于限额", "1750 of the first", run(TC, TC, "0000", own("000000001750")), **dual)
    two.add("OWN-OVER", "本币超过限额", "1751 of the first", run(TC, ARQC, "2000", own("000000001751")), **dual)
    half = run(TC, TC, "0000", second_currency("000000000500"))  # 875
    two.add(
        "SUM",
        "两币合计等于限额",
        "875 converted and 875 of the first",
        run(TC, TC, "0000", own("000000000875")),
        *half,
        **dual,
    )
    two.add(
        "SUM-OVER",
        "两币合计超过限额",
        "875 converted and 876 of the first",
        run(TC, ARQC, "2000", own("000000000876")),
        *half,
        **dual,
    )
    odd = run(TC, TC, "0000", second_currency("000000000001"))  # 1.75 is 1
    two.add(
        "FRACTION",
        "小数舍去",
        "1 of the second is 1: the fraction is dropped",
        run(TC, TC, "0000", own("000000001749")),
        *odd,
        **dual,
    )
    two.add(
        "FRACTION-OVER",
        "小数舍去后超过",
        "and 1750 more exceeds",
        run(TC, ARQC, "2000", own("000000001750")),
        *odd,
        **dual,
    )
    two.add(
        "THIRD",
        "第三种货币",
        "a third currency is neither checked nor added",
        run(TC, TC, "0000", values(t5F2A="0840", t9F02="000000009000")),
        **dual,
    )
    two.add(
        "NONE",
        "9F76 为 0000",
        "second currency 0000 is none",
        run(TC, TC, "0000", second_currency("000000009000")),
        **{**dual, "t9F76": "0000"},
    )
    two.add(
        "NO-FACTOR",
        "无换算因子",
        "no conversion factor: skipped",
        run(TC, TC, "0000", own("000000009000")),
        **{**dual, "t9F73": None},
    )
    return [*one.found, *two.found]  # fmt: skip


def newness_and_pin() -> list[Json]:
    """Checks 11 and 12, and which wish wins."""
    new = _Check("11", "新卡", "new card", "PBOC-5 §14.4.3.11")
    for name, zh, en, steps, ada in (
        ("ADA-1", "ADA 要求联机", "ADA asks for online", run(TC, ARQC, "1000"), "0200"),
        ("ADA-0", "ADA 不要求", "ADA does not ask", run(TC, TC, "1000"), "0000"),
        ("ABSENT", "无 9F52", "no 9F52 in the card: the check is skipped", run(TC, TC, "0000"), None),
    ):
        new.put(name, zh, en, steps, [], overrides=elements(t9F52=ada))
    new.add("NO", "已联机", "it has been online", run(TC, TC, "0000"), t9F52="0200")
    pin = _Check("12", "上次密码次数用尽", "PIN tries exhausted earlier", "PBOC-5 §14.4.3.12")
    for name, ada, answer, low, en in (
        ("NONE", "0000", TC, "4000", "no ADA bit: only shown"),
        ("B7", "0040", AAC, "4000", "ADA2.b7 declines"),
        ("B6", "0020", ARQC, "4000", "ADA2.b6 goes online"),
        ("B3", "0004", AAC, "4200", "ADA2.b3 declines and blocks"),
        ("B7-B6", "0060", AAC, "4000", "decline wins over online"),
        ("B7-B3", "0044", AAC, "4200", "every set bit acts"),
    ):
        more = [select("6283" if "B3" in name else "9000")]
        pin.add(name, f"ADA {ada}", en, [*run(TC, answer, low), *more], _EXHAUSTED, t9F52=ada)
    chained = _both(elements(t9F52="0044"), options(exhausted_pin_first_rule_only=True))
    pin.put(
        "FIGURE-11",
        "另一读法：只用第一位",
        "the other reading: the first set bit alone acts",
        [*run(TC, AAC, "4000"), select("9000")],
        [CLEAN, _EXHAUSTED],
        overrides=chained,
    )
    pin.add("ABSENT", "无 9F52", "no 9F52 in the card: skipped", run(TC, TC, "0000"), _EXHAUSTED, t9F52=None)
    pin.add(
        "TRIED",
        "本次交易已验证",
        "a VERIFY in this transaction: its own bits instead",
        [OPEN, send("0020008008241234FFFFFFFFFF", "6984"), gac1(TC, TC, "03964000")],
        _EXHAUSTED,
        t9F52="0040",
    )
    pin.add(
        "LEFT",
        "尚有一次",
        "one try left",
        run(TC, TC, "0000"),
        OPEN,
        *[send("0020008008244321FFFFFFFFFF", sw) for sw in ("63C2", "63C1")],
        t9F52="0040",
    )
    both = _Check("ORDER", "拒绝优先于联机", "decline wins over online", "PBOC-5 §14.5")
    both.add("DECLINE", "两者皆有", "both are asked for", run(ARQC, AAC, "6000"), _EXHAUSTED, t9F52="0040", t9F58="00")
    return [*new.found, *pin.found, *both.found]  # fmt: skip


def unit() -> Unit:
    """All checks."""
    return Unit(
        "risk.json",
        "BANK-RISK",
        "卡片风险管理",
        "Card risk management at the first GENERATE AC",
        "Each check of the card on both sides of its limit, with the CVR bit and the request it makes.",
        ["PBOC-5 §14.4"],
        standard("PBOC-5 §14.4.3.1-12, figures 8-11"),
        [*remembered(), *scripts(), *velocity(), *amounts(), *newness_and_pin()],
        LAB,
    )
