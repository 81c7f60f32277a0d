"""What a personalised bank card holds, as JR/T 0045.3 looks at it: reset answer, mandatory data, certificates, limits.

Which record a data element lies in is the issuer's choice; the records here are those of the card that comes along.
"""

from __future__ import annotations

from vectors.generate.build import Json, Unit, call, send, standard, vector

_CERTIFICATE = "[96-248]"  # as long as the key above it: 768 to 1984 bits (PBOC-7 §5)
_PARTIAL = "PBOC-5 A.1: presence and length; which record, by the profile"


def _record(sfi: int, number: int, **wanted: str) -> Json:
    """READ RECORD with the elements that must be in its template 70."""
    tlv = {f"70/{tag.removeprefix('t')}": pattern for tag, pattern in wanted.items()}
    return send(f"00B2{number:02X}{sfi << 3 | 4:02X}00", [{"sw": "9000", "tlv": tlv}])


def _reset(kind: str) -> Json:
    """A reset that is answered as at T=0, TB1 00, TC1, and at most 15 historical bytes."""
    return {"reset": kind, "expect": [{"data": "3B 6? 00 .. [0-15]"}]}


def vectors() -> list[Json]:
    """All of them."""
    rows: tuple[tuple[str, str, str, list[Json], list[str]], ...] = (
        (
            "RESET",
            "复位应答",
            "the reset answer, cold and warm",
            [_reset("cold"), _reset("warm")],
            ["ISO 7816-3 §8.3"],
        ),
        (
            "MANDATORY",
            "强制数据",
            "mandatory data: track 2 first of all, account, expiry, lists of both GENERATE ACs, version; AIP and AFL",
            [
                send("80A8000002830000", "9000 80[1] [2] [4-252]"),
                _record(1, 1, t57="*"),
                _record(3, 1, t5A="[8-10]", t5F24="[3]"),
                _record(3, 2, t8C="*", t8D="*", t9F08="[2]"),
            ],
            ["PBOC-5 A.1"],
        ),
        (
            "SDA",
            "静态数据认证的数据",
            "data of SDA: the issuer's certificate and exponent, the authority's index, the signature",
            [
                _record(2, 1, t90=_CERTIFICATE),
                _record(2, 2, t8F="[1]", t9F32="[1-3]"),
                _record(2, 3, t93=_CERTIFICATE),
                _record(3, 2, t9F4A="82"),
            ],
            ["PBOC-5 A.1", "PBOC-7 §5"],
        ),
        (
            "DDA",
            "动态数据认证的数据",
            "data of DDA: the card's certificate and exponent",
            [_record(2, 4, t9F46=_CERTIFICATE), _record(2, 5, t9F47="[1-3]", t9F49="*")],
            ["PBOC-5 A.1", "PBOC-7 §5"],
        ),
        (
            "LIMITS",
            "终端风险管理的数据",
            "data of the terminal's risk management: lower and upper limit, both counters of transactions",
            [
                _record(4, 1, t9F14="[1]", t9F23="[1]"),
                send("80CA9F3600", "9000 9F3602 [2]"),
                send("80CA9F1300", "9000 9F1302 [2]"),
            ],
            ["PBOC-5 A.1", "PBOC-5 §17.5"],
        ),
        (
            "OTHER",
            "其他数据",
            "other data: countries and currency, service code, dates, usage control, action codes, methods, sequence",
            [
                _record(3, 1, t5F34="[1]", t5F25="[3]", t5F28="0156", t9F07="[2]", t9F0D="[5]", t9F0E="[5]", t9F0F="[5]", t8E="[10-252]"),
                _record(3, 2, t5F30="[2]", t9F42="0156", t9F44="02"),
            ],
            ["PBOC-5 A.1"],
        ),
    )  # fmt: skip
    return [
        vector(f"GRH-CARD-{name}", zh, en, steps, None if name == "RESET" else [call("adf")], clause=clause)
        for name, zh, en, steps, clause in rows
    ]


def unit() -> Unit:
    """The file."""
    return Unit(
        "personalised.json",
        "BANK-PERSONALISED",
        "个人化后的卡片",
        "What a personalised card holds",
        "The data that a personalisation must have put on the card are there and have the lengths they must have.",
        ["PBOC-5 A.1"],
        standard(_PARTIAL),
        vectors(),
        "bank-only",
        live=True,
    )
