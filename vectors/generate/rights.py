"""How long a right lasts: not beyond the tries of the key that earned it, nor its replacement, nor its directory.

One rule for every stack. A vector proves a key, shows that its right opens something, locks or replaces or erases that
key, and shows that the same thing is refused; beside it the cases in which the right must stay.
"""

from __future__ import annotations

from collections.abc import Iterator

from terminal.conformance.layout import layout
from vectors.generate.tries import (
    AID,
    BLANK,
    CMK_SM4,
    FOLDER,
    IN_PKI,
    IN_PSAM,
    PMK,
    PSAM_BLANK,
    PSAM_MADE,
    PSAM_MK,
    PSE_BORN,
    PSE_NAME,
    SMK,
    SSSE_BORN,
    SX1,
    Json,
    V,
    W,
    call,
    draw,
    load,
    proof,
    prove,
    select,
    send,
)

_SOCIAL, _CERTIFICATES, _DUAL = "social-2.0", "social-3.0-pki", "dual-2.0-3des"
_KEY = "000000EF3300FF10"


def _vector(name: str, zh: str, en: str, setup: list[Json], steps: list[Json], profile: str = _SOCIAL) -> Json:
    return {
        "id": f"RIGHTS-{name}",
        "title": {"zh": zh, "en": en},
        "profile": profile,
        "setup": setup,
        "steps": steps,
    }


def _locked(key: str, kid: str = "00", version: str = "") -> list[Json]:
    """Three wrong proofs in the social form, and the right one is refused."""
    wrong = proof(key, kid, version, flip=True)
    tried = [step for word in ("63C2", "63C1", "63C0") for step in (draw(8), send(wrong, word))]
    return [*tried, draw(8), send(proof(key, kid, version), "6983")]


# --- the social side: what each right opens ------------------------------------------------------------------------

_HOME = [call("ssse")]
_IN_DF03 = [*_HOME, call("app(DF03)")]
_UPDATE = "00DC022803020139"  # SSSE EF05, record 2: UKSSSE
_READ_PHOTO = "00B0880001"  # SSSE EF08: RKSSSE
_READ_BY_PIN = "00B2012C04"  # DF01 EF05: the PIN
_WRONG_PIN, _PIN = "0020000003999999", "0020000003123456"


def _unblocks(sw: str) -> list[Json]:
    return [draw(8), send("{secured(STKSSSE, 84240000)}", sw)]


def _wrong_macs(number: int) -> list[Json]:
    return [step for _ in range(number) for step in (draw(8), send("{flip(secured(STKSSSE, 84240000))}", "6988"))]


def _puk() -> Iterator[Json]:
    earned = [*_HOME, *prove("PUK", "06")]
    yield _vector(
        "PUK-MAC",
        "MAC 错误锁定 PUK 后不再解锁",
        "three wrong MACs lock PUK: the right one unblocks nothing more, in the same session",
        earned,
        [
            *_unblocks("9000"),
            *_wrong_macs(3),
            *_unblocks("6982"),
            draw(8),
            send("{secured(STKSSSE, 84240001, encipher(STKSSSE, 888888))}", "6982"),
            draw(8),
            send("{flip(secured(STKSSSE, 84240000))}", "6982"),
            draw(8),
            send(proof("PUK", "06"), "6983"),
            send(_PIN, "9000"),
        ],
    )
    yield _vector(
        "PUK-PROOF",
        "鉴别失败锁定 PUK 后不再解锁",
        "PUK locked by wrong proofs after it was proved",
        earned,
        [*_locked("PUK", "06"), *_unblocks("6982")],
    )
    yield _vector(
        "PUK-SESSION",
        "PUK 锁定后下一会话",
        "nor in the next session",
        [*earned, *_wrong_macs(3), {"reset": "cold"}, *_HOME],
        [draw(8), send(proof("PUK", "06"), "6983"), *_unblocks("6982")],
    )
    made, one, two = _with_two_puks()
    mac = f"secured(tdes({W}), 84240000)"
    wrong, right = [draw(8), send(f"{{flip({mac})}}", "6988")], [draw(8), send(f"{{{mac}}}")]
    yield _vector(
        "PUK-VERSION-PAYS",
        "MAC 错误计入已鉴别的 PUK 版本",
        "a wrong MAC costs the version of PUK that was proved, and no other",
        [*made, *prove(two, "06", "02")],
        [
            *wrong,
            *[step for word in ("63C2", "63C1") for step in (draw(8), send(proof(one, "06", "01", flip=True), word))],
            draw(8),
            send(proof(two, "06", "02", flip=True), "63C1"),
            *wrong,
            draw(8),
            send(f"{{{mac}}}", "6982"),
            draw(8),
            send(proof(two, "06", "02"), "6983"),
            *prove(one, "06", "01"),
            *right,
        ],
        BLANK,
    )
    yield _vector(
        "PUK-VERSION-STAYS",
        "另一版本锁定不影响已获权限",
        "the right that version 2 earned does not end with the tries of version 1, nor does the lowest version pay",
        [*made, *prove(two, "06", "02")],
        [*_locked(one, "06", "01"), *right, *wrong, *wrong, *right],
        BLANK,
    )


def _with_two_puks() -> tuple[list[Json], str, str]:
    """A small SSSE with two versions of PUK, a maintenance key and a PIN; the PUKs by value."""
    one, two = f"tdes({V})", f"tdes({W})"
    loads = (
        ("0D0601EF33001110", V),
        ("0D0602EF33001110", W),
        ("070200EF33000010", W),
        ("010000EF33115503", "123456"),
    )
    return [*SSSE_BORN, *(step for header, value in loads for step in load(SMK, header, value))], one, two


def _social_keys() -> Iterator[Json]:
    yield _vector(
        "UK-LOCKED",
        "更新密钥锁定后权限失效",
        "an access key locked after it was proved",
        [*_HOME, *prove("UKSSSE", "04")],
        [send(_UPDATE), *_locked("UKSSSE", "04"), send(_UPDATE, "6982")],
    )
    yield _vector(
        "UK-OTHER-LOCKED",
        "他钥锁定不影响权限",
        "another key locked: the right stays",
        [*_HOME, *prove("UKSSSE", "04")],
        [*_locked("RKSSSE", "0A"), send(_UPDATE)],
    )
    yield _vector(
        "UK-TRIES-LEFT",
        "尚有次数时权限保留",
        "a wrong proof with tries left takes nothing on this side (SSC-7 §6.6)",
        [*_HOME, *prove("UKSSSE", "04")],
        [draw(8), send(proof("UKSSSE", "04", flip=True), "63C2"), send(_UPDATE)],
    )
    yield _vector(
        "UK-VERSIONS",
        "两版本之一锁定",
        "a right that two versions earned lasts as long as one of them",
        [*_HOME, *prove("UKSSSE:1", "04", "01"), *prove("UKSSSE:2", "04", "02")],
        [
            *_locked("UKSSSE:1", "04", "01"),
            send(_UPDATE),
            *_locked("UKSSSE:2", "04", "02"),
            send(_UPDATE, "6982"),
            *prove("UKSSSE:3", "04", "03"),
            send(_UPDATE),
        ],
    )
    never = [step for _ in range(5) for step in (draw(8), send(proof("BK", "05", flip=True), "63C3"))]
    yield _vector(
        "BK-NEVER",
        "BK 不锁定，权限保留",
        "BK never locks and keeps what it has earned",
        [*_HOME, *prove("BK", "05")],
        [*never, draw(8), send("{secured(STKSSSE, 84160000)}")],
    )
    yield {
        **_vector(
            "BK-LOCKS",
            "BK 计数时锁定后失效",
            "by profile BK counts like every key: locked, it blocks nothing more",
            [*_HOME, *prove("BK", "05")],
            [*_locked("BK", "05"), draw(8), send("{secured(STKSSSE, 84160000)}", "6982")],
        ),
        "overrides": {"ssse": {"options": {"block_keys_lock": True}}},
    }
    yield _vector(
        "DF-KEY-LOCKED",
        "应用密钥锁定后权限失效",
        "a key of an application locked after it was proved",
        [*_IN_DF03, *prove("RK1DF03", "84")],
        [send("00B2013404", "9000 *"), *_locked("RK1DF03", "84"), send("00B2013404", "6982")],
    )
    yield _vector(
        "SMK-LOCKED",
        "主控密钥锁定后权限失效",
        "the environment's master key locked after it was proved",
        [*_HOME, *prove("SMK")],
        [*_locked("SMK"), draw(8), send(f"{{load_key(SMK, 0D0401EF33004410, {V})}}", "6982")],
    )
    yield _vector(
        "PIN-LOCKED",
        "密码锁定后权限失效",
        "the PIN locked by VERIFY, and by CHANGE PIN",
        [*_HOME, send(_PIN), call("app(DF01)")],
        [
            send(_READ_BY_PIN, "9000 *"),
            *[send("805E010007999999FF654321", word) for word in ("63C2", "63C1", "63C0")],
            send(_READ_BY_PIN, "6982"),
            send(_PIN, "6983"),
        ],
    )
    loading = [*_HOME, *prove("SMK")]
    yield _vector(
        "UK-REPLACED",
        "更新密钥更换后权限失效",
        "an access key replaced: what the old value proved is proved no more",
        [*loading, *prove("UKSSSE:1", "04", "01")],
        [
            send(_UPDATE),
            *load("SMK", "0D0401EF33004410", V),
            send(_UPDATE, "6982"),
            *prove(f"tdes({V})", "04", "01"),
            send(_UPDATE),
        ],
    )
    yield _vector(
        "UK-OTHER-REPLACED",
        "另一版本更换不影响权限",
        "another version replaced: the right stays",
        [*loading, *prove("UKSSSE:2", "04", "02")],
        [*load("SMK", "0D0401EF33004410", V), send(_UPDATE)],
    )
    yield _vector(
        "PIN-LOADED",
        "装载新密码后须重新校验",
        "a PIN loaded anew has been shown by nobody; an empty one counts as shown (SSC-7 §5.6)",
        [*_HOME, send(_PIN), *prove("SMK")],
        [
            *load("SMK", "010000EF33115503", "654321"),
            call("app(DF01)"),
            send(_READ_BY_PIN, "6982"),
            send("0020000003654321"),
            send(_READ_BY_PIN, "9000 *"),
        ],
    )


def _social_masters() -> Iterator[Json]:
    create = "80E00100100000000080EF05C6000500FF00000044"
    dead = [
        send(create, "6982"),
        send("00D201230F700DDF030A6F088406D15600000502", "6982"),
        send("80E00200", "6982"),
        draw(8),
        send(f"{{load_key({SMK}, 0D0401EF33004410, {V})}}", "6982"),
        send("80E1000102DDF1", "6982"),
    ]
    yield _vector(
        "SMK-REPLACED",
        "主控密钥更换后须证明新密钥",
        "the environment's master key replaced: nothing under it until the new one is proved",
        SSSE_BORN,
        [*load(SMK, _KEY, W), *dead, *prove(f"tdes({W})"), send(create)],
        BLANK,
    )
    yield _vector(
        "SMK-REPLACED-ISSUED",
        "发行后更换主控密钥",
        "the same on an issued card",
        [*_HOME, *prove("SMK")],
        [
            *load("SMK", _KEY, W),
            draw(8),
            send(f"{{load_key(tdes({W}), {_KEY}, {V})}}", "6982"),
            *prove(f"tdes({W})"),
            *load(f"tdes({W})", _KEY, V),
        ],
    )
    app, gone = "80E0010016002200FF01DF03020000000000000000D15600000502", "80E1000202DF03"
    own = [send(app), *load(SMK, _KEY, V)]
    refused = [draw(8), send(f"{{load_key(tdes({V}), 0D0401EF33004410, {V})}}", "6982")]
    yield _vector(
        "OWN-FIRST",
        "应用首个主控密钥须证明",
        "an application's first master key rules at once, and its creator has not proved it",
        [*SSSE_BORN, *own],
        [*refused, *prove(f"tdes({V})"), *load(f"tdes({V})", "0D0401EF33004410", V)],
        BLANK,
    )
    yield _vector(
        "OWN-RECREATED",
        "删除后以同一标识重建的应用",
        "an application deleted and made again under its identifier inherits nothing",
        [*SSSE_BORN, *own, *prove(f"tdes({V})"), send(gone)],
        [*own, *refused, send("80E00100100000000080EF05C6000500FF00000044", "6982")],
        BLANK,
    )
    keyed = [send(app), *load(SMK, "0D0401EF33004410", V), *prove(f"tdes({V})", "84")]
    made = send("80E00100100000000080EF05C6000500FF00440000")  # read with level 44 of the application
    yield _vector(
        "KEY-RECREATED",
        "重建应用不承袭密钥权限",
        "nor what its access keys had earned",
        [*SSSE_BORN, *keyed, send(gone), send(app), made, send("00DC012C03010155"), send("80E00200")],
        [send("00B2012C03", "6982")],
        BLANK,
    )


# --- card manager and bank side ------------------------------------------------------------------------------------


def _manager() -> Iterator[Json]:
    mf = [call("mf"), *prove("CMK")]
    yield _vector(
        "CMK-LOCKED",
        "卡片主控密钥锁定",
        "the card master key locked after it was proved",
        mf,
        [*_locked("CMK"), draw(8), send(f"{{load_key(CMK, {_KEY}, {V})}}", "6982")],
        _DUAL,
    )
    for name, header, key in (("3DES", _KEY, f"tdes({V})"), ("SM4", "000000EF3303FF10", CMK_SM4)):
        yield _vector(
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
            _DUAL,
        )
    tried = [send("80E0030008" + "00" * 8, f"63C{left}") for left in range(9, -1, -1)]
    yield _vector(
        "TRANSPORT-LOCKED",
        "传输密钥锁定",
        "the transport key locked after it was proved",
        [send("80E0030008{transport(TK)}")],
        [*tried, send("80E0010010000000FF013F00010001230000800000", "6982")],
        BLANK,
    )
    yield _vector(
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


def _bank() -> Iterator[Json]:
    proved = [draw(8), send(_bank_proof(PMK))]
    create = f"80E0010018000000FF01DFB1020000000000000000{AID}"
    delete = "80E1000102DDF2"
    wrong = [step for word in ("63C2", "63C1", "63C0") for step in (draw(8), send(_bank_proof(PMK, flip=True), word))]
    yield _vector(
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
        send(f"{{load_key(tdes({W}), {_KEY}, {V})}}", "6982"),
        send(delete, "6982"),
    ]
    yield _vector(
        "PMK-REPLACED",
        "支付环境主控密钥更换",
        "the master key of the PSE replaced: nothing under it until the new one is proved",
        [*PSE_BORN, *proved],
        [*load(PMK, _KEY, W), *dead, draw(8), send(_bank_proof(f"tdes({W})")), send(create)],
        BLANK,
    )
    yield _vector(
        "PMK-REPLACED-ISSUED",
        "发行后更换支付环境主控密钥",
        "the same on an issued card",
        [select(PSE_NAME), draw(8), send(_bank_proof("PMK"))],
        [
            *load("PMK", _KEY, W),
            draw(8),
            send(f"{{load_key(tdes({W}), {_KEY}, {V})}}", "6982"),
            send(delete, "6982"),
            draw(8),
            send(_bank_proof(f"tdes({W})")),
            *load(f"tdes({W})", _KEY, V),
        ],
        _DUAL,
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
        **_vector(
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


def _certificates() -> Iterator[Json]:
    three = {"overrides": {"pki": {"pin_tries": 3, "certificate_write": "manager PIN"}}}
    user, manager, own = ("00200181", _USER), ("00200100", _MANAGER), ("00820000", "XAMK")
    writes = [send("00A40000020018"), send("00D600000101")]
    dead = [send("00D600000101", "6982")]
    change = f"static({_MANAGER}, 845E0100, sealed({_MANAGER}, 87654321))"
    yield {
        **_vector(
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
            _CERTIFICATES,
        ),
        **three,
    }
    yield {
        **_vector(
            "PKI-MANAGER-LOCKED",
            "管理员口令锁定",
            "the manager PIN locked by VERIFY",
            [*IN_PKI, *_shown(*manager)],
            [*writes, *_pki_locked(*manager), *dead],
            _CERTIFICATES,
        ),
        **three,
    }
    yield {
        **_vector(
            "PKI-OTHER-LOCKED",
            "用户口令锁定不影响管理员",
            "the user PIN locked: what the manager PIN has earned stays",
            [*IN_PKI, *_shown(*manager)],
            [*_pki_locked(*user), *writes],
            _CERTIFICATES,
        ),
        **three,
    }
    yield {
        **_vector(
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
            _CERTIFICATES,
        ),
        **three,
    }
    yield {
        **_vector(
            "PKI-MANAGER-REPLACED",
            "管理员口令更换后须重新校验",
            "the manager PIN replaced: the new one has been shown by nobody",
            [*IN_PKI, *_shown(*manager)],
            [*writes, draw(16), send(f"{{{change}}}"), *dead, *_shown("00200100", "pin(87654321)"), *writes],
            _CERTIFICATES,
        ),
        **three,
    }
    again = f"static(sm4({W}), 84D40100, sealed(sm4({W}), cat(000000, {V})))"
    first = f"static(XAMK, 84D40100, sealed(XAMK, cat(000000, {W})))"
    yield _vector(
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
        _CERTIFICATES,
    )
    for name, way, key in (("PKI-MASTER-LOCKED", IN_PKI, "XAMK"), ("PKI-HOME-LOCKED", IN_PKI[:1], "XMK")):
        yield _vector(
            name,
            "主控密钥锁定",
            f"{key} locked after it was proved",
            [*way, *_shown("00820000", key)],
            [
                *_pki_locked("00820000", key),
                draw(16),
                send(f"{{static({key}, 84D40100, sealed({key}, cat(000000, {W})))}}", "6982"),
            ],
            _CERTIFICATES,
        )


_UPDATE_INFO = "00D69A000A01012024010120341231"  # 001A of the PSAM: the root authority, KID-01


def _key_card() -> Iterator[Json]:
    for cipher in ("3des", "sm4"):
        profile, number = f"psam-{cipher}", "00" if cipher == "3des" else "03"
        value = f"{'tdes' if cipher == '3des' else 'sm4'}({V})"
        tag = cipher.upper()
        yield _vector(
            f"PSAM-KID-LOCKED-{tag}",
            "上级机构密钥锁定后权限失效",
            "an authority's key locked after it was proved",
            [*IN_PSAM, *prove("KID1", "01")],
            [send(_UPDATE_INFO), *_locked("KID1", "01"), send(_UPDATE_INFO, "6982")],
            profile,
        )
        yield _vector(
            f"PSAM-KID-OTHER-{tag}",
            "他钥锁定不影响权限",
            "another authority's key locked: the right stays",
            [*IN_PSAM, *prove("KID1", "01")],
            [*_locked("KID2", "02"), send(_UPDATE_INFO)],
            profile,
        )
        yield _vector(
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
        yield _vector(
            f"PSAM-AMK-LOCKED-{tag}",
            "应用主控密钥锁定",
            "the application's master key locked after it was proved",
            [*IN_PSAM, *prove("AMK")],
            [*_locked("AMK"), draw(8), send(f"{{load_key(AMK, 0D0101EF33{number}1110, {V})}}", "6982")],
            profile,
        )
        yield _vector(
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
        yield _vector(
            f"PSAM-MFMK-{tag}",
            "环境主控密钥锁定",
            "the MF's master key locked after it was proved",
            prove("MFMK"),
            [*_locked("MFMK"), send(entry, "6982")],
            profile,
        )
        yield _vector(
            f"PSAM-MFMK-REPLACED-{tag}",
            "环境主控密钥更换",
            "the MF's master key replaced",
            prove("MFMK"),
            [*load("MFMK", f"000000EF33{number}FF10", V), send(entry, "6982"), *prove(value), send(entry)],
            profile,
        )
    own = [send("80E0010016000000FF01DF01020000000000000000D15600000590"), *load(PSAM_MK, _KEY, V)]
    refused = [draw(8), send(f"{{load_key(tdes({V}), 0D0101EF33001110, {W})}}", "6982")]
    yield _vector(
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
    yield _vector(
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
    yield _vector(
        "PSAM-KEY-FILE-DELETED",
        "密钥文件删除后已分散密钥失效",
        "DELETE of the key file ends what was delivered from it",
        files,
        [send(calculates, "9000 [8]"), send("80E10003020011"), send(calculates, "6901")],
        PSAM_BLANK,
    )


def vectors() -> Iterator[Json]:
    """All of them."""
    yield from _puk()
    yield from _social_keys()
    yield from _social_masters()
    yield from _manager()
    yield from _bank()
    yield from _certificates()
    yield from _key_card()


def units() -> dict[str, Json]:
    """By name of file."""
    unit: Json = {
        "unit": "RIGHTS",
        "title": {"zh": "权限的存续", "en": "How long a right lasts"},
        "purpose": "A right ends with the tries of the key that earned it, with its replacement, and with its directory.",
        "clause": ["SSC-7 §6.6", "SSC-7 §13.3", "SSC-4 §5.3"],
        "profile": _SOCIAL,
        "destructive": True,
        "provenance": {
            "kind": "inferred",
            "source": "SSC-7 §13.3 for the PUK; for other keys no clause speaks: a locked key proves nothing any more, a new "
            "one has been shown by nobody",
            "confidence": "medium",
        },
        "vectors": list(vectors()),
    }
    return {"rights": unit}


def write() -> None:
    """Write it."""
    for name, content in units().items():
        (FOLDER / f"{name}.json").write_text(layout(content), encoding="utf-8")
