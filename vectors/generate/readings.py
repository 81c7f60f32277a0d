"""Both readings of each option of the bank's side: which existing vector shows the one, vectors for the other.

A vector that shows a reading names it among its overrides, also where it is the default: so whoever chooses vectors for
a card by what it can finds it for this answer and for no other.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from cos.pse.options import BankOptions
from vectors.generate.build import (
    AAC,
    ARQC,
    CLEAN,
    GOOD,
    INFERRED,
    LAB,
    OPEN,
    PSE,
    START,
    TC,
    TO_ARQC,
    UNABLE_TC,
    WRONG,
    Json,
    Unit,
    call,
    ea,
    elements,
    gac1,
    gac2,
    options,
    script,
    second,
    select,
    send,
    standard,
    values,
    vector,
)
from vectors.generate.risk import run

EXHAUSTED = call("three_wrong")
ABROAD = values(t5F2A="0840")

DEFAULTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "FXGL-12-B7-B3": ("exhausted_pin_first_rule_only",),
        "FXGL-12-B3": ("block_on_earlier_exhausted_pin", "cvr_shows_block_at_check_12"),
        "FXGL-07-NO-OWN": ("count_foreign_without_own_currency",),
        "FXGL-07-AAC-COUNTS": ("count_foreign_when_declined",),
        "YYMW-ADVICE-B4-EARLIER": ("advice_only_if_tries_ran_out_now",),
        "YYMW-CDA-UNSUPPORTED": ("cda_unsupported_refused",),
        "WBRZ-IAU061": ("second_ea_marks_cvr",),
        "LJPZ-ARC-DIFFERS": ("arc_source",),
        "LJPZ-MANDATORY-EANONE-20-TC-00": ("decline_if_mandatory_ea_missing",),
        "ZTJ-BLOCKED-BETWEEN": ("second_blocked_answers_aac",),
        "LJSB-AMOUNT-FOREIGN": ("unable_cumulative_any_currency",),
        "YYCS-6A80-WORD": ("gpo_template_word",),
        "CKRZ-6984": ("blocked_pin_always_6983",),
        "CKRZ-6A81": ("verify_without_offline_pin",),
        "ZTJ-VERIFY-O": ("verify_after_first_ac",),
        "JBSB-V2-EA": ("script_refused_after_failed_ea",),
        "JBSB-STICKY": ("script_refused_after_wrong_mac", "script_failure_sticky"),
        "JBSB-NO-MAC": ("script_missing_mac_counts",),
        "SDML-6700-NO-MAC": ("missing_mac_word",),
        "GXSJ-PUT-6A88-9F36": ("put_data_unknown_tag",),
        "GXSJ-UPR-6700": ("update_record_length",),
        "HQSJ-9000-9F36": ("get_data_atc",),
        "HQSJ-9000-9F17": ("get_data_ptc",),
        "HQSJ-9000-9F58": ("get_data_limits",),
        "HQSJ-9000-9F51": ("get_data_static",),
        "GRHM-INIT-6985": ("personalised_word",),
    }
)
"""Vectors by id, and the options whose default each shows."""

OTHERS: Mapping[str, Json] = MappingProxyType(
    {
        "JBSB-V3-EA": {"options": {"script_refused_after_failed_ea": True}},
        "JBSB-V3-MAC": {"options": {"script_refused_after_wrong_mac": True}},
        "CKRZ-9000": {"pin": "1234"},
        "CKRZ-63CX": {"pin_tries": 3},
        "CKRZ-PINLESS": {"pin": ""},
        "YYCS-BANK-ONLY": {"rsa": "test-rsa"},
        "YYCS-BANK-SDA": {"elements": {"82": "5C00"}},
        "YYCS-BANK-DDA": {"elements": {"82": "7C00"}},
        "YYCS-BANK-CDA": {"elements": {"82": "3D00"}},
        "JYMX-ENTRY": {"log": "9A039F21039F02069F03069F1A025F2A029F4E149C019F3602"},
        "YYXZ-FCI": {"fci": ["50", "87", "5F2D"]},
    }
)
"""Vectors by id, and what of their card's bank side each shows."""


def named(unit: Unit) -> Unit:
    """``unit`` with what its vectors show among their overrides."""
    return unit._replace(vectors=[_named(each) for each in unit.vectors])


def _named(made: Json) -> Json:
    default = BankOptions()
    shown = {"options": {name: _told(getattr(default, name)) for name in DEFAULTS.get(made["id"], ())}}
    shown = _merged(shown if shown["options"] else {}, OTHERS.get(made["id"], {}))
    return {**made, "overrides": _merged(made.get("overrides", {}), {"pse": shown})} if shown else made


def _told(value: object) -> object:
    return f"{value:04X}" if isinstance(value, int) and not isinstance(value, bool) else value


def _merged(old: Any, new: Any) -> Any:  # noqa: ANN401 - any piece of a profile
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    return {**old, **{name: _merged(old.get(name), each) for name, each in new.items()}}


def _reading(
    name: str, zh: str, en: str, clause: str, steps: list[Json], setup: list[Json], overrides: Json, **more: object
) -> Json:
    return vector(name, zh, en, steps, setup, clause=[clause], overrides=overrides, provenance=INFERRED, **more)


def _risk() -> list[Json]:
    spent = [CLEAN, *run(TC, TC, "0000") * 2, OPEN, TO_ARQC, second("40", UNABLE_TC)]  # 3000 of 2000
    nothing = values(t9F02="000000000000")
    limit: dict[str, str | None] = {"t9F54": "000000002000", "t9F58": "20", "t9F59": "20"}
    return [
        _reading(
            "FXGL-12-B3-IGNORED",
            "另一读法：忽略 ADA 2.b3",
            "ADA 2.b3 ignored: neither declined nor blocked",
            "PBOC-5 §14.4.3.12",
            [*run(TC, TC, "4000"), select("9000")],
            [CLEAN, EXHAUSTED],
            _merged(elements(t9F52="0004"), options(block_on_earlier_exhausted_pin=False)),
            destructive=True,
        ),
        _reading(
            "FXGL-12-B3-UNSHOWN",
            "另一读法：锁定不在 CVR 中",
            "the block at check 12 without its bit in the CVR",
            "PBOC-5 A.1",
            [*run(TC, AAC, "4000"), select("6283")],
            [CLEAN, EXHAUSTED],
            _merged(elements(t9F52="0004"), options(cvr_shows_block_at_check_12=False)),
            destructive=True,
        ),
        *(
            _reading(
                f"FXGL-09-ZERO-{name}",
                f"累计已超限，金额为零：{zh}",
                f"amount zero while the limit is exceeded: {en}",
                "PBOC-5 §14.4.2",
                [OPEN, gac1(TC, ARQC, f"03A0{low}00", nothing)],
                spent,
                _merged(elements(**limit), options(skip_zero_amount=skipped)),
            )
            for name, zh, en, low, skipped in (
                ("COMPARED", "照样比较", "compared all the same", "A0", False),
                ("SKIPPED", "跳过", "skipped", "80", True),
            )
        ),
        _reading(
            "FXGL-07-NO-OWN-COUNTS",
            "另一读法：卡中无货币代码，视为国际",
            "the other reading: without a code of its own every currency is foreign",
            "PBOC-5 §14.4.3.7",
            run(TC, ARQC, "2000", ABROAD),
            [CLEAN],
            _merged(elements(t9F53="00", t9F51=None), options(count_foreign_without_own_currency=True)),
        ),
    ]


def _first_ac() -> list[Json]:
    return [
        _reading(
            "YYMW-ADVICE-B4-ALWAYS",
            "另一读法：次数为零即通知",
            "the other reading: ADA1.b4 asks for an advice whenever the tries are used up",
            "PBOC-5 §14.5.1",
            run(AAC, AAC, "4000", cid=0x0A),
            [CLEAN, EXHAUSTED],
            _merged(elements(t9F52="0800"), options(advice_only_if_tries_ran_out_now=False)),
            destructive=True,
        ),
        _reading(
            "WBRZ-SECOND-UNMARKED",
            "另一读法：第二次外部认证仅设指示位",
            "the other reading: a second EXTERNAL AUTHENTICATE sets the indicator and leaves the CVR",
            "PBOC-5 §15.4.3",
            [
                START,
                TO_ARQC,
                ea(),
                ea("6985"),
                gac2(TC, TC, "03640000"),
                START,
                gac1(TC, TC, "03940800"),
            ],
            [CLEAN],
            options(second_ea_marks_cvr=False),
        ),
    ]


def _second_ac() -> list[Json]:
    missing = {"t82": "7D00", "t9F56": "80", "t9F52": "2000"}
    return [
        _reading(
            "LJPZ-ARC-8A",
            "另一读法：总以 8A 为准",
            "the other reading: 8A of CDOL2 approves, whatever EXTERNAL AUTHENTICATE brought",
            "PBOC-5 figure 16",
            [gac2(TC, TC, "03600000")],
            [CLEAN, OPEN, TO_ARQC, ea(arc="3035")],
            options(arc_source="8A"),
        ),
        _reading(
            "LJPZ-ARQC-FIGURE-20",
            "另一读法：未能联机时 ARQC 如 TC",
            "the other reading: ARQC when unable to go online is like TC",
            "PBOC-5 figure 20",
            [gac2(ARQC, TC, "03610000", UNABLE_TC)],
            [CLEAN, OPEN, TO_ARQC],
            options(second_arqc="figure-20"),
        ),
        _reading(
            "LJPZ-MISSING-ACCEPTED",
            "另一读法：必须的认证未执行仍接受",
            "the other reading: mandatory issuer authentication is missing, and the TC is given",
            "PBOC-5 §16.6.2",
            [OPEN, gac1(ARQC, ARQC, "03A00000"), gac2(TC, TC, "03600400")],
            [CLEAN],
            _merged(elements(**missing), options(decline_if_mandatory_ea_missing=False)),
        ),
        *(
            _reading(
                f"LJPZ-TURNED-DOWN-{name}",
                f"批准后被拒绝：联机授权指示位{zh}",
                f"approved but turned down by ADA: the online authorisation indicator {en}",
                "PBOC-5 §16.6.2.2",
                run(TC, answer, low),
                [CLEAN, OPEN, TO_ARQC, second("40")],
                _merged(elements(**missing), options(online_indicator_kept_when_turned_down=kept)),
            )
            for name, zh, en, answer, low, kept in (
                ("KEPT", "保持", "stays: the next goes online", ARQC, "8800", True),
                ("CLEARED", "清除", "is cleared", TC, "0800", False),
            )
        ),
        _reading(
            "ZTJ-BLOCKED-BETWEEN-NEXT",
            "另一读法：锁定从下一笔起",
            "the other reading: a block between the two GENERATE AC counts from the next transaction",
            "PBOC-5 §17.5",
            [
                script("841E0000"),
                send(gac2(TC, TC, "")["send"], "9000 8013 40 [10] 070101 03600400 01"),
                select("6283"),
            ],
            [CLEAN, OPEN, TO_ARQC],
            options(second_blocked_answers_aac=False),
            destructive=True,
        ),
        _reading(
            "LJSB-AMOUNT-ANY",
            "另一读法：任何货币都比较",
            "unable to go online, the other reading: the cumulative amount is compared in any currency",
            "PBOC-5 figure 19",
            [
                *run(ARQC, ARQC, "0000", _DOLLARS),
                gac2(TC, AAC, "03212000", UNABLE_TC, _DOLLARS),
            ],
            [CLEAN],
            _merged(
                elements(t9F58="20", t9F54="000000900000", t9F5C="000000002000", t9F59="20", t9F53="20"),
                options(unable_cumulative_any_currency=True),
            ),
        ),
        *(
            _reading(
                f"LJSB-PIN-NO-ADA-{name}",
                f"未能联机，密码次数早已用尽，无 9F52：{zh}",
                f"unable to go online, tries used up earlier, no 9F52: {en}",
                "PBOC-5 §16.7.1",
                [*run(ARQC, ARQC, "0000"), gac2(TC, TC, cvr, UNABLE_TC)],
                [CLEAN, EXHAUSTED],
                _merged(elements(t9F52=None), options(unable_pin_bit_needs_ada=needs)),
                destructive=True,
            )
            for name, zh, en, cvr, needs in (
                ("UNSHOWN", "不给出", "CVR 3.b7 comes with ADA 2.b5 only", "03610000", True),
                ("SHOWN", "次数为零即给出", "CVR 3.b7 comes whenever the tries are used up", "03614000", False),
            )
        ),
    ]


_DOLLARS = values(t5F2A="0840", t9F02="000000009000")


def _words() -> list[Json]:
    last = {"pse": {"elements": {"9F36": "FFFD"}, "internal": {"0E01": ["9F51", "9F52", "9F56", "9F57", "9F36"]}}}
    foreign = {"pse": {"elements": {"9F38": "9F1A025F2A02"}, "fci": ["50", "87", "9F38"]}}
    none = {
        "rsa": "",
        "elements": {"82": "1C00"},
        "records": dict.fromkeys(("0201", "0202", "0203", "0204", "0205")),
        "signed": {"03": 0},
    }
    return [
        *(
            _reading(
                f"YYCS-ATC-{name}",
                f"交易计数器到头：{zh}",
                f"the end of the transaction counter: {en}",
                "PBOC-5 §7.4",
                [
                    call("adf"),
                    send("80A8000002830000", "9000 *"),
                    send("80CA9F3600", "9000 9F3602 FFFE"),
                    call("adf"),
                    send("80A8000002830000", "6985"),
                    send("80CA9F3600", f"9000 9F3602 {name}"),
                    call("adf"),
                    send("80A8000002830000", "6985"),
                ],
                [],
                _merged(last, options(atc_stops_before_ffff=stops)),
                destructive=True,
            )
            for name, zh, en, stops in (
                ("FFFF", "计到 FFFF 即锁定", "FFFF is counted and blocks for ever", False),
                ("FFFE", "停在 FFFE", "it stops at FFFE", True),
            )
        ),
        _reading(
            "YYCS-FOREIGN-ACCEPTED",
            "无此限制：国外终端照常",
            "without the restriction: a terminal abroad is answered",
            "PBOC-5 §7.4",
            [send("80A8000006830408400840", "9000 80*")],
            [call("adf")],
            _merged(foreign, options(gpo_refuses_foreign=False)),
        ),
        _reading(
            "YYCS-6700-WORD",
            "模板错误：6700",
            "another template, the other word",
            "PBOC-5 B.8",
            [send("80A8000002840000", "6700")],
            [call("adf")],
            options(gpo_template_word="6700"),
        ),
        _reading(
            "CKRZ-6983-ALWAYS",
            "另一读法：总是 6983",
            "the other reading: a blocked PIN is always 6983",
            "PBOC-5 B.15.5",
            [*[send(WRONG, word) for word in ("63C2", "63C1", "63C0")], OPEN, send(GOOD, "6983"), send(GOOD, "6983")],
            [OPEN],
            options(blocked_pin_always_6983=True),
            destructive=True,
        ),
        _reading(
            "ZTJ-VERIFY-O-REFUSED",
            "另一读法：ARQC 之后不允许 VERIFY",
            "the other reading: no VERIFY between an ARQC and the second GENERATE AC",
            "PBOC-5 §11",
            [send(GOOD, "6985"), send(gac2(TC, TC, "")["send"], "9000 8013 40 *")],
            [CLEAN, OPEN, TO_ARQC],
            options(verify_after_first_ac=False),
        ),
        *(
            _reading(
                f"GXSJ-PUT-{word}-9F36",
                f"标签不可写：{word}",
                f"PUT DATA: 9F36 is not written, the word {word}",
                "PBOC-5 table B.19",
                [script("04DA9F36", word, "00")],
                [OPEN, TO_ARQC, second("40")],
                options(put_data_unknown_tag=word),
            )
            for word in ("6A80", "6A81")
        ),
        *(
            _reading(
                f"ZFML-MASTER-{name}",
                f"发卡后支付系统环境的主控密钥：{zh}",
                f"the master key of an issued PSE: {en}",
                "总体方案 一（二）",
                [send("0084000008", expect)],
                [send(f"00A404000E{PSE}00")],
                options(master_key_in_use=used),
            )
            for name, zh, en, expect, used in (
                ("USED", "可用", "of use", "9000 [8]", True),
                ("GONE", "不存在", "its commands are gone", "6D00", False),
            )
        ),
        _reading(
            "YYCS-BANK-BARE",
            "无证书的卡：AIP 与 AFL",
            "a card without certificates: AIP and AFL",
            "PBOC-5 §7",
            [send("80A8000002830000", "9000 80[1] 1C00 08010100 08030300 18010200 20010100")],
            [call("adf")],
            {"pse": none},
        ),
    ]


def unit() -> Unit:
    """The readings that no other vector shows."""
    return Unit(
        "readings.json",
        "BANK-READING",
        "银行侧标准的两种读法",
        "Where the bank's standard is read in two ways: the reading that no other vector shows",
        "Each option of the bank's side is shown at each of its values, here or where a vector names it.",
        ["PBOC-5: see each vector"],
        standard("see each vector", "inferred", "medium"),
        [*_risk(), *_first_ac(), *_second_ac(), *_words()],
        LAB,
    )
