"""The card that a vector was made for: its profile with the fields that it has otherwise. No card is made here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, structs

from cos.kernel.stack import Stacks
from cos.stacks import STACKS
from dualcos.lab.conformance.nearest_names import near
from dualcos.lab.conformance.vector_file import Case, VectorError, routines_of
from dualcos.lab.conformance.vector_forms import Overrides
from dualcos.profile.card_provenance import plain_values
from dualcos.profile.schema import CardProfile, Profile, ProfileError, file_of, load, names, section_type, status_word
from dualcos.textforms.what_is_wrong import what_is_wrong

OwnCard = tuple[str, bytes]
"""Which card a vector was made for: equal for all vectors of one card."""


def place(case: Case) -> str:
    """What the card of ``case`` is loaded from: a built-in profile's name, or a path."""
    return case.profile if case.profile in names() else str((case.path.parent / case.profile).resolve())


def files_named_by(cases: Iterable[Case]) -> set[Path]:
    """The files of profiles and routines that vectors are played with."""
    cases = tuple(cases)
    routines = {routines_of(path) for path in {case.path for case in cases}}
    profiles = {file_of(where) for where in {place(case) for case in cases}}
    return profiles | {file for file in routines if file is not None}


class OwnCards:
    """The profiles of the cards that vectors were made for; each is read once."""

    def __init__(self, stacks: Stacks = STACKS) -> None:
        self._stacks = stacks
        self._places: dict[tuple[str, str], str] = {}
        self._files: dict[str, Profile] = {}
        self._keys: dict[OwnCard, OwnCard] = {}
        self._profiles: dict[OwnCard, Profile] = {}

    def place(self, case: Case) -> str:
        """As the function of this name, found once for each file."""
        key = str(case.path.parent), case.profile
        if key not in self._places:
            self._places[key] = place(case)
        return self._places[key]

    def key(self, case: Case) -> OwnCard:
        """Which card it is: what is overridden with the value that is there already makes no other.

        Raises ProfileError, VectorError.
        """
        asked = self.place(case), msgspec.json.encode(case.overrides, order="sorted")
        if asked not in self._keys:
            made = changed(self.as_told(case), case.overrides, case, self._stacks)
            key = asked[0], msgspec.json.encode(plain_values(made), order="sorted")
            self._profiles.setdefault(key, made)
            self._keys[asked] = key
        return self._keys[asked]

    def profile(self, case: Case) -> Profile:
        """Its profile. Raises ProfileError, VectorError."""
        return self._profiles[self.key(case)]

    def as_told(self, case: Case) -> Profile:
        """The profile that it names, as in its file. Raises VectorError."""
        where = self.place(case)
        try:
            return self._file(where)
        except ProfileError as error:
            raise VectorError(f"{case.path}: {case.id}: {error}{near(case.profile, names())}") from None

    def as_in_file(self, case: Case) -> bool:
        """True if it is the card of its profile with nothing set otherwise. Raises ProfileError, VectorError."""
        return self.profile(case) == self._file(self.place(case))

    def _file(self, where: str) -> Profile:
        if where not in self._files:
            self._files[where] = load(where, self._stacks)
        return self._files[where]


def changed(profile: Profile, overrides: Overrides, case: Case, stacks: Stacks = STACKS) -> Profile:
    """``profile`` with the fields of ``overrides`` replaced. Raises VectorError with the field's path."""
    where = f"{case.path}: {case.id}.overrides"
    kinds = _types(CardProfile) | {stack.label: section_type(stack) | None for stack in stacks}
    fields: dict[str, Any] = {name: getattr(profile, name) for name in CardProfile.__struct_fields__}
    replaced = _replaced({**fields, **profile.sections}, kinds, overrides, where)
    for name in replaced.keys() - fields.keys():
        profile = profile.having(name, replaced.pop(name))
    return structs.replace(profile, **replaced)


@lru_cache(maxsize=32)
def _types(kind: type[Struct]) -> dict[str, Any]:
    """The types of its fields by name."""
    return {each.name: each.type for each in structs.fields(kind)}


def _replaced(old: Mapping[str, Any], kinds: Mapping[str, Any], overrides: Overrides, where: str) -> dict[str, Any]:
    """The fields that ``overrides`` gives, each as it is then."""
    replaced = {}
    for name, new in overrides.items():
        if name not in kinds:
            raise VectorError(f"{where}.{name}: a profile has no such field; here are {', '.join(kinds)}")
        replaced[name] = _changed(old.get(name), new, kinds[name], f"{where}.{name}")
    return replaced


def _changed(old: Any, new: Any, kind: Any, where: str) -> Any:  # noqa: ANN401 - any piece of a profile
    if isinstance(old, dict) and isinstance(new, dict):  # entries are added and replaced; null takes one away
        new = {key: each for key, each in {**old, **new}.items() if each is not None}
    if isinstance(old, Struct) and isinstance(new, dict):
        types = _types(type(old))
        values = {name: getattr(old, name) for name in types}
        return structs.replace(old, **_replaced(values, types, new, where))
    try:
        return msgspec.convert(new, kind, dec_hook=status_word)
    except msgspec.ValidationError as error:
        raise VectorError(f"{where}: {what_is_wrong(error)}") from None
