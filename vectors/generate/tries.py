"""The table of tries: every row that authenticates, every refusal it knows, in every stack, cipher and key version.

One vector per presentation and refusal: a wrong one, the refusal, a wrong one, the refusal, … until the secret is
locked. The words of the wrong ones alone show whether a refusal in between has cost a try or given one back; on a card
in process the counters are looked at as well. Which rows authenticate, and which class, parameters and lengths they do
not take, the card's command rows say; what must be answered is the clause's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from cos.kernel.rows import Row
from terminal.conformance.counters import COUNTED
from terminal.conformance.coverage import STACKS, named
from terminal.conformance.layout import layout
from vectors.generate.powerless import PSE as PSE_BIRTH
from vectors.generate.powerless import SSSE as SSSE_BIRTH
from vectors.generate.social.gates import misfits

Json = dict[str, Any]
FOLDER = Path(__file__).parents[1] / "generated"
V, W = "00112233445566778899AABBCCDDEEFF", "0F0E0D0C0B0A09080706050403020100"
"""Invented values of keys that are loaded for a vector."""


def send(command: str, expect: str | list[Any] = "9000") -> Json:
    """A command and its answer."""
    return {"send": command, "expect": expect}


def call(routine: str) -> Json:
    """A routine of the social side's and the manager's."""
    return {"routine": routine}


def draw(length: int) -> Json:
    """GET CHALLENGE."""
    return send(f"00840000{length:02X}", f"9000 {{challenge:{length}}}")


def select(name: str) -> Json:
    """SELECT by name."""
    return send(f"00A40400{len(name) // 2:02X}{name}", "9000 *")


def load(under: str, header: str, value: str) -> list[Json]:
    """WRITE KEY, enciphered and with MAC, on a random number of 8 bytes."""
    return [draw(8), send(f"{{load_key({under}, {header}, {value})}}")]


def proof(key: str, kid: str = "00", version: str = "", *, flip: bool = False) -> str:
    """EXTERNAL AUTHENTICATION with authentication data and original."""
    data = f"ext_auth({key})"
    return f"008200{kid}{16 + bool(version):02X}{{{f'flip({data})' if flip else data}}}{version}"


def prove(key: str, kid: str = "00", version: str = "") -> list[Json]:
    """A key of the social side's form proved."""
    return [draw(8), send(proof(key, kid, version))]


ZEROS = "00" * 16
PKI_NAME, PKI_APPLICATION = "504B492EC9E7BBE1B1A3D5CF", "53532E434552542E41444631"
PSAM_APPLICATION, SX1, SX2 = "D15600000590", "7378312E73682EC9E7BBE1B1A3D5CF", "7378322E73682EC9E7BBE1B1A3D5CF"
PSE_NAME, AID = "315041592E5359532E4444463031", "A000000333010101"
CMK_SM4 = f"sm4({V})"
PMK = "tdes(D80E6B2A94F3175C40B96E1F8A23C7D5)"
SMK = "tdes(3C71A58E0FD24B96E81D5A7734C2906F)"
PSAM_MK = "tdes(5F8C1D3A6E2B9047C4F1A8E36D0B7295)"
IN_PSAM, IN_PKI = [select(PSAM_APPLICATION)], [select(PKI_NAME), select(PKI_APPLICATION)]
PSE_BORN = [call("initialised"), *PSE_BIRTH.birth(), select(PSE_NAME)]
SSSE_BORN = [call("initialised"), *SSSE_BIRTH.birth(), *SSSE_BIRTH.prove(SMK)]
PSAM_MADE = [
    send("80E0030008{transport(TK)}"),
    send(f"80E001001F000000FF013F00010000000000800000{SX1}"),
    *load("TK", "000000EF3300FF10", "5F8C1D3A6E2B9047C4F1A8E36D0B7295"),
    *prove(PSAM_MK),
]
BLANK, PSAM_BLANK, LAB = (
    "../profiles/published-blank.toml",
    "../profiles/published-psam-blank.toml",
    "../pse/profiles/lab.toml",
)


class Refusal(NamedTuple):
    """A refusal by name, and the steps that earn it where a presentation could come."""

    name: str
    zh: str
    en: str
    steps: list[Json]


class Presentation(NamedTuple):
    """How one secret is shown. ``row``: the command row; ``way``: to the place; ``draw``: what comes before each showing;
    ``wrong``, ``right``: the showing; ``words``: of wrong ones one after the other, until ``then`` is what a right one
    gets. ``counter``: its white-box name, empty where nobody counts; ``more``: profile and changes to it.
    """

    row: str
    name: str
    zh: str
    en: str
    way: list[Json]
    draw: list[Json]
    wrong: str
    right: str
    refusals: list[Refusal]
    more: Json
    words: tuple[str, ...] = ("63C2", "63C1", "63C0")
    then: str = "6983"
    counter: str = ""


def _none(right: str) -> Refusal:
    return Refusal("6984", "没有随机数", "the random number is used up", [send(right, "6984")])


def _length(length: int, command: str) -> Refusal:
    text = f"a random number of {length} bytes does not serve this cipher"
    return Refusal(f"6984-{length}", f"{length} 字节随机数不适用", text, [draw(length), send(command, "6984")])


def _absent(command: str, what: str = "KID") -> Refusal:
    text = "no key of that number" if what == "KID" else "no key of that version"
    return Refusal(f"6A88-{what}", "无此密钥或版本", text, [draw(8), send(command, "6A88")])


# --- the social side and the manager ------------------------------------------------------------------------------


def _key(
    name: str,
    key: str,
    kid: str,
    way: list[Json],
    more: Json,
    refusals: Iterable[Refusal] = (),
    **how: Any,  # noqa: ANN401 - fields of Presentation
) -> Presentation:
    """EXTERNAL AUTHENTICATION of the social form, by key name."""
    return Presentation(
        how.pop("row", "ssse 0082 EXTERNAL AUTHENTICATION"),
        name,
        f"外部鉴别 KID {kid}",
        f"EXTERNAL AUTHENTICATION, {name}",
        way,
        [draw(how.pop("random", 8))],
        proof(key, kid, how.get("version", ""), flip=True),
        proof(key, kid, how.pop("version", "")),
        [_none(proof(key, kid)), *refusals],
        more,
        **how,
    )


def _social_keys() -> Iterator[Presentation]:
    two, three = {"profile": "social-2.0"}, {"profile": "social-3.0"}
    here, ssse_row = [call("ssse")], partial(_key, way=[call("ssse")])
    des16 = [_length(16, f"008200{{}}10{ZEROS}")]

    def unusable(kid: str) -> list[Refusal]:
        return [each._replace(steps=[each.steps[0], send(f"008200{kid}10{ZEROS}", "6984")]) for each in des16]

    absent = [_absent(f"0082000310{ZEROS}"), _absent(f"0082000411{ZEROS}09", "VERSION")]
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
    yield _key("LK-3DES", "LKDF03", "83", in03, two, unusable("83"), counter="DF03.83", **never)
    yield _key("RK1DF03-3DES", "RK1DF03", "84", in03, two, unusable("84"), counter="DF03.84")
    yield _key("RK1DF03-SM4", "RK1DF03", "84", in03, three, counter="DF03.84")
    yield _key("GLOBAL-3DES", "UKSSSE", "04", in03, two, unusable("04"), counter="SSSE.04")
    yield _key("DSK-3DES", "DSK", "87", [*here, call("app(DF04)")], two, unusable("87"), counter="DF04.87")
    yield ssse_row("SMK-3DES", "SMK", "00", more=two, refusals=unusable("00"), counter="SSSE.MK")
    yield ssse_row("SMK-SM4", "SMK", "00", more=three, counter="SSSE.MK")
    # The other cipher's key in an environment: loaded in the place of an access key under the master key.
    mixed = [*here, *prove("SMK"), *load("SMK", "0D0401EF33004410", V)]
    yield _key("UK-3DES-IN-SM4", f"tdes({V})", "04", mixed, three, unusable("04"), counter="SSSE.04")
    mixed = [*here, *prove("SMK"), *load("SMK", "0D0401EF33034410", V)]
    yield _key("UK-SM4-IN-3DES", f"sm4({V})", "04", mixed, two, counter="SSSE.04", random=16)
    own = [
        *SSSE_BORN,
        send("80E0010016002200FF01DF03020000000000000000D15600000502"),
        *load(SMK, "000000EF3300FF10", V),
    ]
    yield _key("OWN-3DES", f"tdes({V})", "00", own, {"profile": BLANK}, unusable("00"), counter="DF03.MK")
    own = [*own[:-2], *load(SMK, "000000EF3303FF10", V)]
    yield _key("OWN-SM4", f"sm4({V})", "00", own, {"profile": BLANK}, counter="DF03.MK", random=16)
    row = "manager 0082 EXTERNAL AUTHENTICATION"
    mf = [call("mf")]
    dual = {"profile": "dual-2.0-3des"}
    yield _key("CMK-3DES", "CMK", "00", mf, dual, unusable("00"), row=row, counter="MF.MK")
    other = [*mf, *prove("CMK"), *load("CMK", "000000EF3303FF10", V)]
    yield _key("CMK-SM4", CMK_SM4, "00", other, dual, row=row, counter="MF.MK", random=16)


def _transport(row: str, name: str, profile: str) -> Presentation:
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


def _pin() -> Iterator[Presentation]:
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


def _unblock(profile: str, cipher: str) -> Presentation:
    """The MAC of PIN CHANGE/UNBLOCK, whose failures are the PUK's."""
    right = "{secured(STKSSSE, 84240000)}"
    block = "FF" * (8 if cipher == "3DES" else 16)
    bad = f"{{secured(STKSSSE, 84240001, blocks(STKSSSE, {block}))}}"
    refusals = [
        _none(right),
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
        refusals.append(_length(16, "842400000400000000"))
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


# --- the bank side ------------------------------------------------------------------------------------------------

_TRANSACTION = [select(AID), send("80A8000002830000", "9000 *")]
# What CDOL1 of the laboratory's card asks for.
_TERMINAL = "00000000100000000000000001560000000000015600012500112233441647214455414C434F5320544553542053484F50202020"


def _bank() -> Iterator[Presentation]:
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
        [_none(right), _length(4, "0082000008" + "00" * 8)],
        {"profile": BLANK},
        counter="PSE.MK",
    )
    yield Presentation(
        "pse 0020 VERIFY",
        "BANK-VERIFY",
        "脱机密码",
        "VERIFY of the bank side",
        _TRANSACTION,
        [],
        "0020008008244321FFFFFFFFFF",
        "0020008008241234FFFFFFFFFF",
        [
            Refusal(
                "6985",
                "交易已有密文",
                "the transaction has its cryptogram",
                [
                    *_TRANSACTION,
                    send(f"80AE000034{_TERMINAL}00", "9000 *"),
                    send("0020008008241234FFFFFFFFFF", "6985"),
                    *_TRANSACTION,
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


def _certificates() -> Iterator[Presentation]:
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
            [_none(f"{header}10{{{data}}}"), away(f"{header}10{ZEROS}")],
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
            _none(right),
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
            [_none(right)],
            more,
            counter=counter,
        )


# --- the terminal's key card --------------------------------------------------------------------------------------


def _key_card() -> Iterator[Presentation]:
    row = "psam 0082 EXTERNAL AUTHENTICATION"
    des, sm4 = {"profile": "psam-3des"}, {"profile": "psam-sm4"}
    outside = Refusal(
        "6985", "不在应用下", "outside the application",
        [select(SX1), draw(8), send(f"0082000110{ZEROS}", "6985"), select(PSAM_APPLICATION)],
    )  # fmt: skip
    absent = [_absent(f"0082000610{ZEROS}"), _absent(f"0082000111{ZEROS}09", "VERSION"), outside]
    psam = partial(_key, row=row)
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
    unusable = [_length(16, f"0082000510{ZEROS}")]
    yield psam("KID5-3DES-IN-SM4", f"tdes({V})", "05", mixed, sm4, unusable, counter="PSAM.05")
    mixed = [*IN_PSAM, *prove("AMK"), *load("AMK", "0D0501EF33037710", V)]
    yield psam("KID5-SM4-IN-3DES", f"sm4({V})", "05", mixed, des, counter="PSAM.05")
    groups = [*IN_PSAM, *prove("AMK"), *load("AMK", "0D0102EF33001110", V)]
    yield psam("KID1-GROUP-2", f"tdes({V})", "01", groups, des, absent[:1], version="02", counter="PSAM.01:2")
    # An application master key of the other cipher: the environment's random numbers of 16 bytes do not serve it.
    mixed = [*IN_PSAM, *prove("AMK"), *load("AMK", "000000EF3300FF10", V)]
    yield psam(
        "AMK-3DES-IN-SM4", f"tdes({V})", "00", mixed, sm4, [_length(16, f"0082000010{ZEROS}")], counter="PSAM.00"
    )
    born = [
        *PSAM_MADE,
        send(f"80E001001F000000FF01DDF1010000000000800000{SX2}"),
        *load(PSAM_MK, "000000EF3303FF10", V),
        select(SX2),
    ]
    yield psam("DDF1-SM4", f"sm4({V})", "00", born, {"profile": PSAM_BLANK}, counter="PSAM.DDF1", random=16)


def presentations() -> list[Presentation]:
    """The whole table."""
    return [
        *_social_keys(),
        *_pin(),
        _unblock("social-2.0", "3DES"),
        _unblock("social-3.0", "SM4"),
        _transport("manager 80E0 0300 TRANSPORT KEY AUTHENTICATION", "TRANSPORT", BLANK),
        *_bank(),
        *_certificates(),
        *_key_card(),
        _transport("psam 80E0 0300 TRANSPORT KEY AUTHENTICATION", "PSAM-TRANSPORT", PSAM_BLANK),
    ]


# --- rows ---------------------------------------------------------------------------------------------------------


def authenticating() -> dict[str, Row[Any]]:
    """Every command row whose refusals may move a counter of tries, by name."""
    return {str(name): row for stack, rows in STACKS for name, row in named(stack, rows) if COUNTED & set(row.writes)}


_GATES = {
    "6E00": ("类别错误", "another class"),
    "6A86": ("P1 P2 错误", "wrong P1 P2"),
    "6700": ("长度错误", "wrong length"),
}


def _at_the_gates(row: Row[Any]) -> Iterator[Refusal]:
    for sw, command in misfits(row):
        zh, en = _GATES[sw]
        yield Refusal(sw, zh, en, [send(command, sw)])


def refusals_of(shown: Presentation) -> list[Refusal]:
    """What its row refuses in front of the handler, then its own."""
    return [*_at_the_gates(authenticating()[shown.row]), *shown.refusals]


# --- vectors ------------------------------------------------------------------------------------------------------


def _looked_at(shown: Presentation, moved: int) -> list[Json]:
    return [{"state": {"counter": {shown.counter: moved}}}] if shown.counter else []


def _vector(shown: Presentation, refusal: Refusal) -> Json:
    counts = shown.then != "9000"
    steps: list[Json] = []
    for number, word in enumerate(shown.words, 1):
        moved = -number if counts else 0
        steps += [*shown.draw, send(shown.wrong, word), *_looked_at(shown, moved)]
        steps += [*refusal.steps, *_looked_at(shown, moved)] if number < len(shown.words) and number < _MOST else []
    return {
        "id": f"TRIES-{shown.name}-{refusal.name}",
        "title": {"zh": f"{shown.zh}：{refusal.zh}", "en": f"{shown.en}: {refusal.en}"},
        **shown.more,
        "setup": shown.way,
        "steps": [*steps, *shown.draw, send(shown.right, shown.then)],
    }


_MOST = 3  # so often the refusal comes between wrong presentations


def _restored(shown: Presentation) -> Json:
    """Success, and nothing else, fills the counter."""
    twice = [step for word in shown.words[:2] for step in (*shown.draw, send(shown.wrong, word))]
    right = [*shown.draw, send(shown.right)]
    again = [*shown.draw, send(shown.wrong, shown.words[0])]
    return {
        "id": f"TRIES-{shown.name}-RESTORED",
        "title": {"zh": f"{shown.zh}：成功后复原", "en": f"{shown.en}: a success gives all tries back"},
        **shown.more,
        "setup": shown.way,
        "steps": [*twice, *right, *_looked_at(shown, 0), *again],
    }


def _issuer() -> Iterator[Json]:
    """Issuer authentication counts no tries: one in a transaction. A refusal in front of it is not that one."""
    row = authenticating()[ISSUER]
    way = [*_TRANSACTION, send(f"80AE800034{_TERMINAL}00", "9000 8013 80 {atc:2} {ac:8} *")]
    right = "008200000A{arpc(UDKAC, atc, ac, 3030)}3030"
    wrong = "008200000A{flip(arpc(UDKAC, atc, ac, 3030))}3030"
    for refusal in _at_the_gates(row):
        for name, zh, en, steps in (
            ("RIGHT", "之后正确", "then the right one", [*refusal.steps, send(right)]),
            ("WRONG", "之后错误", "then a wrong one, the only one", [*refusal.steps, send(wrong, "6300"), *refusal.steps, send(right, "6985")]),
        ):  # fmt: skip
            yield {
                "id": f"TRIES-ARPC-{refusal.name}-{name}",
                "title": {"zh": f"发卡行认证：{refusal.zh}，{zh}", "en": f"issuer authentication: {refusal.en}, {en}"},
                "profile": LAB,
                "setup": way,
                "steps": steps,
            }


ISSUER = "pse 0082 EXTERNAL AUTHENTICATE"


def _groups() -> Iterator[Json]:
    """Versions of one number have a counter each."""
    for name, profile, way, key, kid in (
        ("SSSE-3DES", "social-2.0", [call("ssse")], "UKSSSE", "04"),
        ("SSSE-SM4", "social-3.0", [call("ssse")], "UKSSSE", "04"),
        ("DF03-3DES", "social-2.0", [call("ssse"), call("app(DF03)")], "RK1DF03", "84"),
    ):
        wrong = {version: proof(f"{key}:{version}", kid, f"0{version}", flip=True) for version in "123"}
        steps = [
            step
            for version, word in (("1", "63C2"), ("2", "63C2"), ("1", "63C1"), ("3", "63C2"), ("1", "63C0"))
            for step in (draw(8), send(wrong[version], word))
        ]
        steps += [draw(8), send(proof(f"{key}:1", kid, "01"), "6983")]
        steps += [step for version in "23" for step in prove(f"{key}:{version}", kid, f"0{version}")]
        yield {
            "id": f"TRIES-GROUPS-{name}",
            "title": {"zh": f"{kid} 各组各计", "en": f"each version of {kid} counts for itself, {name}"},
            "profile": profile,
            "setup": way,
            "steps": steps,
        }


def _never() -> Json:
    """A master key of the bank side under which the bank's form of 8 bytes cannot be made: no try is spent on it."""
    loaded = [*PSE_BORN, draw(8), send(f"0082000008{{bank_auth({PMK})}}"), *load(PMK, "000000EF3303FF10", V)]
    tried = [step for _ in range(4) for step in (draw(8), send("0082000008" + "00" * 8, "6984"))]
    return {
        "id": "TRIES-PMK-SM4",
        "title": {
            "zh": "SM4 主控密钥无 8 字节形式",
            "en": "an SM4 master key has no proof of 8 bytes: nothing is spent",
        },
        "profile": BLANK,
        "setup": loaded,
        "steps": [*tried, {"state": {"counter": {"PSE.MK": 0}}}],
    }


def vectors() -> Iterator[Json]:
    """All of them."""
    for shown in presentations():
        yield from (_vector(shown, refusal) for refusal in refusals_of(shown))
        yield _restored(shown)
    yield from _issuer()
    yield from _groups()
    yield _never()


def unit() -> Json:
    """The file."""
    return {
        "unit": "TRIES",
        "title": {"zh": "密码与密钥的尝试次数（逐行）", "en": "Tries, row by row"},
        "purpose": "A refusal before the comparison costs no try, no refusal gives one back, success alone does.",
        "clause": ["SSC-7 §5.8", "SSC-7 §6.6", "SSC-7 §13"],
        "profile": "social-2.0",
        "destructive": True,
        "provenance": {
            "kind": "inferred",
            "source": "SSC-7 §5.8, §6.6: what was compared and failed is counted, and only that; words of each stack's own "
            "tables; the PKI side's and the PSAM's after SSC-5",
            "confidence": "medium",
        },
        "vectors": list(vectors()),
    }


def units() -> dict[str, Json]:
    """By name of file."""
    return {"tries": unit()}


def write() -> None:
    """Write it."""
    for name, content in units().items():
        (FOLDER / f"{name}.json").write_text(layout(content), encoding="utf-8")
