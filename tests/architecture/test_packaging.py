"""What a wheel holds: the packages of the house, nothing else, and every one of them."""

from __future__ import annotations

import tomllib
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROOMS = {"apdu", "firewall", "keys", "cos", "dualcos"}
SETTINGS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


WHEEL = SETTINGS["tool"]["hatch"]["build"]["targets"]["wheel"]


def test_top_level_of_a_wheel():
    assert set(WHEEL["packages"]) == ROOMS


def test_the_licence_is_said_and_travels_along():
    """Apache-2.0, the whole text as its publisher has it."""
    assert (SETTINGS["project"]["license"], SETTINGS["project"]["license-files"]) == ("Apache-2.0", ["LICENSE"])
    whole = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
    assert sha256((ROOT / "LICENSE").read_bytes()).hexdigest() == whole


def test_every_folder_with_code_is_a_package():
    folders = {path.parent for room in ROOMS for path in (ROOT / room).rglob("*.py")}
    assert not [folder for folder in folders if not (folder / "__init__.py").exists()]


def test_every_vector_travels_along():
    """Everything in ``vectors/`` but what generates it, at its place in the package."""
    inside = {path.name for path in (ROOT / "vectors").iterdir()} - {"generate", "__pycache__"}
    assert WHEEL["force-include"] == {f"vectors/{name}": f"dualcos/lab/vectors/{name}" for name in inside}


def test_what_is_no_code_travels_inside_its_package():
    """A page is made of templates, a style and a script; nothing is left out of a package."""
    assert not {"exclude", "only-include", "artifacts"} & WHEEL.keys()
    page = ROOT / "dualcos" / "lab" / "report" / "page"
    assert {path.name for path in page.iterdir()} == {"report.html", "page_parts.html", "report.css", "report.js"}
