"""What a refused command in the middle of something leaves, the same whoever refuses; and SELECT by names nobody has.

Two tables: what can be under way, and what comes between. Kept and ended are the clauses', not the card's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from vectors.generate.items_and_requirements import for_items
from vectors.generate.social.pieces import Json, enter, send, unit
from vectors.generate.vector_layout import layout

FOLDER = Path(__file__).parents[1] / "generated"

SSSE, BANK, MF = "0F7378312E73682EC9E7BBE1B1A3D5CF", "08A000000333010101", "023F00"
_DUAL, _PKI, _PSAM = "dual-2.0-3des", "social-3.0-pki", "../profiles/published-psam-3des.toml"


class Between(NamedTuple):
    """A command that is refused, by whom, with which word. ``select``: it is a SELECT. ``live``: a reader passes it on."""

    name: str
    zh: str
    en: str
    command: str
    sw: str
    select: bool = True
    live: bool = True

    @property
    def step(self) -> Json:
        """The command and that it is refused without data."""
        return send(self.command, [{"sw": self.sw, "data": ""}])


_NOBODY = Between(
    "NOBODY", "当前环境拒绝", "refused by the current environment", "00A404000F4E4F424F44592D4841532D54484953", "6A82"
)
_MF = Between("MF", "主文件拒绝", "refused by the MF", f"00A4000C{MF}", "6A86")
_NO_APDU = Between("LENGTH", "不是命令", "lengths that contradict each other", "00A40400096E6F", "6700", live=False)
_BY_THE_BANK = (
    Between("BANK", "银行环境拒绝", "refused by the bank", f"00A40402{BANK}", "6A82"),
    Between("BANK-P2", "银行环境拒绝 P2", "refused by the bank for its P2", f"00A4040C{BANK}", "6A86"),
)
_BY_SSSE = (Between("SSSE", "社会保障环境拒绝", "refused by SSSE", f"00A40402{SSSE}", "6A82"),)
_FETCHES = tuple(
    Between(f"FETCH-{cla}", "无数据可取", f"GET RESPONSE of class {cla}, nothing waiting", f"{cla}C0000008", sw, select=False)
    for cla, sw in (("00", "6F00"), ("80", "6E00"), ("B0", "6E00"), ("04", "6E00"))
)  # fmt: skip
_IN_SSSE = (_NOBODY, *_BY_THE_BANK, _MF, _NO_APDU)
_IN_BANK = (_NOBODY, *_BY_SSSE, _MF, _NO_APDU)


class Underway(NamedTuple):
    """Something under way: how it begins, what it is then asked, what is refused in between, which clause decides."""

    name: str
    zh: str
    en: str
    clause: str
    begin: list[Json]
    then: list[Json]
    between: tuple[Between, ...]
    profile: str = _DUAL
    live: bool = True
    more: Json = {}  # noqa: RUF012 - never changed


_ACCOUNT = [*enter("DF04"), {"routine": "pin(ssse.pin)"}]
_SUMS, _TIME = "00000000000000C8000007D0", "20240115093000"
_DEBIT = f"B02C01000F{{settlement(DPK01, rand, seq, {_SUMS}, {_TIME})}}"
_CREDIT = "B02A00000B20240115093000{load_mac2(DLK01, rand, seq, 00000000, 310100000001, 20240115093000)}"
_GPO = send("80A800000B8309000000000123450156", "9000 *")
_FIRST_AC = (
    "80AE80003400000001234500000000000001560000048000015626112400"
    "3F7C21A9143052544553542053484F50202020202020202020202020"
)


def _underway() -> Iterator[Underway]:
    yield Underway(
        "PURCHASE", "消费已初始化", "a settlement is ended", "SSC-5 §7, table 49",
        [*_ACCOUNT, send(f"B02801011301{_SUMS}{{terminal()}}", "9000 [4] [4] [4] [2] {seq:2} .. .. {rand:4}")],
        [send(_DEBIT, [{"sw": "6901", "data": ""}])],
        (*_IN_SSSE, *_FETCHES),
    )  # fmt: skip
    yield Underway(
        "LOAD", "划入已初始化", "a load is ended", "SSC-5 §7, table 49",
        [*_ACCOUNT, send("B02800010B0100000000310100000001", "9000 [4] {seq:2} .. .. {rand:4} [4]")],
        [send(_CREDIT, [{"sw": "6901", "data": ""}])],
        (*_IN_SSSE, *_FETCHES),
    )  # fmt: skip
    yield Underway(
        "WAITING-SSSE", "等待取出的应答", "an answer that waits is dropped", "SSC-5 §6.6",
        [send(f"00A40400{SSSE}", [{"sw": "6118", "data": ""}])],
        [send("00C0000018", [{"sw": "6F00", "data": ""}])],
        _IN_SSSE,
    )  # fmt: skip
    yield Underway(
        "WAITING-PSE", "等待取出的应答（银行）", "an answer of the bank that waits is dropped", "PBOC-3 §9.3.1.3",
        [send(f"00A40400{BANK}", [{"sw": "61??", "data": ""}])],
        [send("00C0000018", [{"sw": "6F00", "data": ""}])],
        _IN_BANK,
    )  # fmt: skip
    yield Underway(
        "WAITING-PKI", "等待取出的应答（证书）", "an answer of the certificates' environment that waits is dropped", "SSC-5 §6.6",
        [send("00A404000C504B492EC9E7BBE1B1A3D5CF", [{"sw": "61??", "data": ""}])],
        [send("00C0000012", [{"sw": "6F00", "data": ""}])],
        (_NOBODY, *_BY_SSSE, _MF, _NO_APDU), _PKI,
    )  # fmt: skip
    yield Underway(
        "PROOF", "随机数、权限与当前文件", "right, PIN, random number and current file are kept", "SSC-5 §6.11; SSC-7 §5.8, §6.6",
        [{"routine": "ssse"}, {"routine": "pin(ssse.pin)"}, {"routine": "auth(UKSSSE, 04)"}, {"routine": "ef(EF06)"}, {"routine": "challenge"}],
        [
            send("0082000A10{ext_auth(RKSSSE)}", "9000"),  # the random number
            send("00B2090020", "9000 09 *"),  # the current file
            send("00DC0704030D0131", "9000"),  # the right of UKSSSE
        ],
        _IN_SSSE, live=False,
    )  # fmt: skip
    yield Underway(
        "BANK", "银行交易", "the bank's transaction goes on", "PBOC-5 §6, B.13",
        [send(f"00A40400{BANK}", "9000 *"), _GPO],
        [send(_FIRST_AC, "9000 801380 *")],
        _IN_BANK, live=False,
    )  # fmt: skip
    yield Underway(
        "SAM", "PSAM 消费", "CREDIT SAM does not follow directly any more", "SSC-9 §9.10",
        [
            send("00A4040006D15600000590", "9000 *"),
            send("8070010024C7D1042E0001000003E8000000C8000007D032202401150930000100869931010000A1B2", "9000 [8]"),
        ],
        [send("8072000004E5A233B9", [{"sw": "6901", "data": ""}])],
        (
            _NOBODY,
            Between("DDF", "另一环境拒绝", "refused by the other environment", "00A404020F7378322E73682EC9E7BBE1B1A3D5CF", "6A86"),
            _NO_APDU,
            *_FETCHES,
        ),
        _PSAM, live=False, more={"destructive": True},
    )  # fmt: skip


def _vector(what: Underway, between: Between) -> Json:
    return {
        "id": f"CARD-REFUSED-{what.name}-{between.name}",
        "title": {"zh": f"{what.zh}；{between.zh}", "en": f"{what.en}: {between.en}"},
        "clause": [part.strip() for part in what.clause.split(";")],
        "profile": what.profile,
        **what.more,
        "live": what.live and between.live,
        "setup": what.begin,
        "steps": [between.step, *what.then],
    }


def refused() -> Json:
    """What a refused command leaves and what it ends."""
    vectors = [_vector(what, between) for what in _underway() for between in what.between]
    purpose = (
        "A refused SELECT keeps selection, rights, random number and the bank's transaction, ends a medical one and drops "
        "what waits, whoever refuses it; so do bytes that are no command. GET RESPONSE with nothing to fetch is a command "
        "like any other."
    )
    return unit(
        "CARD-REFUSED",
        ("被拒绝的命令", "What a refused command leaves"),
        purpose,
        ["SSC-5 §6.11, §7", "SSC-7 §5.8, §6.6", "PBOC-5 §6"],
        vectors,
        profile=_DUAL,
        provenance={
            "kind": "standard",
            "source": "SSC-5 table 49 (any failure, any other command), §6.6, §6.11.1; PBOC-5 §6; SSC-9 §9.10",
        },
    )


# --- names that nobody has ---------------------------------------------------------------------------------------

_NAMES = {
    "none": "", "1 byte": "A0", "4 bytes": "A0000003", "5 bytes": "A0A1A2A3A4", "16 bytes": "4E" * 16, "17 bytes": "4E" * 17,
}  # fmt: skip
_WORDS = {"00": "6A82", "02": "6A82", "01": "6A86", "0C": "6A86"}
_PLACES: dict[str, tuple[str, str, str, list[Json]]] = {
    "MF": (_DUAL, "主文件", "the MF", [{"routine": "mf"}]),
    "SSSE": (_DUAL, "社会保障系统环境", "SSSE", [{"routine": "ssse"}]),
    "DF03": (_DUAL, "社会保障应用", "an application of SSSE", enter("DF03")),
    "PSE": (_DUAL, "支付系统环境", "the bank's environment", [send("00A404000E315041592E5359532E4444463031", "9000 *")]),
    "ADF": (_DUAL, "银行应用", "the bank's application", [send(f"00A40400{BANK}", "9000 *")]),
    "PKI": (_PKI, "证书环境", "the certificates' environment", [send("00A404000C504B492EC9E7BBE1B1A3D5CF", "9000 *")]),
}  # fmt: skip


def _word(name: str, p2: str) -> str:
    """P1 P2 come before lengths; a name has 5 to 16 bytes (SSC-5 §6.11)."""
    return _WORDS[p2] if _WORDS[p2] == "6A86" or 5 <= len(name) // 2 <= 16 else "6700"


def strangers() -> Json:
    """From everywhere the same word, and where one stands one stays."""
    vectors: list[dict[str, Any]] = []
    for place, (profile, zh, en, setup) in _PLACES.items():
        steps = [
            send(f"00A404{p2}" + (f"{len(name) // 2:02X}{name}" if name else ""), [{"sw": _word(name, p2), "data": ""}])
            for p2 in _WORDS
            for name in _NAMES.values()
        ]
        vectors.append(
            {
                "id": f"CARD-STRANGER-{place}",
                "title": {"zh": f"在{zh}选择不存在的名称", "en": f"names that nobody has, selected from {en}"},
                "profile": profile,
                "setup": setup,
                "steps": steps,
            }
        )
    return unit(
        "CARD-STRANGER",
        ("选择不存在的名称", "SELECT by names that nobody has"),
        "The word for a name that nobody has does not depend on where one stands: no side learns so of another.",
        ["SSC-5 §6.11", "SSC-4 §5.5", "PBOC-5 B.13"],
        vectors,
        profile=_DUAL,
        live=True,
        provenance={
            "kind": "inferred",
            "source": "SSC-5 §6.11 and PBOC-5 B.13 for the words; SSC-4 §5.5 that the sides do not show in each other; the "
            "order P1 P2, length, name is inferred",
            "confidence": "medium",
        },
    )


def units() -> dict[str, Json]:
    """Both files."""
    return {"refused": for_items(refused()), "strangers": for_items(strangers())}


def write() -> None:
    """Write them."""
    for name, content in units().items():
        (FOLDER / f"{name}.json").write_text(layout(content), encoding="utf-8")
