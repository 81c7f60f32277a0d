"""What a wheel holds: the packages of the house, nothing else, and every one of them."""

from __future__ import annotations

import tomllib
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = {"apdu", "firewall", "keys", "cos", "terminal", "issuance", "cli"}
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_top_level_of_a_wheel():
    include = SETTINGS["tool"]["setuptools"]["packages"]["find"]["include"]
    assert {pattern.split(".")[0] for pattern in include} == ROOMS


def test_the_licence_is_said_and_travels_along():
    """Apache-2.0, the whole text as its publisher has it."""
    assert (SETTINGS["project"]["license"], SETTINGS["project"]["license-files"]) == ("Apache-2.0", ["LICENSE"])
    whole = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
    assert sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == whole


def test_every_folder_with_code_is_a_package():
    folders = {path.parent for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    assert not [folder for folder in folders if not (folder / "__init__.py").exists()]


def test_data_files_travel_along():
    patterns = SETTINGS["tool"]["setuptools"]["package-data"]
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*")):
        if path.is_file() and path.suffix in (".toml", ".json"):
            package = ".".join(path.parent.relative_to(ROOT).parts)
            assert any(path.match(pattern) for pattern in patterns.get(package, ())), path
