"""GET PROCESSING OPTIONS, VERIFY, INTERNAL and EXTERNAL AUTHENTICATION."""

from __future__ import annotations

from vectors.generate.build import (
    ARQC,
    GOOD,
    INFERRED,
    NORMAL,
    TC,
    WRONG,
    Json,
    call,
    ea,
    gac1,
    gac1_data,
    gac2_data,
    lab_case,
    send,
)
from vectors.generate.words.command import Command


def options_and_pin() -> list[Json]:
    """GET PROCESSING OPTIONS (初始化), VERIFY (持卡人认证)."""
    options_ = Command("YYCS", "取处理选项", "GET PROCESSING OPTIONS", "PBOC-5 B.8", good="80A8000002830000")
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

    verify = Command("CKRZ", "验证", "VERIFY", "PBOC-5 B.15", good=GOOD, well="I")
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
    internal = Command("DDCS", "内部认证", "INTERNAL AUTHENTICATE", "PBOC-5 B.9", good="00880000041122334400", well="I")
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

    generate = Command("YYMW", "生成应用密文", "GENERATE AC", "PBOC-5 B.6", good=gac1_data(ARQC), well="I")
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

    external = Command(
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
