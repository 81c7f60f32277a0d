"""A counterexample becomes a vector file that the loader of the conformance runner accepts (vectors/README.md)."""

from __future__ import annotations

import importlib.util
import json

import pytest

from dualcos.lab.properties.list_of_properties import find
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.specimen import PlayedExchange
from dualcos.lab.search.found_as_vector import save, unit

RANDOM = bytes.fromhex("0102030405060708")
RECORD = (
    PlayedExchange("manager", bytes.fromhex("00A40000023F00"), b"\x61\x04", "manager"),
    PlayedExchange("manager", bytes.fromhex("0084000008"), RANDOM + b"\x90\x00", "manager", restarted="warm"),
    PlayedExchange("manager", bytes.fromhex("0020000002"), b"", "manager", ticks=3),
    PlayedExchange("manager", bytes.fromhex("00B2010400"), b"\x01\x02\x90\x00", "manager", restarted="cold"),
)
EXPECTED = ((bytes.fromhex("00B2010400"), b"\x69\x82"),)


@pytest.fixture
def written(tmp_path):
    violation = Violation("F1", "the other side shows", RECORD, EXPECTED)
    return save(tmp_path / "new" / "folder", unit(find("F1"), violation, "social-2.0"))


def test_steps_resets_cuts_and_random_numbers(written):
    content = json.loads(written.read_text(encoding="utf-8"))
    (vector,) = content["vectors"]
    assert vector["random"] == {"manager": [RANDOM.hex().upper()]}
    assert vector["steps"] == [
        {"send": "00A40000023F00", "expect": "6104"},
        {"reset": "warm"},
        {"send": "0084000008", "expect": "9000 0102030405060708"},
        {"send": "0020000002", "cut": {"tick": 3}},
        {"reset": "cold"},
        {"send": "00B2010400", "expect": "6982"},
    ]
    assert content["unit"] == written.stem
    assert content["profile"] == "social-2.0"


def test_same_dialogue_same_name(written, tmp_path):
    violation = Violation("F1", "said in other words", RECORD, EXPECTED)
    assert save(tmp_path / "again", unit(find("F1"), violation, "social-2.0")).name == written.name


@pytest.mark.skipif(
    importlib.util.find_spec("dualcos.lab.conformance") is None, reason="the conformance runner is not there yet"
)
def test_the_loader_takes_it(written):
    vector = pytest.importorskip("dualcos.lab.conformance.vector_file")
    (case,) = vector.load(written)
    assert case.id == written.stem
