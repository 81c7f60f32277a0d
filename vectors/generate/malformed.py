"""Neighbouring malformed forms (相邻错误格式): PINs, names, templates, lengths and numbers that are nearly right.

The forms are those that a property asks of every row (``neighbouring_forms``); here are those whose word a standard or a
laboratory fixes. A wrong PIN costs a try, so a right one follows each.
"""

from __future__ import annotations

from pathlib import Path

from dualcos.lab.properties import neighbouring_forms as near
from vectors.generate.build import (
    AID,
    GOOD,
    GOOD_EA,
    INFERRED,
    LAB,
    OPEN,
    PSE,
    TO_ARQC,
    Json,
    Unit,
    call,
    gpo,
    lab_case,
    select,
    send,
    standard,
    vector,
)
from vectors.generate.items_and_requirements import for_items
from vectors.generate.vector_layout import layout

FOLDER = Path(__file__).parents[1] / "generated"
_PIN = "123456"
_FOR = {"PIN": None, "NEW-PIN": None, "LC": None}  # neighbours of these digits: for the card that has them, no other
_RIGHT = f"0020000003{_PIN}"
_SSSE = "7378312E73682EC9E7BBE1B1A3D5CF"
# New PINs that are none: letters, F in the middle, a whole byte of filler, three digits, none at all but filler.
_NO_PINS = ("1F3456", "12F456", "12A456", "1234FF", "12345E", "123F", "1FFF", "12FFFF", "FFFF", "FFFFFF")


def _with(header: str, data: bytes) -> str:
    return f"{header}{len(data):02X}{data.hex().upper()}" if data else header


def _names(name: str) -> list[Json]:
    """Too short and too long for a name, then as long as one and nobody's."""
    words = {4: "6700", 5: "6A82", 16: "6A82", 17: "6700"}
    return [send(_with("00A40400", each), words[len(each)]) for each in near.names(bytes.fromhex(name))]


def social() -> Json:
    """The social side."""
    pins = [each for each in near.packed_pins(bytes.fromhex(_PIN)) if 2 <= len(each) <= 8]
    right = send(_RIGHT)
    rows: tuple[tuple[str, str, str, list[Json]], ...] = (
        (
            "PIN",
            "个人密码填充与半字节错误",
            "what is not the PIN is wrong: fillers, letters, characters, digits turned round, a block of the bank's",
            [step for pin in pins for step in (send(_with("00200000", pin), "63C2"), right)],
        ),
        (
            "NEW-PIN",
            "新密码格式错误",
            "a new PIN has 4 to 16 digits, and F only to fill up an odd number; nothing is lost by one that is none",
            [*(send(_with("805E0100", bytes.fromhex(f"{_PIN}FF{pin}")), "6A80") for pin in _NO_PINS), right],
        ),
        (
            "LC",
            "Lc 与数据不符",
            "Lc against the data that follow; no try is lost",
            [
                *(send(command.hex().upper(), "6700") for command in near.against_lc(bytes.fromhex(_RIGHT))),
                *(send(_with("00200000", bytes(length)), "6700") for length in (1, 9, 16)),
                send("00200000", "63C3"),
            ],
        ),
        ("NAME", "名称长度", "names of 4, 5, 16 and 17 bytes", _names(_SSSE)),
        (
            "NUMBER",
            "记录号与短标识符的边界",
            "record number FF and short identifier 31 are reserved; files that are not there",
            [
                *(send(f"00B2{p1}{p2}00", "6A86") for p1, p2 in (("FF", "2C"), ("01", "FC"), ("FF", "04"))),
                *(send(f"00DC{p1}{p2}03010131", "6A86") for p1, p2 in (("FF", "2C"), ("01", "FC"), ("01", "2D"))),
                send("00B201EC00", "6A82"),
                *(send(f"00B0{p1}0001", "6A86") for p1 in ("80", "9F", "A5", "FF")),
            ],
        ),
        (
            "LENGTH",
            "长度相邻值",
            "one byte less and more than each length that is taken",
            [
                *(send(f"00880000{length:02X}{'00' * length}", "6700") for length in (8, 15, 18, 24)),
                *(send(f"0082000A{length:02X}{'00' * length}", "6700") for length in (8, 15, 18, 24)),
                *(send(f"00840000{length:02X}", "6700") for length in (1, 3, 5, 7, 9, 15, 17)),
                *(send(f"841E0001{length:02X}{'00' * length}", "6700") for length in (5, 8)),
                *(send(f"84240001{length:02X}{'00' * length}", "6700") for length in (5, 11, 13, 19, 21)),
            ],
        ),
    )
    return {
        "unit": "SSC-MALFORMED",
        "title": {"zh": "社保侧相邻错误格式", "en": "Forms that are nearly right, social side"},
        "purpose": "PINs, names, record numbers and lengths next to right ones: the word, and nothing lost.",
        "clause": ["SSC-5 §6.3", "SSC-5 §6.10", "SSC-5 §6.11", "SSC-5 §6.14"],
        "profile": "social-2.0",
        "provenance": standard("SSC-5 tables 7 to 78"),
        "setup": [call("ssse")],
        "vectors": [
            vector(f"SSC-MALFORMED-{name}", zh, en, steps, destructive=True, applies=_FOR.get(name, "ssse"))
            for name, zh, en, steps in rows
        ],
    }


def bank() -> Unit:
    """The bank side."""
    blocks = [step for each in near.pin_blocks(bytes.fromhex(GOOD[10:])) for step in _tried(each)]
    templates = near.objects(b"\x83\x00")
    lengths = (1, 2, 3, 5, 6, 7, 8, 9)
    rows: tuple[tuple[str, str, str, list[Json], list[Json], Json], ...] = (
        (
            "GPO",
            "取处理选项模板",
            "tag or length of template 83 next to the right ones; the right one is taken behind them",
            [*(send(_with("80A80000", each), ["6700", "6A80"]) for each in templates if each != b"\x83\x00"), gpo()],
            [select()],
            lab_case("GPO081, GPO082, GPO093"),
        ),
        ("PIN", "密码块格式", "a block of another form is a wrong PIN", blocks, [OPEN], INFERRED),
        (
            "NAME",
            "名称长度",
            "names of 4, 5, 16 and 17 bytes",
            _names(AID),
            [select(name=PSE)],
            standard("PBOC-5 §6.3"),
        ),
        (
            "NUMBER",
            "记录号与短标识符的边界",
            "record 00, short identifiers 0 and 31, forms that the bank side has not; record FF",
            [
                *(
                    send(f"00B2{p1}{p2}00", "6A86")
                    for p1, p2 in (("00", "0C"), ("01", "04"), ("01", "FC"), ("01", "0D"))
                ),
                send("00B2FF0C00", "6A83"),
            ],
            [select()],
            INFERRED,
        ),
        (
            "MAC",
            "MAC 长度",
            "a script's MAC has 4 bytes, also where the text says 4 to 8",
            [send(f"{head}{length:02X}{'00' * length}", "6700") for head in _SCRIPTS for length in lengths],
            [OPEN, TO_ARQC],
            lab_case("ABK061, ABK062, AUK061, AUK062, CBK062, PCU061, PCU066"),
        ),
        (
            "ARPC",
            "外部认证长度",
            "issuer authentication of another length does not use up the one that is allowed",
            [*(send(f"00820000{length:02X}{'00' * length}", "6700") for length in (7, 8, 9, 11, 16)), GOOD_EA],
            [OPEN, TO_ARQC],
            lab_case("EAU071, EAU072"),
        ),
    )
    return Unit(
        "malformed.json",
        "BANK-MALFORMED",
        "银行侧相邻错误格式",
        "Forms that are nearly right, bank side",
        "Templates, PIN blocks, names, record numbers and MAC lengths next to right ones.",
        ["PBOC-5 §6.3", "PBOC-5 annex B", "PBOC-5 C.2.2"],
        standard("PBOC-5 annex B"),
        [
            vector(f"BANK-MALFORMED-{name}", zh, en, steps, setup, provenance=source)
            for name, zh, en, steps, setup, source in rows
        ],
        LAB,
    )


_SCRIPTS = ("841E0000", "84180000", "84160000", "84240000")


def _tried(block: bytes) -> tuple[Json, Json]:
    return send(_with("00200080", block), "63C2"), send(GOOD)


def units() -> dict[str, Json]:
    """The files of ``generated``, by name."""
    return {"malformed": for_items(social())}


def write() -> None:
    """Write them."""
    for name, content in units().items():
        (FOLDER / f"{name}.json").write_text(layout(content), encoding="utf-8")
