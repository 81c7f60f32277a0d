"""What every command of a table says in one situation.

The card's command rows say which commands there are; what they must say then is the clause's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from cos.kernel.command_rows import CommandRow
from cos.manager.command_table import ROWS as MANAGER_ROWS
from cos.pki.command_table import ROWS as PKI_ROWS
from cos.ssse.commands.command_table import ROWS as SSSE_ROWS
from vectors.generate.social.pieces import Json, enter, send, unit


def command(row: CommandRow[Any]) -> str:
    """A command of ``row`` that would get as far as its handler."""
    head = f"{row.cla:02X}{row.ins:02X}{min(row.p1):02X}{min(row.p2):02X}"
    length = min(row.lc)
    if length:
        return f"{head}{length:02X}{'00' * length}"
    if not row.answers:
        return head
    return f"{head}{min((each for each in row.le or () if each), default=1) & 0xFF:02X}"


def gate_vectors(name: str, rows: Iterable[CommandRow[Any]], sw: str, more: Json) -> Iterator[Json]:
    """One vector a row: it says ``sw`` in the situation of ``more``."""
    for number, row in enumerate(rows, 1):
        yield {
            "id": f"{name}-{sw}-{number:02d}-{row.cla:02X}{row.ins:02X}",
            "title": {"zh": f"锁定后 {row.zh}", "en": f"{row.name} after the block"},
            **more,
            "steps": [{"send": command(row), "expect": [{"sw": sw, "data": ""}]}],
            "after": [{"state": {"unchanged": ["ssse", "manager", "directory"]}}],
        }


def gates() -> Json:
    """After a block every command says the same."""
    block_card = [
        {"routine": "ssse"},
        {"routine": "auth(BK, 05)"},
        {"routine": "challenge"},
        send("{secured(STKSSSE, 84160000)}", "9000"),
    ]
    block_application = [
        *enter("DF03"),
        {"routine": "auth(LKDF03, 83)"},
        {"routine": "challenge"},
        send("{secured(STKDF03, 841E0001)}", "9000"),
    ]
    whole = {"ssse": {"options": {"card_block_scope": "card"}}}
    silent = {"clause": ["SSC-5 §6.2.1"], "setup": block_card}
    dead = {"clause": ["SSC-7 §13.2"], "setup": block_application, "live": True}
    vectors = [
        *gate_vectors("SSC", SSSE_ROWS, "6A81", silent),
        *gate_vectors("SSC", [row for row in SSSE_ROWS if row.ins != 0xA4], "9303", dead),
        *gate_vectors(
            "MF", MANAGER_ROWS, "6A81", {**silent, "overrides": whole, "setup": [*block_card, {"reset": "cold"}]}
        ),
    ]
    purpose = (
        "A blocked card answers every command 6A81, a blocked application every command but a SELECT of another 9303."
    )
    clause = ["SSC-5 §6.2.1", "SSC-7 §13.2"]
    title = ("锁定后的全部命令", "All commands after a block")
    standard = {"kind": "standard", "source": "SSC-5 §6.2.1, SSC-7 §13.2; commands: the rows of the card's own tables"}
    return unit("SSC-BLOCKED", title, purpose, clause, vectors, destructive=True, provenance=standard)


# --- gates in front of the handlers ------------------------------------------------------------------------------

_NO_CLASS, _NO_PARAMETER, _READ_BINARY = 0x10, 0xFE, 0xB0
_FITTING = range(20)
_WRONG = {"6E00": ("类别", "class"), "6A86": ("参数", "P1 P2"), "6700": ("长度", "length")}
_PKI_NAMES = ("504B492EC9E7BBE1B1A3D5CF", "53532E434552542E41444631")


def misfits(row: CommandRow[Any]) -> Iterator[tuple[str, str]]:
    """A status word and a command of ``row`` that earns it: class, P1 P2, length, each wrong alone."""
    head = f"{row.cla:02X}{row.ins:02X}{min(row.p1):02X}{min(row.p2):02X}"
    yield "6E00", f"{_NO_CLASS:02X}{command(row)[2:]}"
    yield "6A86", f"{head[:4]}{_NO_PARAMETER:02X}{_NO_PARAMETER:02X}{command(row)[8:]}"
    if row.ins == _READ_BINARY:
        return  # its fifth byte is Le: no length is wrong (SSC-5 table 30)
    wrong = next((length for length in _FITTING if length and length not in row.lc), 0)
    if wrong:
        yield "6700", f"{head}{wrong:02X}{'00' * wrong}"
    elif row.le is None:
        yield "6700", head
    else:
        yield "6700", f"{head}{next(le for le in _FITTING if le and le not in row.le):02X}"


def pki_gates() -> Json:
    """Every command of the PKI side with a wrong class, wrong parameters, a wrong length."""
    vectors = [
        {
            "id": f"PKI-{sw}-{number:02d}-{row.cla:02X}{row.ins:02X}",
            "title": {"zh": f"{row.zh}：{_WRONG[sw][0]}", "en": f"{row.name}: {_WRONG[sw][1]}"},
            "steps": [{"send": sent, "expect": [{"sw": sw, "data": ""}]}],
        }
        for number, row in enumerate(PKI_ROWS, 1)
        for sw, sent in misfits(row)
    ]
    purpose = "A command of another class is 6E00, with other P1 P2 6A86, with a length it does not take 6700."
    clause = ["SSC-5 table 5", "SSC-2 §9.4"]
    source = "SSC-5 table 5 for a side without a text of its own; commands: the rows of the card's own table"
    more: Json = {
        "profile": "social-3.0-pki",
        "applies": "pki",
        "live": True,
        "provenance": {"kind": "inferred", "source": source, "confidence": "medium"},
        "setup": [send(f"00A404000C{name}", "9000") for name in _PKI_NAMES],
    }
    return unit("PKI-GATES", ("报文头检查", "Class, parameters, lengths"), purpose, clause, vectors, **more)
