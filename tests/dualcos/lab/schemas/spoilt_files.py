"""Files spoilt in one place, and every form's loader as one question: what is wrong with this, empty if nothing is."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from dualcos.lab.conformance.coverage import read_holes
from dualcos.lab.conformance.vector_file import VectorError, load
from dualcos.lab.evidence.campaign_file import FIRST, ChainBrokenError, chain_of, link
from dualcos.lab.evidence.known_faults import KnownFaultsError, load_known_faults
from dualcos.lab.faults.fault_script import ScriptError, parse
from dualcos.lab.ics.statement import Statement, StatementError
from dualcos.lab.report.report_lines import ReportedLine
from dualcos.leash.leash_rules import LeashError, leash_file
from dualcos.messages.blacklist import BlacklistError, verified_blacklist
from dualcos.terminal.financial.terminal_file import TerminalFileError, terminal_file
from dualcos.textforms.json_and_toml import BadText, from_json, from_toml
from tests.blacklist_lists import KEY
from tests.dualcos.lab.schemas.right_files import CHALLENGE, ROUTINES, TITLE, UNIT

Path_ = tuple[Any, ...]
OTHER = (None, True, 1, -1, 1.0, 1.5, "", "zz", "00", "00 ", "each", [], {}, [""], [1], {"a": "00"}, {"a": 1})
"""What is put into the place of each value."""
KINDS: dict[str, Any] = {
    "send": "0084000008",
    "routine": "r(00)",
    "reset": "warm",
    "state": {"unchanged": ["ssse"], "atomic": ["ssse"]},
    "damage": {"cell": "pse: directory DDF2", "bytes": "00"},
    "operator": {"zh": "z", "en": "e", "act": "put in"},
    "pull": {"zh": "z", "en": "e", "send": [CHALLENGE]},
    "cut": {"tick": "each"},
    "times": "02",
    "once": True,
    "expect": "9000",
    "file": "ssse/DDF1/EF05",
    "becomes": "00",
    "act": "take out",
    "choices": {"a": TITLE, "b": TITLE},
    "measure": {"unit": "mm", "least": 1, "most": 2},
    "bytes": 3,
    "executed": False,
    "event": "reset",
    "reason": "why",
    "status": "withdrawn",
}
"""What stands in one place and may not stand in another: each is put into every object."""


def places(here: Any, path: Path_ = ()) -> Iterator[Path_]:
    """Every value of a document by its path, the whole last."""
    inner = here.items() if isinstance(here, dict) else enumerate(here) if isinstance(here, list) else ()
    for name, each in inner:
        yield from places(each, (*path, name))
    yield path


def at(document: Any, path: Path_) -> Any:
    for step in path:
        document = document[step]
    return document


def spoilt(right: Any) -> Iterator[Any]:
    """``right`` with one thing otherwise: a value, a field more, a field less, an entry twice."""
    for path in places(right):
        for value in OTHER if path else ():
            yield _changed(right, path, value)
        here = at(right, path)
        if isinstance(here, str):
            yield from (_changed(right, path, here + more) for more in ("Z", "{", " "))
        if isinstance(here, list) and here:
            yield _changed(right, path, [*here, here[0]])
        if isinstance(here, dict):
            for name in here:
                yield _changed(right, path, {each: value for each, value in here.items() if each != name})
            yield from (_changed(right, path, {**here, name: value}) for name, value in KINDS.items())
            yield _changed(right, path, {**here, "colour": "red"})


def _changed(right: Any, path: Path_, value: Any) -> Any:
    if not path:
        return value
    found = copy.deepcopy(right)
    at(found, path[:-1])[path[-1]] = value
    return found


# --- loaders ---------------------------------------------------------------------------------------------------------


def _vectors(folder: Path, unit: Any, routines: Any) -> str:
    (folder / "v.json").write_text(json.dumps(unit), encoding="utf-8")
    (folder / "routines.json").write_text(json.dumps(routines), encoding="utf-8")
    try:
        load(folder / "v.json")
    except VectorError as error:
        return str(error)
    return ""


def vector(folder: Path, document: Any) -> str:
    return _vectors(folder, document, ROUTINES)


def routines(folder: Path, document: Any) -> str:
    return _vectors(folder, {**UNIT, "setup": [], "vectors": []}, document)


def holes(folder: Path, document: Any) -> str:
    (folder / "holes.json").write_text(json.dumps(document), encoding="utf-8")
    try:
        read_holes(folder)
    except VectorError as error:
        return str(error)
    return ""


def known_faults(folder: Path, document: Any) -> str:
    (folder / "k.toml").write_text(toml(document), encoding="utf-8")
    try:
        load_known_faults(folder / "k.toml")
    except KnownFaultsError as error:
        return str(error)
    return ""


def fault_script(_: Path, document: Any) -> str:
    try:
        parse(toml(document), "script")
    except ScriptError as error:
        return str(error)
    return ""


def leash(_: Path, document: Any) -> str:
    try:
        leash_file(toml(document), "rules")
    except LeashError as error:
        return str(error)
    return ""


def terminal(_: Path, document: Any) -> str:
    try:
        terminal_file(from_toml(toml(document)))
    except (BadText, TerminalFileError) as error:
        return str(error)
    return ""


def ics(_: Path, document: Any) -> str:
    try:
        Statement.from_toml(toml(document))
    except StatementError as error:
        return str(error)
    return ""


def campaign(_: Path, document: Any) -> str:
    """A line as a file begins with it; its chain is right wherever the document is a line with a record."""
    if isinstance(document, dict) and document.get("chain") == "0" * 64 and "record" in document:
        body = msgspec.json.encode(document["record"])
        document = {**document, "chain": link(FIRST, body).hex()}
    try:
        chain_of(msgspec.json.encode(document) + b"\n")
    except ChainBrokenError as error:
        return str(error)
    return ""


def report(_: Path, document: Any) -> str:
    """Nobody loads one: by its declaration."""
    try:
        from_json(msgspec.json.encode(document), ReportedLine)
    except BadText as error:
        return str(error)
    return ""


def blacklist(_: Path, document: Any) -> str:
    """Signed as it stands, wherever the signature is as in the right file."""
    content = msgspec.json.encode(document)
    if isinstance(document, dict) and document.get("signature") == "0" * 128 and len(document) > 1:
        signed = msgspec.json.encode({name: each for name, each in document.items() if name != "signature"})[:-1]
        content = signed + b',"signature":"' + KEY.sign(b"dualcos blacklist\n" + signed).hex().upper().encode() + b'"}'
    try:
        verified_blacklist(content, KEY.public)
    except BlacklistError as error:
        return str(error)
    return ""


LOADERS: dict[str, Callable[[Path, Any], str]] = {
    "vector": vector,
    "routines": routines,
    "holes": holes,
    "ics": ics,
    "campaign": campaign,
    "report": report,
    "known-faults": known_faults,
    "blacklist": blacklist,
    "fault-script": fault_script,
    "leash": leash,
    "terminal": terminal,
}
IN_TOML = {"ics", "known-faults", "fault-script", "leash", "terminal"}


def has_null(document: Any) -> bool:
    """TOML has no such thing."""
    return any(at(document, path) is None for path in places(document))


def toml(document: Any) -> str:
    """A document whose outermost is a table, each of its keys a line."""
    return "".join(f"{json.dumps(name)} = {_in_line(value)}\n" for name, value in document.items())


def _in_line(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{{', '.join(f'{json.dumps(name)} = {_in_line(each)}' for name, each in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_in_line, value))}]"
    return json.dumps(value)
