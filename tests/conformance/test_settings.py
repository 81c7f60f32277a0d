"""Where the sources of the social side disagree, both readings are played: no value of a setting goes untested."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest
from msgspec import structs

from cos.kernel.transmission import TransmissionOptions
from cos.psam.options import PsamOptions
from cos.ssse.options import MedicalOptions, SocialOptions
from dualcos.lab.conformance.vector_file import load

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "vectors"


def pairs(value: object) -> Iterator[tuple[str, object]]:
    """Every name and plain value of a nested piece of a profile."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name, inner if not isinstance(inner, dict | list) else None
            yield from pairs(inner)


@pytest.fixture(scope="module")
def played() -> frozenset[tuple[str, object]]:
    pieces: list[object] = [dict(case.overrides) for case in load(VECTORS)]
    pieces += [tomllib.loads(path.read_text("utf-8")) for path in VECTORS.rglob("*.toml")]
    return frozenset(pair for piece in pieces for pair in pairs(piece))


def values(kind: Any) -> tuple[object, ...]:
    if kind is bool:
        return (True, False)
    return get_args(kind) if get_origin(kind) is Literal else ()


@pytest.mark.parametrize("options", [SocialOptions, MedicalOptions, PsamOptions, TransmissionOptions])
def test_every_value_is_played(options, played):
    """The default by every vector that sets nothing, each other one by a vector that does."""
    missing = [
        f"{each.name} = {value}"
        for each in structs.fields(options)
        for value in values(each.type)
        if value != each.default and (each.name, value) not in played
    ]
    assert not missing


# Fields of a profile that say what issued cards have: the rule is what all other vectors play, the rest what was seen.
SEEN: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("mf_fci", ("6F10840E315041592E5359532E4444463031", "6F15840E315041592E5359532E4444463031A503880101")),
    ("ta1", ("94", "11")),
    ("tb1", ("",)),
    ("tc1", ("",)),
    ("ta2", ("10",)),
    ("tc2", ("0A",)),
    ("protocol", ("contactless",)),
    ("identification", ("990000D15600000510000B26FFFFFFFF",)),
    ("institution", ("9156000002990000990100DF",)),
    ("card_check", ("A",)),
    ("charset", ("gb18030",)),
)


@pytest.mark.parametrize(("name", "values"), SEEN)
def test_what_issued_cards_have_is_played(name, values, played):
    assert [value for value in values if (name, value) not in played] == []
