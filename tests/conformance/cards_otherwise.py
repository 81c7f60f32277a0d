"""Right cards that differ from the specimens: each field of a profile with every other value that a card may have.
``make cards-otherwise`` plays the vectors on each of them.

From the schema: whatever can be declared there is varied here. A value is another choice, another end of a range, or
an invented one for its pattern.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from msgspec import NODEFAULT, inspect

from cos.stacks import STACKS
from dualcos.dialogue.driver import StepRefused
from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.playing import VectorResult, VectorVerdict, play_all
from dualcos.lab.conformance.vector_file import Case, load
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.hard_cases import HOLDERS
from dualcos.profile.schema import CardProfile, ProfileError, file_of, names, section_type
from dualcos.profile.schema import load as load_profile
from dualcos.textforms.json_and_toml import from_toml

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "vectors"
WORDS = ("title", "title_zh", "ref", "sections")  # for people
# Invented values by what a pattern is for, as the schema describes it.
BY_DESCRIPTION: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "hex, two digits for each byte": ("3003020155",),
        "a key of 16 bytes, 32 hex digits": ("5EED0001C0FFEE025EED0003C0FFEE04",),
        "a region code, six digits": ("998877",),
        "a date, YYYYMMDD": ("20310203",),
        "a PIN, 4 to 12 digits, or nothing": ("8642", "98765432101", "123456789012", "999999", ""),
        "a PIN, 4 to 12 digits, in pairs": ("8642", "987654321012", "999999", "87654321"),
        "2 digits": ("05",),
        "3 digits": ("567",),
        "4 digits": ("9977",),
        "12 digits": ("998877000042",),
        "20 digits": ("99887700000000000042",),
        "2 hex digits": ("03",),
        "4 hex digits": ("1234",),
        "6 hex digits": ("ABCDEF",),
        "8 hex digits": ("DEADBEEF",),
        "12 hex digits": ("999999ABCDEF",),
        "132 hex digits": ("0040" + "5A" * 64,),
        "8 digits and capitals": ("ZZ999942",),
        "24 hex digits": ("99000000000000000000000B",),
        "16 bytes, 32 hex digits": ("990000D156000005DEADBEEF01020304",),
        "a digit or capital": ("X",),
        "one byte, 2 hex digits": ("03",),
        "a byte, two hex digits, or nothing if it is not sent": ("94", "0A", "00", ""),
    }
)
# Texts without a pattern, by their path: what other cards have there.
BY_PATH: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "keys.label": ("another maker",),
        "chip.mf_fci": ("6F0784055A5A5A5A5A",),
        "holder": tuple(each.key for each in HOLDERS),
        "ssse.holder.name": ("测试另一持卡人",),
        "pse.label": ("ANOTHER",),
        "pse.rsa": ("", "lab-rsa"),
    }
)
# Fields that are not varied, with the reason.
NOT_VARIED: Mapping[str, str] = MappingProxyType(
    {
        "pse.aid": "what the bank side is called: its vectors name it, and play on their own card only",
        "pse.fci": "tags of the bank side, whose vectors play on their own card only",
        "pse.records": "layout of the bank side, whose vectors play on their own card only",
        "pse.internal": "as pse.records",
        "pse.issued_records": "as pse.records",
        "pse.afl": "as pse.records",
        "pse.directory": "as pse.records",
        "pse.signed": "as pse.records",
        "pse.sm": "as pse.records",
        "psam.keys": "keys one by one: vectors that deliver keys are for a PSAM that holds those of the tables",
    }
)


class Otherwise(NamedTuple):
    """One field of a profile with another value, as ``--set`` takes it."""

    profile: str
    path: str
    value: str

    @property
    def setting(self) -> str:
        return f"{self.path}={self.value}"

    def __str__(self) -> str:
        return f"{Path(self.profile).stem} {self.setting}"


def profiles() -> tuple[str, ...]:
    """Every card that vectors play on which are for others too: all but those with a bank's side alone."""
    known = (*names(), *(str(path) for path in sorted(VECTORS.rglob("*.toml"))))
    return tuple(name for name in known if {"ssse", "pki", "psam"} & load_profile(name).sections.keys())


def variations(profile: str) -> Iterator[Otherwise]:
    """Each field of what the profile has, with each other value."""
    told = from_toml(file_of(profile).read_text("utf-8"))
    sections = [(stack.label, section_type(stack)) for stack in STACKS if stack.label in told]
    kinds = [(field.encode_name, field.type) for field in _fields(CardProfile) if field.name not in WORDS]
    kinds += [(label, inspect.type_info(kind)) for label, kind in sections]
    for name, kind in kinds:
        for path, value in _varied(kind, name, told.get(name, NODEFAULT)):
            yield Otherwise(profile, path, value)


def _fields(kind: type) -> tuple[inspect.Field, ...]:
    info = inspect.type_info(kind)
    assert isinstance(info, inspect.StructType)
    return info.fields


def _varied(kind: inspect.Type, path: str, told: Any) -> Iterator[tuple[str, str]]:
    if path in NOT_VARIED:
        return
    if isinstance(kind, inspect.UnionType):
        (kind, *_) = (each for each in kind.types if not isinstance(each, inspect.NoneType))
    if isinstance(kind, inspect.StructType):
        for field in kind.fields:
            default = field.default if field.default is not NODEFAULT else None
            inner = told.get(field.encode_name, default) if isinstance(told, dict) else default
            yield from _varied(field.type, f"{path}.{field.encode_name}", inner)
    elif isinstance(kind, inspect.DictType):
        for name, value in (told or {}).items() if isinstance(told, dict) else ():
            yield f"{path}.{name}", _last_bit_turned(value)
    else:
        yield from ((path, value) for value in others(kind, path) if value != _as_set(told))


def others(kind: inspect.Type, path: str) -> Iterator[str]:
    """Values that a field of this type may have."""
    if isinstance(kind, inspect.UnionType):
        (kind, *_) = (each for each in kind.types if not isinstance(each, inspect.NoneType))
    described = ""
    while isinstance(kind, inspect.Metadata):
        described = (kind.extra_json_schema or {}).get("description", described)
        kind = kind.type
    if path in BY_PATH:
        yield from BY_PATH[path]
    elif isinstance(kind, inspect.LiteralType):
        yield from map(str, kind.values)
    elif isinstance(kind, inspect.BoolType):
        yield from ("true", "false")
    elif isinstance(kind, inspect.IntType):
        yield from (str(kind.ge), str(kind.le))
    elif isinstance(kind, inspect.CustomType):  # a status word
        yield "6A80"
    elif isinstance(kind, inspect.VarTupleType) and isinstance(kind.item_type, inspect.LiteralType):
        yield from (json.dumps([value]) for value in kind.item_type.values)
    elif isinstance(kind, inspect.StrType) and described in BY_DESCRIPTION:
        yield from BY_DESCRIPTION[described]
    else:
        raise AssertionError(f"{path}: no other values are known for {described or kind}")


def _as_set(told: object) -> str:
    return json.dumps(told) if isinstance(told, bool | list | tuple) else str(told)


def _last_bit_turned(value: str) -> str:
    whole = bytes.fromhex(value)
    return (whole[:-1] + bytes((whole[-1] ^ 1,))).hex().upper() if whole else "00"


@cache
def common() -> tuple[Case, ...]:
    """The vectors that are for other cards than their own."""
    return tuple(case for case in load(VECTORS) if case.vector.status == "active" and case.common)


class Judged(NamedTuple):
    """What came of the vectors on one card; ``refused``: why there is no such card."""

    results: tuple[VectorResult, ...] = ()
    refused: str = ""

    @property
    def passed(self) -> int:
        return sum(result.verdict is VectorVerdict.PASS for result in self.results)

    @property
    def wrong(self) -> list[VectorResult]:
        return [each for each in self.results if each.verdict in (VectorVerdict.FAIL, VectorVerdict.INCONCLUSIVE)]


def judged(profile: str, settings: tuple[str, ...]) -> Judged:
    """The vectors played on the card of ``profile`` with ``settings``."""
    try:
        personalised_card(load_profile(profile, settings=settings), 0)
    except (ProfileError, StepRefused) as error:
        return Judged(refused=str(error))
    return Judged(tuple(play_all(common(), Bench(profile, settings=settings))))


def main(chosen: list[str]) -> int:
    """A line for each card that is judged wrongly, or that cannot be; 1 if there is one of the first kind."""
    wrong = made = 0
    for each in (each for profile in chosen or profiles() for each in variations(profile)):
        found = judged(each.profile, (each.setting,))
        made += not found.refused
        wrong += bool(found.wrong)
        if found.refused:
            print(f"no card    {each}: {found.refused}")
        for result in found.wrong:
            print(f"{result.verdict.value:11}{each}: {result.case.id} {result.where}: {result.text}", flush=True)
    print(f"{made} cards with one field otherwise, {wrong} of them judged wrongly")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
