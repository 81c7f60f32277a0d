"""How secrets are shown to the bank side, the certificates' side and the terminal's key card."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from vectors.generate.tries.pieces import (
    AID,
    BLANK,
    IN_PKI,
    IN_PSAM,
    LAB,
    PKI_APPLICATION,
    PKI_NAME,
    PMK,
    PSAM_APPLICATION,
    PSAM_BLANK,
    PSAM_MADE,
    PSAM_MK,
    PSE_BORN,
    SX1,
    SX2,
    ZEROS,
    Presentation,
    Refusal,
    V,
    by_key,
    draw,
    load,
    no_such_key,
    not_serving,
    prove,
    select,
    send,
    used_up,
)

# --- the bank side ------------------------------------------------------------------------------------------------

TRANSACTION = [select(AID), send("80A8000002830000", "9000 *")]
# What CDOL1 of the laboratory's card asks for.
TERMINAL = "00000000100000000000000001560000000000015600012500112233441647214455414C434F5320544553542053484F50202020"


def bank() -> Iterator[Presentation]:
    """Master key and personalisation channel while it is made, the PIN of an issued card."""
    right = f"0082000008{{bank_auth({PMK})}}"
    yield Presentation(
        "pse-making 0082 EXTERNAL AUTHENTICATE (master key)",
        "PMK",
        "支付系统环境主控密钥",
        "EXTERNAL AUTHENTICATE, master key of the PSE",
        PSE_BORN,
        [draw(8)],
        f"0082000008{{flip(bank_auth({PMK}))}}",
        right,
        [used_up(right), not_serving(4, "0082000008" + "00" * 8)],
        {"profile": BLANK},
        counter="PSE.MK",
    )
    yield Presentation(
        "pse 0020 VERIFY",
        "BANK-VERIFY",
        "脱机密码",
        "VERIFY of the bank side",
        TRANSACTION,
        [],
        "0020008008244321FFFFFFFFFF",
        "0020008008241234FFFFFFFFFF",
        [
            Refusal(
                "6985",
                "交易已有密文",
                "the transaction has its cryptogram",
                [
                    *TRANSACTION,
                    send(f"80AE000034{TERMINAL}00", "9000 *"),
                    send("0020008008241234FFFFFFFFFF", "6985"),
                    *TRANSACTION,
                ],
            )
        ],
        {"profile": LAB},
        counter="PSE.PIN",
        then="6983",
    )
    update, opening = "80500000080F1E2D3C4B5A6978", "848201001091A7C1C1DF28FBA871AB06BE110EC8DF"
    keys = (
        ("100101EF33000010", "6492080240A8F6DA7061322B3A7FE419"),
        ("110101EF33000010", "EE3FC8A80813FC5975C1A77A827D746D"),
        ("120101EF33000010", "3093CE763D7E10C82A4AB8FCC85FCC8B"),
    )
    skeleton = [
        *PSE_BORN,
        draw(8),
        send(right),
        send(f"80E0010018000000FF01DFB1020000000000000000{AID}"),
        *(step for header, value in keys for step in load(PMK, header, value)),
        send("80E006000A621234FFFFFF0000A1B2"),
        select(AID),
    ]
    yield Presentation(
        "pse-making 8482 EXTERNAL AUTHENTICATE (channel)",
        "CHANNEL",
        "个人化通道",
        "EXTERNAL AUTHENTICATE of the personalisation channel",
        skeleton,
        [send(update, "9000 [28]")],
        "848201001000000000000000000000000000000000",
        opening,
        [
            Refusal("6985", "未初始化更新", "no INITIALIZE UPDATE before", [send(opening, "6985")]),
            Refusal("6A88", "无此密钥版本", "no keys of that version", [send("8050020008" + "00" * 8, "6A88")]),
        ],
        # The random numbers of the published session: eight bytes for each key's MAC, then six for each opening.
        {"profile": BLANK, "random": {"pse": ["5AC3907E12F4B86D"] * 4 + ["8D3A51E0F792"] * 12}},
        ("6300",) * 10,
        counter="PSE.CHANNEL",
    )


# --- certificates -------------------------------------------------------------------------------------------------


def certificates() -> Iterator[Presentation]:
    """Two PINs, the change of one, two master keys."""
    more = {"profile": "social-3.0-pki", "overrides": {"pki": {"pin_tries": 3}}}

    def away(command: str) -> Refusal:
        steps = [select(PKI_NAME), draw(16), send(command, "6A88"), select(PKI_APPLICATION)]
        return Refusal("6A88", "环境中没有口令", "the directory above has no PINs", steps)

    for name, zh, header, digits, counter in (
        ("USER", "用户口令", "00200181", "123456", "PKI.81"),
        ("MANAGER", "管理员口令", "00200100", "12345678", "PKI.00"),
    ):
        data = f"direct(pin({digits}), challenge)"
        yield Presentation(
            "pki 0020 VERIFY",
            f"PKI-{name}",
            zh,
            f"VERIFY, {name.lower()} PIN",
            IN_PKI,
            [draw(16)],
            f"{header}10{{flip({data})}}",
            f"{header}10{{{data}}}",
            [used_up(f"{header}10{{{data}}}"), away(f"{header}10{ZEROS}")],
            more,
            counter=counter,
        )
    manager = "pin(12345678)"
    right = f"{{static({manager}, 845E0100, sealed({manager}, 12345678))}}"
    padding = f"{{static({manager}, 845E0100, direct({manager}, {'FF' * 16}))}}"
    short = f"{{static({manager}, 845E0100, sealed({manager}, 12))}}"
    zeros = "845E010014" + "00" * 20
    yield Presentation(
        "pki 845E CHANGE PIN",
        "PKI-CHANGE",
        "修改口令",
        "CHANGE PIN, manager PIN",
        IN_PKI,
        [draw(16)],
        f"{{flip({right[1:-1]})}}",
        right,
        [
            used_up(right),
            Refusal("6984-BARE", "从未取随机数", "no random number at all", [send(zeros, "6984")] * 3),
            Refusal("6988-PADDING", "MAC 正确而密文无效", "right MAC, nothing that deciphers", [draw(16), send(padding, "6988")]),
            Refusal("6A80", "MAC 正确而口令无效", "right MAC, no PIN", [draw(16), send(short, "6A80")]),
            away(zeros),
        ],
        more,
        ("6988",) * 3,
        counter="PKI.00",
    )  # fmt: skip
    for name, key, way, counter in (
        ("PKI-XAMK", "XAMK", IN_PKI, "PKI.MK"),
        ("PKI-XMK", "XMK", IN_PKI[:1], "PKI.HOME"),
    ):
        right = f"0082000010{{direct({key}, challenge)}}"
        yield Presentation(
            "pki 0082 EXTERNAL AUTHENTICATION (master key)",
            name,
            "主控密钥认证",
            f"EXTERNAL AUTHENTICATION, {key}",
            way,
            [draw(16)],
            f"0082000010{{flip(direct({key}, challenge))}}",
            right,
            [used_up(right)],
            more,
            counter=counter,
        )


# --- the terminal's key card --------------------------------------------------------------------------------------


def key_card() -> Iterator[Presentation]:
    """Authorities' keys and master keys of each environment, with every mix of ciphers."""
    row = "psam 0082 EXTERNAL AUTHENTICATION"
    des, sm4 = {"profile": "psam-3des"}, {"profile": "psam-sm4"}
    outside = Refusal(
        "6985", "不在应用下", "outside the application",
        [select(SX1), draw(8), send(f"0082000110{ZEROS}", "6985"), select(PSAM_APPLICATION)],
    )  # fmt: skip
    absent = [no_such_key(f"0082000610{ZEROS}"), no_such_key(f"0082000111{ZEROS}09", "VERSION"), outside]
    psam = partial(by_key, row=row)
    yield psam("KID1-3DES", "KID1", "01", IN_PSAM, des, absent, counter="PSAM.01")
    yield psam("KID1-SM4", "KID1", "01", IN_PSAM, sm4, absent, counter="PSAM.01", random=16)
    yield psam("KID3-SM4", "KID3", "03", IN_PSAM, sm4, counter="PSAM.03")
    plain = {**des, "overrides": {"psam": {"options": {"failed_authentication": "6982"}}}}
    yield psam("KID2-6982", "KID2", "02", IN_PSAM, plain, [outside], words=("6982",) * 3, counter="PSAM.02")
    yield psam("AMK-3DES", "AMK", "00", IN_PSAM, des, counter="PSAM.00")
    yield psam("AMK-SM4", "AMK", "00", IN_PSAM, sm4, counter="PSAM.00", random=16)
    yield psam("MFMK-3DES", "MFMK", "00", [], des, counter="PSAM.MF")
    yield psam("MFMK-SM4", "MFMK", "00", [], sm4, counter="PSAM.MF", random=16)
    # An authority's key of the other cipher, loaded under the application's master key.
    mixed = [*IN_PSAM, *prove("AMK"), *load("AMK", "0D0501EF33007710", V)]
    unusable = [not_serving(16, f"0082000510{ZEROS}")]
    yield psam("KID5-3DES-IN-SM4", f"tdes({V})", "05", mixed, sm4, unusable, counter="PSAM.05")
    mixed = [*IN_PSAM, *prove("AMK"), *load("AMK", "0D0501EF33037710", V)]
    yield psam("KID5-SM4-IN-3DES", f"sm4({V})", "05", mixed, des, counter="PSAM.05")
    groups = [*IN_PSAM, *prove("AMK"), *load("AMK", "0D0102EF33001110", V)]
    yield psam("KID1-GROUP-2", f"tdes({V})", "01", groups, des, absent[:1], version="02", counter="PSAM.01:2")
    # An application master key of the other cipher: the environment's random numbers of 16 bytes do not serve it.
    mixed = [*IN_PSAM, *prove("AMK"), *load("AMK", "000000EF3300FF10", V)]
    yield psam(
        "AMK-3DES-IN-SM4", f"tdes({V})", "00", mixed, sm4, [not_serving(16, f"0082000010{ZEROS}")], counter="PSAM.00"
    )
    born = [
        *PSAM_MADE,
        send(f"80E001001F000000FF01DDF1010000000000800000{SX2}"),
        *load(PSAM_MK, "000000EF3303FF10", V),
        select(SX2),
    ]
    yield psam("DDF1-SM4", f"sm4({V})", "00", born, {"profile": PSAM_BLANK}, counter="PSAM.DDF1", random=16)
