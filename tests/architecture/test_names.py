"""A name says its job: no public class is called like another, no file is called like anything."""

from __future__ import annotations

import ast
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
