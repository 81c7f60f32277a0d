"""The table of checks and their cases (``cases.toml``); the reasons of those that have none (``unguarded.toml``)."""

from __future__ import annotations

import json
import tomllib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).parent
CASES, UNGUARDED = HERE / "cases.toml", HERE / "unguarded.toml"
_HEAD = "# Each check of host code and the test that fails when it alone is left out. Written by `make checks`.\n"


def read(path: Path = CASES) -> dict[str, str]:
    """Name of a check, with its file, to the test that sees it."""
    told = tomllib.loads(path.read_text("utf-8")) if path.exists() else {}
    return {f"{file}::{check}": case for file, rows in told.items() for check, case in rows.items()}


def reasons() -> dict[str, str]:
    """Name of a check to why no test can see it."""
    return read(UNGUARDED)


def write(table: Mapping[str, str]) -> None:
    """The whole table, by file and name."""
    rows: dict[str, list[str]] = defaultdict(list)
    for site, case in sorted(table.items()):
        file, _, check = site.partition("::")
        rows[file].append(f"{json.dumps(check, ensure_ascii=False)} = {json.dumps(case, ensure_ascii=False)}\n")
    text = "".join(f'\n["{file}"]\n{"".join(each)}' for file, each in rows.items())
    CASES.write_text(_HEAD + text, "utf-8")
