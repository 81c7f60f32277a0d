"""What an editor offers to whoever writes a vector: names, commands, whole steps. None of it refuses anything.

``examples`` is JSON Schema's own word; ``defaultSnippets`` is that of VS Code and its kin, and others pass it over. All
comes from where the program has it: profiles, command rows, routines, try counters, short names of documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cos.kernel.command_rows import CommandRow
from dualcos.lab.conformance.coverage import tables
from dualcos.lab.conformance.host_functions import FUNCTIONS
from dualcos.lab.conformance.shipped_vectors import shipped
from dualcos.lab.conformance.vector_file import ROUTINES
from dualcos.lab.conformance.vector_schema import Routine, Routines
from dualcos.lab.schemas.struct_schema import Offers, Schema
from dualcos.profile.schema import names
from dualcos.textforms.json_and_toml import from_json
from dualcos.textforms.text_files import text_of

_SOURCE = re.compile(r"^\| ([A-Z][^|]*) \| ([^|]+) \|$")
_TITLE = {"zh": "${1:名称}", "en": "${2:title}"}
_CONDITIONS = ("version >= 3", "version < 3 and alg == DES", "alg == SM4", "pse", "ssse.pin_tries > 2")


def vector_offers() -> Offers:
    """For files of vectors."""
    return {
        **_for_steps(),
        "Unit": {"defaultSnippets": [_snippet("unit 单元", "a file with its first vector", _unit())]},
        "Vector": {"defaultSnippets": [_snippet("vector 测试向量", "a judgement", _vector())]},
        "Unit.profile": {"examples": list(names())},
        "Vector.profile": {"examples": list(names())},
        "Unit.clause": _clauses(),
        "Vector.clause": _clauses(),
        "Unit.applies": {"examples": list(_CONDITIONS)},
        "Vector.applies": {"examples": list(_CONDITIONS)},
    }


def routine_offers() -> Offers:
    """For files of routines."""
    routine = {"title": _TITLE, "params": ["${3:kid}"], "steps": [{"send": "$4", "expect": "9000"}]}
    return {**_for_steps(), "Routine": {"defaultSnippets": [_snippet("routine 例程", "a sequence", routine)]}}


def _for_steps() -> Offers:
    return {
        "VectorStep": {"defaultSnippets": list(_steps())},
        "VectorStep.send": {"defaultSnippets": list(_commands()), "markdownDescription": _functions()},
        "VectorStep.routine": {"defaultSnippets": list(_routines())},
        "VectorStep.expect": {"examples": ["9000", "63C?", "6982", "9000 [8]"]},
        "VectorStep.times": {"examples": ["ssse.pin_tries"]},
        "VectorState.counter": {"examples": [{"SSSE.PIN": -1}]},
    }


def _snippet(label: str, description: str, body: object) -> Schema:
    return {"label": label, "description": description, "body": body}


def _steps() -> Iterator[Schema]:
    asked = {"zh": "${1:问题}？", "en": "${2:question}?", "right": ["${3:yes}"], "valid_days": "^${4:365}"}
    pulled = {"zh": "${1:说明}", "en": "${2:words}", "send": [{"send": "$3", "expect": "9000"}]}
    yield _snippet("send 命令", "a command and its answer", {"send": "$1", "expect": "${2:9000}"})
    yield _snippet("routine 例程", "a sequence with a name", {"routine": "$1"})
    yield _snippet(
        "reset 复位", "reset, and what the ATR must be", {"reset": "${1|cold,warm|}", "expect": "9000 ${2:*}"}
    )
    yield _snippet("state 状态", "memory against before", {"state": {"unchanged": ["${1:ssse}"]}})
    damaged = {"file": "${1:ssse/DF04/EF81}", "bytes": "${2:FFFF}"}
    yield _snippet("damage 损坏", "memory changed by hand", {"damage": damaged})
    yield _snippet("operator 操作员", "somebody is asked", {"operator": asked})
    yield _snippet("pull 拔卡", "the card is taken out while it works", {"pull": pulled})


def _commands() -> Iterator[Schema]:
    """Every command row: its header, with what follows to be filled in."""
    seen = set[str]()
    for environment, rows in tables():
        for row in rows:
            header = f"{row.cla:02X}{row.ins:02X}{min(row.p1):02X}{min(row.p2):02X}"
            label = f"{row.name} {row.zh} {header}"
            if label not in seen:
                seen.add(label)
                yield _snippet(label, f"{environment}: {_answers(row)} [{row.ref}]", f"{header}$1")


def _answers(row: CommandRow[object]) -> str:
    return f"may answer 9000, {', '.join(f'{word:04X}' for word in sorted(row.words))}" if row.words else "answers 9000"


def _functions() -> str:
    listed = "\n".join(f"* `{name}`: {function.says}" for name, function in sorted(FUNCTIONS.items()))
    return (
        f"An expression is hex, a name that was kept, a field of the profile (`ssse.pin`), or a function:\n\n{listed}"
    )


def _routines() -> Iterator[Schema]:
    found: Routines = from_json(text_of(shipped() / ROUTINES), Routines)
    for name, routine in found.routines.items():
        yield _snippet(_call(name, routine), f"{routine.title.zh} {routine.title.en}", _call(name, routine, "${%d:%s}"))


def _call(name: str, routine: Routine, form: str = "") -> str:
    given = [form % (at, each) if form else each for at, each in enumerate(routine.params, 1)]
    return f"{name}({', '.join(given)})" if given else name


def _clauses() -> Schema:
    """A clause of each document that may be cited."""
    rows = [
        found for line in text_of(shipped().parent / "vectors/SOURCES.md").split("\n") if (found := _SOURCE.match(line))
    ]
    snippets = []
    for short, document in ((row[1], row[2]) for row in rows if "," not in row[1] and " §" not in row[1]):
        body = re.sub(r"(?<=[-.])n$", "${1:n}", short)
        snippets.append(_snippet(short, document, f"{body} §${{2:1}}"))
    return {"items": {"type": "string", "defaultSnippets": snippets}}


def _vector() -> Schema:
    return {"id": "$3", "title": _TITLE, "steps": [{"send": "$4", "expect": "${5:9000}"}]}


def _unit() -> Schema:
    return {
        "unit": "$3",
        "title": _TITLE,
        "purpose": "$4",
        "clause": ["$5"],
        "profile": "${6:social-2.0}",
        "provenance": {"kind": "${7|standard,derived,published,field,inferred|}", "source": "$8"},
        "vectors": [{"id": "$9", "title": {"zh": "$10", "en": "$11"}, "steps": [{"send": "$12", "expect": "9000"}]}],
    }
