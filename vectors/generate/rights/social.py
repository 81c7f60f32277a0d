"""Rights on the social side."""

from __future__ import annotations

from collections.abc import Iterator

from vectors.generate.rights.pieces import MASTER, locked, vector
from vectors.generate.tries.pieces import BLANK, SMK, SSSE_BORN, Json, V, W, call, draw, load, proof, prove, send

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


def puk() -> Iterator[Json]:
    """The key that unblocks the PIN: its tries, its versions."""
    earned = [*_HOME, *prove("PUK", "06")]
    yield vector(
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
    yield vector(
        "PUK-PROOF",
        "鉴别失败锁定 PUK 后不再解锁",
        "PUK locked by wrong proofs after it was proved",
        earned,
        [*locked("PUK", "06"), *_unblocks("6982")],
    )
    yield vector(
        "PUK-SESSION",
        "PUK 锁定后下一会话",
        "nor in the next session",
        [*earned, *_wrong_macs(3), {"reset": "cold"}, *_HOME],
        [draw(8), send(proof("PUK", "06"), "6983"), *_unblocks("6982")],
    )
    made, one, two = _with_two_puks()
    mac = f"secured(tdes({W}), 84240000)"
    wrong, right = [draw(8), send(f"{{flip({mac})}}", "6988")], [draw(8), send(f"{{{mac}}}")]
    yield vector(
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
    yield vector(
        "PUK-VERSION-STAYS",
        "另一版本锁定不影响已获权限",
        "the right that version 2 earned does not end with the tries of version 1, nor does the lowest version pay",
        [*made, *prove(two, "06", "02")],
        [*locked(one, "06", "01"), *right, *wrong, *wrong, *right],
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


def social_keys() -> Iterator[Json]:
    """Access keys, block keys and the PIN: locked, replaced, one of several versions."""
    yield vector(
        "UK-LOCKED",
        "更新密钥锁定后权限失效",
        "an access key locked after it was proved",
        [*_HOME, *prove("UKSSSE", "04")],
        [send(_UPDATE), *locked("UKSSSE", "04"), send(_UPDATE, "6982")],
    )
    yield vector(
        "UK-OTHER-LOCKED",
        "他钥锁定不影响权限",
        "another key locked: the right stays",
        [*_HOME, *prove("UKSSSE", "04")],
        [*locked("RKSSSE", "0A"), send(_UPDATE)],
    )
    yield vector(
        "UK-TRIES-LEFT",
        "尚有次数时权限保留",
        "a wrong proof with tries left takes nothing on this side (SSC-7 §6.6)",
        [*_HOME, *prove("UKSSSE", "04")],
        [draw(8), send(proof("UKSSSE", "04", flip=True), "63C2"), send(_UPDATE)],
    )
    yield vector(
        "UK-VERSIONS",
        "两版本之一锁定",
        "a right that two versions earned lasts as long as one of them",
        [*_HOME, *prove("UKSSSE:1", "04", "01"), *prove("UKSSSE:2", "04", "02")],
        [
            *locked("UKSSSE:1", "04", "01"),
            send(_UPDATE),
            *locked("UKSSSE:2", "04", "02"),
            send(_UPDATE, "6982"),
            *prove("UKSSSE:3", "04", "03"),
            send(_UPDATE),
        ],
    )
    never = [step for _ in range(5) for step in (draw(8), send(proof("BK", "05", flip=True), "63C3"))]
    yield vector(
        "BK-NEVER",
        "BK 不锁定，权限保留",
        "BK never locks and keeps what it has earned",
        [*_HOME, *prove("BK", "05")],
        [*never, draw(8), send("{secured(STKSSSE, 84160000)}")],
    )
    yield {
        **vector(
            "BK-LOCKS",
            "BK 计数时锁定后失效",
            "by profile BK counts like every key: locked, it blocks nothing more",
            [*_HOME, *prove("BK", "05")],
            [*locked("BK", "05"), draw(8), send("{secured(STKSSSE, 84160000)}", "6982")],
        ),
        "overrides": {"ssse": {"options": {"block_keys_lock": True}}},
    }
    yield vector(
        "DF-KEY-LOCKED",
        "应用密钥锁定后权限失效",
        "a key of an application locked after it was proved",
        [*_IN_DF03, *prove("RK1DF03", "84")],
        [send("00B2013404", "9000 *"), *locked("RK1DF03", "84"), send("00B2013404", "6982")],
    )
    yield vector(
        "SMK-LOCKED",
        "主控密钥锁定后权限失效",
        "the environment's master key locked after it was proved",
        [*_HOME, *prove("SMK")],
        [*locked("SMK"), draw(8), send(f"{{load_key(SMK, 0D0401EF33004410, {V})}}", "6982")],
    )
    yield vector(
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
    yield vector(
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
    yield vector(
        "UK-OTHER-REPLACED",
        "另一版本更换不影响权限",
        "another version replaced: the right stays",
        [*loading, *prove("UKSSSE:2", "04", "02")],
        [*load("SMK", "0D0401EF33004410", V), send(_UPDATE)],
    )
    yield vector(
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


def social_masters() -> Iterator[Json]:
    """Master keys replaced, applications made anew."""
    create = "80E00100100000000080EF05C6000500FF00000044"
    dead = [
        send(create, "6982"),
        send("00D201230F700DDF030A6F088406D15600000502", "6982"),
        send("80E00200", "6982"),
        draw(8),
        send(f"{{load_key({SMK}, 0D0401EF33004410, {V})}}", "6982"),
        send("80E1000102DDF1", "6982"),
    ]
    yield vector(
        "SMK-REPLACED",
        "主控密钥更换后须证明新密钥",
        "the environment's master key replaced: nothing under it until the new one is proved",
        SSSE_BORN,
        [*load(SMK, MASTER, W), *dead, *prove(f"tdes({W})"), send(create)],
        BLANK,
    )
    yield vector(
        "SMK-REPLACED-ISSUED",
        "发行后更换主控密钥",
        "the same on an issued card",
        [*_HOME, *prove("SMK")],
        [
            *load("SMK", MASTER, W),
            draw(8),
            send(f"{{load_key(tdes({W}), {MASTER}, {V})}}", "6982"),
            *prove(f"tdes({W})"),
            *load(f"tdes({W})", MASTER, V),
        ],
    )
    app, gone = "80E0010016002200FF01DF03020000000000000000D15600000502", "80E1000202DF03"
    own = [send(app), *load(SMK, MASTER, V)]
    refused = [draw(8), send(f"{{load_key(tdes({V}), 0D0401EF33004410, {V})}}", "6982")]
    yield vector(
        "OWN-FIRST",
        "应用首个主控密钥须证明",
        "an application's first master key rules at once, and its creator has not proved it",
        [*SSSE_BORN, *own],
        [*refused, *prove(f"tdes({V})"), *load(f"tdes({V})", "0D0401EF33004410", V)],
        BLANK,
    )
    yield vector(
        "OWN-RECREATED",
        "删除后以同一标识重建的应用",
        "an application deleted and made again under its identifier inherits nothing",
        [*SSSE_BORN, *own, *prove(f"tdes({V})"), send(gone)],
        [*own, *refused, send("80E00100100000000080EF05C6000500FF00000044", "6982")],
        BLANK,
    )
    keyed = [send(app), *load(SMK, "0D0401EF33004410", V), *prove(f"tdes({V})", "84")]
    made = send("80E00100100000000080EF05C6000500FF00440000")  # read with level 44 of the application
    yield vector(
        "KEY-RECREATED",
        "重建应用不承袭密钥权限",
        "nor what its access keys had earned",
        [*SSSE_BORN, *keyed, send(gone), send(app), made, send("00DC012C03010155"), send("80E00200")],
        [send("00B2012C03", "6982")],
        BLANK,
    )
