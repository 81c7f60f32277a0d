"""How secrets are shown to the social side and the card manager."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from vectors.generate.tries.pieces import (
    BLANK,
    CMK_SM4,
    SMK,
    SSSE_BORN,
    ZEROS,
    Json,
    Presentation,
    Refusal,
    V,
    by_key,
    call,
    draw,
    load,
    no_such_key,
    not_serving,
    prove,
    send,
    used_up,
)

# --- the social side and the manager ------------------------------------------------------------------------------


def social_keys() -> Iterator[Presentation]:
    """Every kind of key of the social side and the card master key, with every mix of ciphers."""
    two, three = {"profile": "social-2.0"}, {"profile": "social-3.0"}
    here, ssse_row = [call("ssse")], partial(by_key, way=[call("ssse")])
    des16 = [not_serving(16, f"008200{{}}10{ZEROS}")]

    def unusable(kid: str) -> list[Refusal]:
        return [each._replace(steps=[each.steps[0], send(f"008200{kid}10{ZEROS}", "6984")]) for each in des16]

    absent = [no_such_key(f"0082000310{ZEROS}"), no_such_key(f"0082000411{ZEROS}09", "VERSION")]
    yield ssse_row("UK-3DES", "UKSSSE", "04", more=two, refusals=[*unusable("04"), *absent], counter="SSSE.04")
    yield ssse_row("UK-SM4", "UKSSSE", "04", more=three, refusals=absent, counter="SSSE.04", random=16)
    yield ssse_row("PUK-3DES", "PUK", "06", more=two, refusals=unusable("06"), counter="SSSE.06")
    yield ssse_row("PUK-SM4", "PUK", "06", more=three, counter="SSSE.06")
    for version in "123":
        yield ssse_row(
            f"UK-GROUP-{version}",
            f"UKSSSE:{version}",
            "04",
            more=two,
            version=f"0{version}",
            refusals=unusable("04"),
            counter=f"SSSE.04:{version}",
        )
    never: Json = {"words": ("63C3",) * 4, "then": "9000"}
    yield ssse_row("BK-3DES", "BK", "05", more=two, refusals=unusable("05"), counter="SSSE.05", **never)
    locks = {**two, "overrides": {"ssse": {"options": {"block_keys_lock": True}}}}
    yield ssse_row("BK-LOCKS", "BK", "05", more=locks, refusals=unusable("05"), counter="SSSE.05")
    in03 = [*here, call("app(DF03)")]
    yield by_key("LK-3DES", "LKDF03", "83", in03, two, unusable("83"), counter="DF03.83", **never)
    yield by_key("RK1DF03-3DES", "RK1DF03", "84", in03, two, unusable("84"), counter="DF03.84")
    yield by_key("RK1DF03-SM4", "RK1DF03", "84", in03, three, counter="DF03.84")
    yield by_key("GLOBAL-3DES", "UKSSSE", "04", in03, two, unusable("04"), counter="SSSE.04")
    yield by_key("DSK-3DES", "DSK", "87", [*here, call("app(DF04)")], two, unusable("87"), counter="DF04.87")
    yield ssse_row("SMK-3DES", "SMK", "00", more=two, refusals=unusable("00"), counter="SSSE.MK")
    yield ssse_row("SMK-SM4", "SMK", "00", more=three, counter="SSSE.MK")
    # The other cipher's key in an environment: loaded in the place of an access key under the master key.
    mixed = [*here, *prove("SMK"), *load("SMK", "0D0401EF33004410", V)]
    yield by_key("UK-3DES-IN-SM4", f"tdes({V})", "04", mixed, three, unusable("04"), counter="SSSE.04")
    mixed = [*here, *prove("SMK"), *load("SMK", "0D0401EF33034410", V)]
    yield by_key("UK-SM4-IN-3DES", f"sm4({V})", "04", mixed, two, counter="SSSE.04", random=16)
    own = [
        *SSSE_BORN,
        send("80E0010016002200FF01DF03020000000000000000D15600000502"),
        *load(SMK, "000000EF3300FF10", V),
    ]
    yield by_key("OWN-3DES", f"tdes({V})", "00", own, {"profile": BLANK}, unusable("00"), counter="DF03.MK")
    own = [*own[:-2], *load(SMK, "000000EF3303FF10", V)]
    yield by_key("OWN-SM4", f"sm4({V})", "00", own, {"profile": BLANK}, counter="DF03.MK", random=16)
    row = "manager 0082 EXTERNAL AUTHENTICATION"
    mf = [call("mf")]
    dual = {"profile": "dual-2.0-3des"}
    yield by_key("CMK-3DES", "CMK", "00", mf, dual, unusable("00"), row=row, counter="MF.MK")
    other = [*mf, *prove("CMK"), *load("CMK", "000000EF3303FF10", V)]
    yield by_key("CMK-SM4", CMK_SM4, "00", other, dual, row=row, counter="MF.MK", random=16)


def transport(row: str, name: str, profile: str) -> Presentation:
    """The transport key, which needs no random number."""
    return Presentation(
        row,
        name,
        "传输密钥认证",
        "TRANSPORT KEY AUTHENTICATION",
        [],
        [],
        "80E0030008" + "00" * 8,
        "80E0030008{transport(TK)}",
        [],
        {"profile": profile},
        tuple(f"63C{left}" for left in range(9, -1, -1)),
        counter="MF.TK",
    )


def pin() -> Iterator[Presentation]:
    """VERIFY and CHANGE PIN."""
    way, more = [call("ssse")], {"profile": "social-2.0"}
    verify = Presentation(
        "ssse 0020 VERIFY",
        "VERIFY",
        "校验个人密码",
        "VERIFY",
        way,
        [],
        "0020000003999999",
        "0020000003123456",
        [],
        more,
        counter="SSSE.PIN",
    )
    yield verify
    yield verify._replace(
        row="ssse 805E CHANGE PIN",
        name="CHANGE",
        zh="修改个人密码",
        en="CHANGE PIN",
        wrong="805E010007999999FF654321",
        right="805E010007123456FF123456",
        refusals=[
            Refusal("6A80", "无分隔符", "no separator", [send("805E010006123456654321", "6A80")]),
            Refusal("6A80-NEW", "新密码无效", "no valid new PIN", [send("805E010007123456FF65A321", "6A80")]),
        ],
    )


def unblock(profile: str, cipher: str) -> Presentation:
    """The MAC of PIN CHANGE/UNBLOCK, whose failures are the PUK's."""
    right = "{secured(STKSSSE, 84240000)}"
    block = "FF" * (8 if cipher == "3DES" else 16)
    bad = f"{{secured(STKSSSE, 84240001, blocks(STKSSSE, {block}))}}"
    refusals = [
        used_up(right),
        Refusal("6987", "放不下 MAC", "no room for a MAC", [draw(8), send("8424000003000000", "6987")]),
        Refusal(
            "6700-UNBLOCK", "解锁带数据", "data where the MAC alone belongs", [send(f"842400000C{'00' * 12}", "6700")]
        ),
        Refusal(
            "6988-PADDING", "MAC 正确而密文无效", "right MAC, nothing that deciphers", [draw(8), send(bad, "6988")]
        ),
        Refusal(
            "6A80",
            "MAC 正确而密码无效",
            "right MAC, no PIN",
            [draw(8), send("{secured(STKSSSE, 84240001, encipher(STKSSSE, 12))}", "6A80")],
        ),
    ]
    if cipher == "3DES":
        refusals.append(not_serving(16, "842400000400000000"))
    return Presentation(
        "ssse 8424 PIN CHANGE/UNBLOCK",
        f"UNBLOCK-{cipher}",
        "个人密码修改/解锁",
        f"PIN CHANGE/UNBLOCK, {cipher}",
        [call("ssse"), *prove("PUK", "06")],
        [draw(8)],
        "{flip(secured(STKSSSE, 84240000))}",
        right,
        refusals,
        {"profile": profile},
        ("6988",) * 3,
        "6982",  # SSC-5 table 27 has no 6983: the right that PUK had earned is gone
        "SSSE.06",
    )
