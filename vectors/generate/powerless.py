"""The table of the hand-over: what the card master key can no longer do, row by row, in each environment.

One vector per row, environment and state: handed over and empty (E2), personalised (E3). And the other way round: an
environment's master key in the MF and in the other environment, the transport key. Rows and words are the 总体方案's
rule, chapter 1 (四), in the words of SSC-5 tables 7 to 78; nothing here is taken from the card's own tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from vectors.generate.items_and_requirements import for_items
from vectors.generate.vector_layout import layout

Json = dict[str, Any]

FOLDER = Path(__file__).parents[1] / "generated"
_NEW = "00112233445566778899AABBCCDDEEFF"
_MASTER = "000000EF3300FF10"  # header of a master key (SSC-10 §5.2)
_OTHER = "0D0401EF33004410"  # header of an application key
_MF = "00A40000023F00"
_ADF, _EF = "80E0010016002200FF01DF0E020000000000000000D1560000050E", "80E00100100000000080EF0EC6000E00FF00000044"
_FILE_OF_MF = "80E00100100000000100EF1ED6001E00FF000000FF"
_THIRD = "504B492EC9E7BBE1B1A3D5CF"  # PKI.社会保障, an environment neither card has
# The published personalisation's first keys of both environments.
_FIRST = {"SMK": "3C71A58E0FD24B96E81D5A7734C2906F", "PMK": "D80E6B2A94F3175C40B96E1F8A23C7D5"}
_PLAN = "总体方案 一（四）"
_MASKED = "PBOC-10 §6.3: the commands of personalisation are masked once it is over"


def _send(command: str, expect: str, **more: object) -> Json:
    return {"send": command, "expect": expect, **more}


def _tried(commands: Iterable[str], sw: str) -> list[Json]:
    return [_send(command, sw) for command in commands]


class Environment(NamedTuple):
    """``flags``, ``sfi``: of its header; ``master``: its key, proved by ``proof``; ``region`` of its cells.

    ``protected``: commands on files, DIR and FCI that need a right; ``own``: its own keys at work once personalised.
    """

    name: str
    fid: str
    dfname: str
    flags: str
    sfi: str
    master: str
    proof: str
    region: str
    protected: tuple[str, ...]
    own: tuple[Json, ...]

    @property
    def select(self) -> str:
        """SELECT by name."""
        return f"00A40400{len(self.dfname) // 2:02X}{self.dfname}"

    def create(self, fid: str = "", name: str = "") -> str:
        """CREATE FILE of this environment, or with another identifier or name (the dialect's DDF header)."""
        body = f"{self.flags}00FF01{fid or self.fid}0100002300008000{self.sfi}{name or self.dfname}"
        return f"80E00100{len(body) // 2:02X}{body}"

    def prove(self, key: str) -> list[Json]:
        """SELECT, then EXTERNAL AUTHENTICATION with ``key``."""
        return [_send(self.select, "9000 *"), {"routine": "challenge"}, _send(self.proof.format(key), "9000")]

    def birth(self) -> list[Json]:
        """CREATE and first master key, the card master key proved in the MF."""
        load = f"{{load_key(CMK, {_MASTER}, {_FIRST[self.master]})}}"
        return [_send(self.create(), "9000"), {"routine": "challenge"}, _send(load, "9000")]


SSSE = Environment(
    "SSSE",
    "DDF1",
    "7378312E73682EC9E7BBE1B1A3D5CF",
    "0022",
    "81",
    "SMK",
    "0082000010{{ext_auth({})}}",
    "ssse",
    ("00B0880001", "00DC022803020139", "00DC01F4021122", "00D20123021122"),
    (
        {"routine": "auth(RKSSSE, 0A)"},
        {"routine": "auth(UKSSSE, 04)"},
        {"routine": "pin(ssse.pin)"},
        _send("00B0880001", "9000 .."),
    ),
)
PSE = Environment(
    "PSE",
    "DDF2",
    "315041592E5359532E4444463031",
    "0000",
    "00",
    "PMK",
    "0082000008{{bank_auth({})}}",
    "pse",
    # The bank side's DIR and FCI are records of STORE DATA; the social side's command for them is none of its own.
    ("00D20123021122",),
    (
        _send("00A4040008A000000333010101", "9000 *"),
        _send("80A800000B8309000000000001000156", "9000 *"),
        _send("00B2011C00", "9000 *"),
    ),
)
ENVIRONMENTS = (SSSE, PSE)


class State(NamedTuple):
    """How far both environments are: the unit's ``head``, what stands before each vector, the name of a key."""

    name: str
    head: Json
    before: tuple[Json, ...]

    def key(self, name: str) -> str:
        """As expressions know it."""
        return name if name == "CMK" or self.name == "E3" else f"tdes({_FIRST[name]})"

    def proved(self, name: str) -> list[Json]:
        """The situation: ``name`` proved where it belongs."""
        if name == "CMK":
            return [*self.before, {"routine": "mf"}, {"routine": "auth(CMK, 00)"}]
        owner = next(x for x in ENVIRONMENTS if x.master == name)
        return [*self.before, *owner.prove(self.key(name))]

    def closed(self, x: Environment) -> bool:
        """True for a personalised bank side: its tools are gone, its master key can prove, replace and end itself."""
        return self.name == "E3" and x is PSE


_BOTH = ({"routine": "initialised"}, *SSSE.birth(), {"routine": "mf"}, {"routine": "auth(CMK, 00)"}, *PSE.birth())
OWNED = State("E2", {"profile": "../profiles/published-blank.toml"}, _BOTH)
PERSONALISED = State("E3", {"profile": "dual-2.0-3des", "overrides": {"close": False}}, ())


class Row(NamedTuple):
    """One row of the table: what is tried with which words, which cells must not change."""

    number: int
    zh: str
    en: str
    steps: list[Json]
    unchanged: tuple[str, ...]
    purpose: str = ""


def _forms(p1: str, header: str) -> list[str]:
    """WRITE KEY plain, enciphered, with MAC, and both (SSC-9 §7.1)."""
    body = header + _NEW
    forms = (("00", ""), ("80", ""), ("04", "00000000"), ("84", "00000000"))
    return [f"{cla}D4{p1}00{len(body + mac) // 2:02X}{body}{mac}" for cla, mac in forms]


def inside(x: Environment, key: str, state: State) -> Iterator[Row]:
    """The rows that are tried inside ``x`` by somebody who proved ``key`` elsewhere."""
    here, kept, closed = [_send(x.select, "9000 *")], (x.region, "directory"), state.closed(x)
    unknown = "6D00" if closed else "6982"
    yield Row(
        1,
        "选择环境自由，权限不随行",
        f"SELECT of {x.name} is free, the right does not come along and is gone behind it",
        [*here, *_tried([_EF], unknown), {"routine": "mf"}, *_tried([_FILE_OF_MF, "80E00200"], "6982")],
        (*kept, "manager"),
    )
    wrong = [{"routine": "challenge"}, _send(x.proof.format(state.key(key)), "63C2")]
    right = x.prove(state.key(x.master))[1:]
    yield Row(
        2,
        "以他方主控密钥在环境内认证",
        f"EXTERNAL AUTHENTICATION computed with it inside {x.name}: a try of the own counter, which the own key restores",
        [*here, *wrong, {"routine": "challenge"}, _send(x.proof.format(state.key(key)), "63C1"), *right, *wrong],
        ("directory", "manager"),
    )
    files = x.protected if state is PERSONALISED else x.protected[-1:]
    plain = "6E00" if closed else "6982"  # only the form with MAC is left (SSC-9 §7.1)
    for number, zh, en, steps in (
        (3, "建立应用与文件", "CREATE of an application and of a file", _tried([_ADF, _EF], unknown)),
        (4, "替换环境主控密钥", "its master key in every form of WRITE KEY", _keys("01", _MASTER, plain)),
        (5, "装载其他密钥", "any other key in every form of WRITE KEY", _keys("00", _OTHER, plain)),
        (6, "受保护的文件、目录与控制信息", "protected files, DIR, FCI", _tried(files, "6D00" if x is PSE else "6982")),
        (7, "结束环境个人化", "END", _tried(["80E00200"], unknown)),
        (8, "环境内删除环境", "DELETE of the environment from inside", _tried([f"80E1000102{x.fid}"], "6982")),
    ):
        yield Row(number, zh, f"{en}, in {x.name}", [*here, *steps], kept)


def _keys(p1: str, header: str, plain: str) -> list[Json]:
    *others, both = _forms(p1, header)
    return [*_tried(others, plain), *_tried([both], "6982")]


def outside(x: Environment) -> Iterator[Row]:
    """The rows that are tried in the MF with the card master key proved there."""
    kept = (x.region, "directory", "manager")
    yield Row(9, "主文件下删除环境", f"DELETE of {x.name} from the MF", _tried([f"80E1000102{x.fid}"], "6982"), kept)
    yield Row(
        10,
        "有环境时删除主文件",
        f"DELETE of the MF while {x.name} exists",
        _tried(["80E10001023F00"], "6985"),
        kept,
        "A deliberate deviation from SSC-10 §5.1.1: otherwise erasing would be control.",
    )
    again = [x.create(), x.create(fid="DDF5"), x.create(name=_THIRD)]
    yield Row(
        11, "同名或同标识的第二个环境", f"CREATE of a second {x.name}: name, identifier", _tried(again, "6A89"), kept
    )
    prefixes = [x.create(fid="DDF5", name=x.dfname[:-2]), x.create(fid="DDF5", name=x.dfname + "31")]
    title = f"CREATE of an environment whose name begins that of {x.name}, or goes on behind it"
    yield Row(12, "名称互为前缀", title, _tried(prefixes, "6A80"), kept)


def everywhere(x: Environment, state: State) -> Iterator[Row]:
    """The rows that need no environment in particular, and the last: its own keys work as before."""
    late = [SSSE.create(), PSE.create(), PSE.create(fid="DDF5", name=_THIRD), _FILE_OF_MF]
    if x is SSSE:
        yield Row(
            14,
            "主文件结束后建立",
            "CREATE of anything after END in the MF",
            [_send("80E00200", "9000"), *_tried(late, "6985")],
            ("ssse", "pse", "directory"),
        )
        bank = ["80500000080000000000000000", "80E2000001AA", "84E2000001AA"]
        opening = "8482010010" + "00" * 16  # the MF knows INS 82, in another class
        yield Row(
            15,
            "主文件没有银行个人化命令",
            "INITIALIZE UPDATE, EXTERNAL AUTHENTICATE of the channel, STORE DATA at the MF",
            [*_tried(bank, "6D00"), _send(opening, "6E00")],
            ("ssse", "pse", "directory", "manager"),
        )
    own = [*x.prove(state.key(x.master)), *(x.own if state is PERSONALISED else ())]
    tried = [*_tried([f"80E1000102{x.fid}"], "6982"), *_tried(["80E10001023F00"], "6985")]
    yield Row(
        16, "环境自己的密钥不受影响", f"{x.name}'s own keys work as before", [*tried, *own], ("directory", "manager")
    )


def in_the_mf(x: Environment, state: State) -> Iterator[Row]:
    """The other direction: the master key of ``x`` in the MF, proved in ``x`` just before or tried there."""
    tried = [PSE.create(fid="DDF5", name=_THIRD), *(f"80E1000102{each.fid}" for each in ENVIRONMENTS)]
    tried += ["80E10001023F00", "80E00200", _forms("01", _MASTER)[0], _forms("00", _OTHER)[0], "00D20123021122"]
    kept = ("ssse", "pse", "directory", "manager")
    yield Row(
        17,
        "环境权限不带到主文件",
        f"the right earned in {x.name} does not reach the MF",
        [{"routine": "mf"}, *_tried(tried, "6982")],
        kept,
    )
    proof = f"0082000010{{ext_auth({state.key(x.master)})}}"
    yield Row(
        18,
        "环境主控密钥在主文件认证",
        f"the key of {x.name} tried as the card's: a try of the card's own counter",
        [{"routine": "mf"}, {"routine": "challenge"}, _send(proof, "63C2"), *_tried(tried[-4:], "6982")],
        ("ssse", "pse", "directory"),
    )


def _twice(x: Environment) -> Json:
    """The first master key a second time, in the very session that created the environment."""
    again = f"{{load_key(CMK, {_MASTER}, {_NEW})}}"
    return {
        "id": f"MF-HANDOVER-E2-{x.name}-CMK-13",
        "title": {
            "zh": "首个主控密钥第二次装载",
            "en": f"CMK: the first master key of {x.name} a second time, at once",
        },
        "purpose": "E1 is over with the first: refused before any cryptography, right bytes and nonsense alike.",
        "setup": [{"routine": "initialised"}, *x.birth()],
        "steps": [{"routine": "challenge"}, _send(again, "6985"), _send("84D4010024" + "00" * 36, "6985")],
        "after": [{"state": {"unchanged": [x.region, "directory", "manager"]}}],
    }


def _vector(row: Row, state: State, place: str, key: str) -> Json:
    return {
        "id": f"MF-HANDOVER-{state.name}-{place}-{key}-{row.number:02d}",
        "title": {"zh": row.zh, "en": f"{key}: {row.en}"},
        "purpose": row.purpose,
        "setup": state.proved(key),
        "steps": row.steps,
        "after": [{"state": {"unchanged": list(row.unchanged)}}],
    }


def vectors(state: State) -> Iterator[Json]:
    """All rows in one state."""
    for x in ENVIRONMENTS:
        for key in ("CMK", *(each.master for each in ENVIRONMENTS if each is not x)):
            for row in inside(x, key, state):
                yield _vector(row, state, x.name, key)
        for row in (*outside(x), *everywhere(x, state)):
            yield _vector(row, state, x.name, "CMK")
        for row in in_the_mf(x, state):
            yield _vector(row, state, "MF", x.master)
        if state is OWNED:
            yield _twice(x)
    yield {
        "id": f"MF-HANDOVER-{state.name}-MF-TK-19",
        "title": {"zh": "传输密钥已失效", "en": "TK: the transport key once the card master key is there"},
        "setup": list(state.before),
        "steps": [{"routine": "mf"}, _send("80E0030008{transport(TK)}", "6985")],
        "after": [{"state": {"unchanged": ["ssse", "pse", "directory", "manager"]}}],
    }


def table(state: State) -> Json:
    """The unit of one state."""
    words = "the words are chosen from SSC-5 tables 7 to 78"
    personalised = f"; in a personalised PSE {_MASKED}" if state is PERSONALISED else ""
    return {
        "unit": f"MF-HANDOVER-{state.name}",
        "title": {"zh": f"移交后无权（逐条，{state.name}）", "en": f"Powerless afterwards, row by row, {state.name}"},
        "purpose": "What a master key can no longer do in an environment that has its own, nor an environment's elsewhere.",
        "clause": [_PLAN, "SSC-4 §5.2 to §5.4", *(["PBOC-10 §6.3"] if personalised else [])],
        "item": "防火墙",
        **state.head,
        "destructive": True,
        "provenance": {
            "kind": "inferred",
            "source": f"总体方案 一（四）: control ends with the hand-over; {words}{personalised}",
            "confidence": "medium",
        },
        "vectors": list(vectors(state)),
    }


def units() -> dict[str, Json]:
    """Both files."""
    return {"handover-owned": for_items(table(OWNED)), "handover-personalised": for_items(table(PERSONALISED))}


def write() -> None:
    """Write them."""
    for name, content in units().items():
        (FOLDER / f"{name}.json").write_text(layout(content), encoding="utf-8")
