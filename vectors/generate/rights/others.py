"""Rights in the MF, on the bank side, on the certificates' side and in the terminal's key card."""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate.rights.pieces import CERTIFICATES, DUAL, MASTER, locked, vector
from vectors.generate.tries.pieces import (
    AID,
    BLANK,
    CMK_SM4,
    IN_PKI,
    IN_PSAM,
    PMK,
    PSAM_BLANK,
    PSAM_MADE,
    PSAM_MK,
    PSE_BORN,
    PSE_NAME,
    SX1,
    Json,
    V,
    W,
    call,
    draw,
    load,
    prove,
    select,
    send,
)

# --- card manager and bank side ------------------------------------------------------------------------------------


def card_manager() -> Iterator[Json]:
    """The card master key and the transport key."""
    mf = [call("mf"), *prove("CMK")]
    yield vector(
        "CMK-LOCKED",
        "卡片主控密钥锁定",
        "the card master key locked after it was proved",
        mf,
        [*locked("CMK"), draw(8), send(f"{{load_key(CMK, {MASTER}, {V})}}", "6982")],
        DUAL,
    )
    for name, header, key in (("3DES", MASTER, f"tdes({V})"), ("SM4", "000000EF3303FF10", CMK_SM4)):
        yield vector(
            f"CMK-REPLACED-{name}",
            "卡片主控密钥更换",
            f"the card master key replaced by one of {name}",
            mf,
            [
                *load("CMK", header, V),
                draw(8),
                send(f"{{load_key({key}, {header}, {W})}}", "6982"),
                send("80E1000102DDF1", "6982"),
                *prove(key),
                *load(key, header, W),
            ],
            DUAL,
        )
    tried = [send("80E0030008" + "00" * 8, f"63C{left}") for left in range(9, -1, -1)]
    yield vector(
        "TRANSPORT-LOCKED",
        "传输密钥锁定",
        "the transport key locked after it was proved",
        [send("80E0030008{transport(TK)}")],
        [*tried, send("80E0010010000000FF013F00010001230000800000", "6982")],
        BLANK,
    )
    yield vector(
        "PSAM-TRANSPORT-LOCKED",
        "传输密钥锁定（PSAM）",
        "the same on a blank PSAM",
        [send("80E0030008{transport(TK)}")],
        [*tried, send(f"80E001001F000000FF013F00010000000000800000{SX1}", "6982")],
        PSAM_BLANK,
    )


def _bank_proof(key: str, *, flip: bool = False) -> str:
    data = f"bank_auth({key})"
    return f"0082000008{{{f'flip({data})' if flip else data}}}"


def bank() -> Iterator[Json]:
    """The master key of the PSE and the keys of a personalisation channel."""
    proved = [draw(8), send(_bank_proof(PMK))]
    create = f"80E0010018000000FF01DFB1020000000000000000{AID}"
    delete = "80E1000102DDF2"
    wrong = [step for word in ("63C2", "63C1", "63C0") for step in (draw(8), send(_bank_proof(PMK, flip=True), word))]
    yield vector(
        "PMK-LOCKED",
        "支付环境主控密钥锁定",
        "the master key of the PSE locked after it was proved",
        [*PSE_BORN, *proved],
        [*wrong, send(create, "6982"), send("80E00200", "6982"), send(delete, "6982")],
        BLANK,
    )
    dead = [
        send(create, "6982"),
        send("80E00200", "6982"),
        draw(8),
        send(f"{{load_key(tdes({W}), {MASTER}, {V})}}", "6982"),
        send(delete, "6982"),
    ]
    yield vector(
        "PMK-REPLACED",
        "支付环境主控密钥更换",
        "the master key of the PSE replaced: nothing under it until the new one is proved",
        [*PSE_BORN, *proved],
        [*load(PMK, MASTER, W), *dead, draw(8), send(_bank_proof(f"tdes({W})")), send(create)],
        BLANK,
    )
    yield vector(
        "PMK-REPLACED-ISSUED",
        "发行后更换支付环境主控密钥",
        "the same on an issued card",
        [select(PSE_NAME), draw(8), send(_bank_proof("PMK"))],
        [
            *load("PMK", MASTER, W),
            draw(8),
            send(f"{{load_key(tdes({W}), {MASTER}, {V})}}", "6982"),
            send(delete, "6982"),
            draw(8),
            send(_bank_proof(f"tdes({W})")),
            *load(f"tdes({W})", MASTER, V),
        ],
        DUAL,
    )
    keys = (
        ("100101EF33000010", "6492080240A8F6DA7061322B3A7FE419"),
        ("110101EF33000010", "EE3FC8A80813FC5975C1A77A827D746D"),
        ("120101EF33000010", "3093CE763D7E10C82A4AB8FCC85FCC8B"),
    )
    opened = [
        *PSE_BORN,
        *proved,
        send(create),
        *(step for header, value in keys for step in load(PMK, header, value)),
        send("80E006000A621234FFFFFF0000A1B2"),
        select(AID),
        *proved,
        send("80500000080F1E2D3C4B5A6978", "9000 [28]"),
        send("848201001091A7C1C1DF28FBA871AB06BE110EC8DF"),
    ]
    yield {
        **vector(
            "CHANNEL-KEY-REPLACED",
            "通道密钥更换后通道关闭",
            "a key of the personalisation channel replaced while the channel is open: it is closed",
            opened,
            [*load(PMK, keys[1][0], V), send("84E200000D9010020303" + "00" * 8, "6985")],
            BLANK,
        ),
        "random": {"pse": ["5AC3907E12F4B86D"] * 5 + ["8D3A51E0F792"]},
    }


# --- certificates and the terminal's key card ----------------------------------------------------------------------

_USER, _MANAGER = "pin(123456)", "pin(12345678)"


def _shown(header: str, key: str, word: str = "9000", *, flip: bool = False) -> list[Json]:
    data = f"direct({key}, challenge)"
    return [draw(16), send(f"{header}10{{{f'flip({data})' if flip else data}}}", word)]


def _pki_locked(header: str, key: str) -> list[Json]:
    wrong = [step for word in ("63C2", "63C1", "63C0") for step in _shown(header, key, word, flip=True)]
    return [*wrong, *_shown(header, key, "6983")]


def certificates() -> Iterator[Json]:
    """Both PINs and both master keys."""
    three = {"overrides": {"pki": {"pin_tries": 3, "certificate_write": "manager PIN"}}}
    user, manager, own = ("00200181", _USER), ("00200100", _MANAGER), ("00820000", "XAMK")
    writes = [send("00A40000020018"), send("00D600000101")]
    dead = [send("00D600000101", "6982")]
    change = f"static({_MANAGER}, 845E0100, sealed({_MANAGER}, 87654321))"
    yield {
        **vector(
            "PKI-MANAGER-CHANGE",
            "修改口令失败至锁定后管理员权限失效",
            "the manager PIN locked by CHANGE PIN while its level is held",
            [*IN_PKI, *_shown(*manager)],
            [
                *writes,
                *[step for _ in range(3) for step in (draw(16), send(f"{{flip({change})}}", "6988"))],
                *dead,
                draw(16),
                send(f"{{{change}}}", "6983"),
            ],
            CERTIFICATES,
        ),
        **three,
    }
    yield {
        **vector(
            "PKI-MANAGER-LOCKED",
            "管理员口令锁定",
            "the manager PIN locked by VERIFY",
            [*IN_PKI, *_shown(*manager)],
            [*writes, *_pki_locked(*manager), *dead],
            CERTIFICATES,
        ),
        **three,
    }
    yield {
        **vector(
            "PKI-OTHER-LOCKED",
            "用户口令锁定不影响管理员",
            "the user PIN locked: what the manager PIN has earned stays",
            [*IN_PKI, *_shown(*manager)],
            [*_pki_locked(*user), *writes],
            CERTIFICATES,
        ),
        **three,
    }
    yield {
        **vector(
            "PKI-USER-LOCKED",
            "用户口令锁定后已指定的公钥不可取出",
            "the user PIN locked: the public key it had named cannot be fetched any more",
            [*IN_PKI, *_shown(*user), send("80C9820008C0020012C2020013")],
            [
                send("80C98280", "9000 [66]"),
                *_pki_locked(*user),
                send("80C98280", "6985"),
                send("80C9820008C0020012C2020013", "6982"),
            ],
            CERTIFICATES,
        ),
        **three,
    }
    yield {
        **vector(
            "PKI-MANAGER-REPLACED",
            "管理员口令更换后须重新校验",
            "the manager PIN replaced: the new one has been shown by nobody",
            [*IN_PKI, *_shown(*manager)],
            [*writes, draw(16), send(f"{{{change}}}"), *dead, *_shown("00200100", "pin(87654321)"), *writes],
            CERTIFICATES,
        ),
        **three,
    }
    again = f"static(sm4({W}), 84D40100, sealed(sm4({W}), cat(000000, {V})))"
    first = f"static(XAMK, 84D40100, sealed(XAMK, cat(000000, {W})))"
    yield vector(
        "PKI-MASTER-REPLACED",
        "主控密钥更换后须证明新密钥",
        "the application's master key replaced",
        [*IN_PKI, *_shown(*own)],
        [
            draw(16),
            send(f"{{{first}}}"),
            draw(16),
            send(f"{{{again}}}", "6982"),
            *_shown("00820000", f"sm4({W})"),
            draw(16),
            send(f"{{{again}}}"),
        ],
        CERTIFICATES,
    )
    for name, way, key in (("PKI-MASTER-LOCKED", IN_PKI, "XAMK"), ("PKI-HOME-LOCKED", IN_PKI[:1], "XMK")):
        yield vector(
            name,
            "主控密钥锁定",
            f"{key} locked after it was proved",
            [*way, *_shown("00820000", key)],
            [
                *_pki_locked("00820000", key),
                draw(16),
                send(f"{{static({key}, 84D40100, sealed({key}, cat(000000, {W})))}}", "6982"),
            ],
            CERTIFICATES,
        )


_UPDATE_INFO = "00D69A000A01012024010120341231"  # 001A of the PSAM: the root authority, KID-01


def key_card() -> Iterator[Json]:
    """Authorities' keys, master keys, and keys that were delivered from."""
    for cipher in ("3des", "sm4"):
        profile, number = f"psam-{cipher}", "00" if cipher == "3des" else "03"
        value = f"{'tdes' if cipher == '3des' else 'sm4'}({V})"
        tag = cipher.upper()
        yield vector(
            f"PSAM-KID-LOCKED-{tag}",
            "上级机构密钥锁定后权限失效",
            "an authority's key locked after it was proved",
            [*IN_PSAM, *prove("KID1", "01")],
            [send(_UPDATE_INFO), *locked("KID1", "01"), send(_UPDATE_INFO, "6982")],
            profile,
        )
        yield vector(
            f"PSAM-KID-OTHER-{tag}",
            "他钥锁定不影响权限",
            "another authority's key locked: the right stays",
            [*IN_PSAM, *prove("KID1", "01")],
            [*locked("KID2", "02"), send(_UPDATE_INFO)],
            profile,
        )
        yield vector(
            f"PSAM-KID-REPLACED-{tag}",
            "上级机构密钥更换后权限失效",
            "an authority's key replaced",
            [*IN_PSAM, *prove("AMK"), *prove("KID1", "01")],
            [
                *load("AMK", f"0D0101EF33{number}1110", V),
                send(_UPDATE_INFO, "6982"),
                *prove(value, "01"),
                send(_UPDATE_INFO),
            ],
            profile,
        )
        yield vector(
            f"PSAM-AMK-LOCKED-{tag}",
            "应用主控密钥锁定",
            "the application's master key locked after it was proved",
            [*IN_PSAM, *prove("AMK")],
            [*locked("AMK"), draw(8), send(f"{{load_key(AMK, 0D0101EF33{number}1110, {V})}}", "6982")],
            profile,
        )
        yield vector(
            f"PSAM-AMK-REPLACED-{tag}",
            "应用主控密钥更换",
            "the application's master key replaced",
            [*IN_PSAM, *prove("AMK")],
            [
                *load("AMK", f"000000EF33{number}FF10", V),
                draw(8),
                send(f"{{load_key({value}, 0D0101EF33{number}1110, {W})}}", "6982"),
                *prove(value),
                *load(value, f"0D0101EF33{number}1110", W),
            ],
            profile,
        )
        entry = "00DC010C03610100"
        yield vector(
            f"PSAM-MFMK-{tag}",
            "环境主控密钥锁定",
            "the MF's master key locked after it was proved",
            prove("MFMK"),
            [*locked("MFMK"), send(entry, "6982")],
            profile,
        )
        yield vector(
            f"PSAM-MFMK-REPLACED-{tag}",
            "环境主控密钥更换",
            "the MF's master key replaced",
            prove("MFMK"),
            [*load("MFMK", f"000000EF33{number}FF10", V), send(entry, "6982"), *prove(value), send(entry)],
            profile,
        )
    own = [send("80E0010016000000FF01DF01020000000000000000D15600000590"), *load(PSAM_MK, MASTER, V)]
    refused = [draw(8), send(f"{{load_key(tdes({V}), 0D0101EF33001110, {W})}}", "6982")]
    yield vector(
        "PSAM-RECREATED",
        "删除后重建的应用",
        "an application deleted and made again under its identifier inherits nothing",
        [*PSAM_MADE, *own, *prove(f"tdes({V})"), send("80E1000202DF01")],
        [*own, *refused],
        PSAM_BLANK,
    )
    files = [
        *PSAM_MADE,
        own[0],
        send("80E0010010000000001A0011C300110018EFEF0000"),
        draw(8),
        send(f"{{static({PSAM_MK}, 84D40011, sealed({PSAM_MK}, cat(0800000000000000, {V})))}}"),
        send("BFDE080008" + "00" * 8),
    ]
    calculates = "80FA000008" + "00" * 8
    yield vector(
        "PSAM-KEY-CHANGED",
        "密钥修改后已分散密钥失效",
        "CHANGE KEY ends what was delivered from the old value",
        files,
        [
            send(calculates, "9000 [8]"),
            draw(8),
            send(f"{{static({PSAM_MK}, 84D40111, sealed({PSAM_MK}, cat(080000, {W})))}}"),
            send(calculates, "6901"),
        ],
        PSAM_BLANK,
    )
    yield vector(
        "PSAM-KEY-FILE-DELETED",
        "密钥文件删除后已分散密钥失效",
        "DELETE of the key file ends what was delivered from it",
        files,
        [send(calculates, "9000 [8]"), send("80E10003020011"), send(calculates, "6901")],
        PSAM_BLANK,
    )
