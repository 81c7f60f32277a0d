"""Pieces of vectors: commands of a terminal, steps, vectors, units; and how they are written."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from vectors.generate.vector_layout import layout

Json = dict[str, Any]
Step = Json | str

FOLDER = Path(__file__).parents[1] / "pse"
LAB, BANK = "profiles/lab.toml", "bank-only"
AID = "A000000333010101"
PSE = "315041592E5359532E4444463031"
AAC, TC, ARQC, CDA = 0x00, 0x40, 0x80, 0x10
APPROVED = "3030"
UNABLE_TC, UNABLE_AAC = "5933", "5A33"
GOOD, WRONG = "0020008008241234FFFFFFFFFF", "0020008008244321FFFFFFFFFF"
USUAL = {
    "9F02": "000000001000",
    "9F03": "000000000000",
    "9F1A": "0156",
    "95": "0000000000",
    "5F2A": "0156",
    "9A": "000125",
    "9C": "00",
    "9F37": "11223344",
    "9F21": "164721",
    "9F4E": "4455414C434F5320544553542053484F50202020",
}
_SIGNED = ("9F02", "9F03", "9F1A", "95", "5F2A", "9A", "9C", "9F37")
_FIRST = (*_SIGNED, "9F21", "9F4E")
_SECOND = (*_SIGNED, "9F21")


class Values(NamedTuple):
    """What the terminal sends in this transaction, and the AIP that goes into the cryptogram."""

    changed: dict[str, str] = {}  # noqa: RUF012 - never changed
    aip: str = "7D00"

    def joined(self, tags: tuple[str, ...]) -> str:
        """The values of ``tags`` one behind the other."""
        return "".join({**USUAL, **self.changed}[tag] for tag in tags)

    @property
    def signed(self) -> str:
        """What the terminal adds to a cryptogram."""
        return self.joined(_SIGNED)


def values(aip: str = "7D00", **changed: str) -> Values:
    """``values(t9F1A="0840")``: the usual terminal with other values."""
    return Values({tag.removeprefix("t"): value for tag, value in changed.items()}, aip)


NORMAL = values()


# --- steps -------------------------------------------------------------------------------------------------------


def send(command: str, expect: str | list[Any] = "9000", **more: object) -> Json:
    """A command and its answer."""
    step: Json = {"send": command}
    if expect:
        step["expect"] = expect
    return {**step, **{name: value for name, value in more.items() if value not in ("", None)}}


def call(routine: str) -> Json:
    """A routine of routines.json."""
    return {"routine": routine}


def select(sw: str = "9000", name: str = AID, p2: str = "00") -> Json:
    """SELECT by name; a warning's data stay in the card."""
    return send(f"00A404{p2}{len(name) // 2:02X}{name}00", sw)


def gpo(sw: str = "9000") -> Json:
    """GET PROCESSING OPTIONS of a card without PDOL."""
    return send("80A8000002830000", sw)


def verify(sw: str = "9000", block: str = GOOD) -> Json:
    """VERIFY, of the right PIN unless said otherwise."""
    return send(block, sw)


def gac1_data(asked: int, given: Values = NORMAL) -> str:
    """The first GENERATE AC as a command."""
    return f"80AE{asked:02X}0034{given.joined(_FIRST)}00"


def gac2_data(asked: int, arc: str = APPROVED, given: Values = NORMAL) -> str:
    """The second GENERATE AC as a command."""
    return f"80AE{asked:02X}0022{arc}{given.joined(_SECOND)}00"


def gac1(asked: int, cid: int | str, cvr: str, given: Values = NORMAL) -> Json:
    """The first GENERATE AC, its cryptogram checked and kept as ``ac`` with its ``atc``."""
    cid = f"{cid:02X}" if isinstance(cid, int) else cid
    formula = f"bank_ac(UDKAC, {given.signed}, {given.aip}, atc, {cvr})"
    return send(gac1_data(asked, given), f"9000 8013 {cid} {{atc:2}} {{ac={formula}}} 070101 {cvr} 01")


def gac2(asked: int, cid: int | str, cvr: str, arc: str = APPROVED, given: Values = NORMAL) -> Json:
    """The second GENERATE AC, its cryptogram checked."""
    cid = f"{cid:02X}" if isinstance(cid, int) else cid
    formula = f"bank_ac(UDKAC, {given.signed}, {given.aip}, now, {cvr})"
    return send(gac2_data(asked, arc, given), f"9000 8013 {cid} {{now:2}} {{={formula}}} 070101 {cvr} 01")


def gac1_cda(asked: int, cid: int, cvr: str, given: Values = NORMAL) -> Json:
    """The first GENERATE AC answered in format 2: the cryptogram is inside the signature."""
    return send(
        gac1_data(asked | CDA, given),
        f"9000 778198 9F2701{cid:02X} 9F3602{{atc:2}} 9F4B8180[128] 9F1008070101{cvr}01",
    )


def ea(sw: str = "9000", arc: str = APPROVED, *, right: bool = True, ac: str = "ac") -> Json:
    """EXTERNAL AUTHENTICATE over the cryptogram of the first GENERATE AC."""
    arpc = f"arpc(UDKAC, atc, {ac}, {arc})"
    return send(f"008200000A{{{arpc if right else f'flip({arpc})'}}}{arc}", sw)


def script(header: str, sw: str = "9000", data: str = "", *, right: bool = True) -> Json:
    """A script command with its MAC; ``right`` False turns the MAC's last bit."""
    formula = f"script(UDKMAC, atc, ac, {header}{f', {data}' if data else ''})"
    return send(f"{{{formula if right else f'flip({formula})'}}}", sw)


BLOCK, UNBLOCK, CARD_BLOCK, PIN_UNBLOCK = "841E0000", "84180000", "84160000", "84240000"
LOWER_LIMIT = "04DA9F58"


def new_pin(sw: str, new: str, current: str = "", *, right: bool = True) -> Json:
    """PIN CHANGE to a PIN block; with ``current`` the form P2 01."""
    cipher = f"new_pin(UDKENC, atc, {new}{f', {current}' if current else ''})"
    return script(f"842400{'01' if current else '02'}", sw, cipher, right=right)


CLEAN, START, OPEN = call("clean"), call("start"), call("open")
"""A whole good online transaction; SELECT, GPO and a right PIN; SELECT and GPO."""

RESET: Json = {"reset": "cold"}


def first(asked: str) -> Json:
    """The first GENERATE AC as part of the way to somewhere."""
    return call(f"gac1({asked})")


def second(asked: str, arc: str = APPROVED) -> Json:
    """The second GENERATE AC likewise."""
    return call(f"gac2({asked}, {arc})")


TO_ARQC, TO_TC, TO_AAC = first("80"), first("40"), first("00")
GOOD_EA = call(f"ea({APPROVED})")


# --- vectors and units -------------------------------------------------------------------------------------------


def vector(name: str, zh: str, en: str, steps: list[Json], setup: list[Json] | None = None, **more: object) -> Json:
    """One vector."""
    made: Json = {"id": name, "title": {"zh": zh, "en": en}, **{k: v for k, v in more.items() if v not in (None, "")}}
    if setup:
        made["setup"] = setup
    return {**made, "steps": steps}


_LISTS = {"0D01": ["9F58", "9F59", "9F53", "9F72", "9F4F"], "0E01": ["9F51", "9F52", "9F56", "9F57"]}
_MORE = {"0D01": ("9F54", "9F75", "9F73", "9F5C"), "0E01": ("9F76", "9F36", "9F13")}


def elements(**changed: str | None) -> Json:
    """Overrides of the laboratory's card: ``elements(t9F52="0200")``; None takes an element away."""
    found = {tag.removeprefix("t"): value for tag, value in changed.items()}
    gone = {tag for tag, value in found.items() if value is None}
    lists = {
        group: [*(t for t in tags if t not in gone), *(t for t in _MORE[group] if found.get(t))]
        for group, tags in _LISTS.items()
    }
    internal = {group: tags for group, tags in lists.items() if tags != _LISTS[group]}
    return {"pse": {"elements": found, **({"internal": internal} if internal else {})}}


def options(**changed: object) -> Json:
    """Overrides: another reading of the standard."""
    return {"pse": {"options": changed}}


def standard(source: str, kind: str = "standard", confidence: str = "high", computed_by: str = "") -> Json:
    """A provenance."""
    made: Json = {"kind": kind, "source": source}
    if computed_by:
        made["computed_by"] = computed_by
    if confidence != "high":
        made["confidence"] = confidence
    return made


INFERRED = standard("PBOC-5 is silent; the recommended reading", "inferred", "medium")
_CASES = "conformance cases of PBOC cards; CID and CVR as they expect them"


def lab_case(names: str) -> Json:
    """The expectation of laboratories' scripts."""
    return standard(f"{_CASES}: {names}", "field")


class Unit(NamedTuple):
    """One file in the making."""

    file: str
    name: str
    zh: str
    en: str
    purpose: str
    clause: list[str]
    provenance: Json
    vectors: list[Json]
    profile: str = BANK
    setup: tuple[Json, ...] = ()
    live: bool = False
    more: Json = {}  # noqa: RUF012 - never changed

    def text(self) -> str:
        """The JSON text."""
        head: Json = {
            "unit": self.name,
            "title": {"zh": self.zh, "en": self.en},
            "purpose": self.purpose,
            "clause": self.clause,
            "profile": self.profile,
            "provenance": self.provenance,
            **({"live": True} if self.live else {}),
            **self.more,
            "setup": list(self.setup),
            "vectors": self.vectors,
        }
        return layout(head)
