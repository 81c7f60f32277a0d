"""A name says its job: no public class is called like another, no file is called like anything."""

from __future__ import annotations

import ast
import importlib
import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
PRODUCT = ("apdu", "firewall", "keys", "cos", "dualcos")
SOURCES = [path for room in PRODUCT for path in sorted((ROOT / room).rglob("*.py"))]
# Words that say where something was put, or nothing at all. With another word they may stand.
OPAQUE = {
    "base", "bench", "common", "contents", "core", "data", "general", "helper", "helpers", "item", "items", "lib",
    "main", "misc", "model", "module", "readers", "shared", "stuff", "t514", "talk", "tools", "types", "util", "utils",
    "words",
}  # fmt: skip
KNOWN = {"dualcos/cli/main.py"}
"""The entry point is called so everywhere."""


def classes(sources: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Public classes by name, with the files that define one."""
    found: dict[str, list[str]] = defaultdict(list)
    for where, source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(where)
    return found


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_public_class_is_called_like_another():
    found = classes([(named(path), path.read_text("utf-8")) for path in SOURCES])
    assert len(found) > 400
    assert {name: where for name, where in found.items() if len(where) > 1} == {}


def test_no_file_is_called_like_anything():
    assert {named(path) for path in SOURCES if path.stem in OPAQUE} == KNOWN


def test_a_namesake_is_seen():
    assert classes([("a.py", "class Row: pass"), ("b.py", "class Row: pass\nclass _Row: pass")])["Row"] == [
        "a.py",
        "b.py",
    ]


def dotted(text: str) -> set[str]:
    """Modules and what is in them, as texts point at them: ``keys.mac``, ``cos.card.Card``."""
    return set(re.findall(rf"``((?:{'|'.join(PRODUCT)})(?:\.\w+)+)``", text))


def leads_somewhere(name: str) -> bool:
    """True if ``name`` is a module, or something in one."""
    head, _, last = name.rpartition(".")
    try:
        importlib.import_module(name)
    except ModuleNotFoundError:
        return bool(head) and leads_somewhere(head) and has(head, last)
    return True


def has(head: str, last: str) -> bool:
    try:
        return hasattr(importlib.import_module(head), last)
    except ModuleNotFoundError:  # a class, and what is in it
        module, _, owner = head.rpartition(".")
        found = getattr(importlib.import_module(module), owner)
        return hasattr(found, last) or last in getattr(found, "__annotations__", {})


def test_what_texts_point_at_is_there():
    """Names move; what a docstring says of where something is moves with them."""
    texts = [*SOURCES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "vectors").rglob("*.py"))]
    texts = [path for path in texts if path != Path(__file__)]
    pointed = {
        (name, named(path)) for path in texts for name in dotted(path.read_text("utf-8")) if "mutmut" not in name
    }
    assert len(pointed) > 10
    assert sorted(one for one in pointed if not leads_somewhere(one[0])) == []


def test_what_is_not_there_leads_nowhere():
    assert dotted("see ``keys.wallet`` and ``cos.card.Card``") == {"keys.wallet", "cos.card.Card"}
    assert leads_somewhere("cos.card.Card.exchange")
    assert not leads_somewhere("keys.wallet")
