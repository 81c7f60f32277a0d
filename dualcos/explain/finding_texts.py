"""A finding as a sentence, in English or Chinese. Total: whatever a finding holds has words."""

from __future__ import annotations

from enum import Enum
from string import Formatter
from types import MappingProxyType
from typing import Any

from cos.kernel.directory_headers import MASTER
from cos.making.birth import TRANSPORT
from cos.ssse.tables import file_structure
from cos.ssse.tables.table_model import KeyRow, Version
from dualcos.explain import psam_names
from dualcos.explain.catalogue_entry import Language
from dualcos.explain.diagnosis.finding import Certainty, Diagnosis, KeyName, NamedInput
from dualcos.explain.finding_words import FINDINGS, NEXT_STEPS
from dualcos.explain.finding_words.bank_names import BANK_CHINESE, named_bank_key
from dualcos.explain.finding_words.names_in_chinese import CHINESE as SOCIAL_CHINESE
from dualcos.explain.names_of_places import short_directory
from dualcos.explain.refusal_reasons import said

_CERTAINTY = {
    Certainty.CERTAIN: {Language.ENGLISH: "certain", Language.CHINESE: "确定"},
    Certainty.LIKELY: {Language.ENGLISH: "likely", Language.CHINESE: "可能"},
    Certainty.NOTE: {Language.ENGLISH: "note", Language.CHINESE: "提示"},
}


CHINESE = MappingProxyType({**BANK_CHINESE, **SOCIAL_CHINESE})
_SSSE, _PSAM, _NUMBER = "SSSE", "PSAM", 0x0F


class _Fields(Formatter):
    """The data of a finding, written as those of a reason are; what is not there in the language that is asked for."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:  # noqa: ANN401 - the base's shape
        return kwargs.get(key) if isinstance(key, str) else super().get_value(key, args, kwargs)

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 - the base's shape
        return self._said(value, format_spec)

    def _said(self, value: Any, form: str = "") -> str:  # noqa: ANN401 - whatever a finding holds
        if value is None and self._language is Language.CHINESE:
            return "无"
        if isinstance(value, Enum):
            return self._said(value.value, form)
        if isinstance(value, str):
            return CHINESE.get(value, value) if self._language is Language.CHINESE else value
        if isinstance(value, KeyName):
            return key_text(value, self._language)
        if isinstance(value, NamedInput):
            return f"{self._said(value.name)}: {self._said(value.value)}"
        if isinstance(value, tuple) and value and type(value) is tuple:
            between = "; " if isinstance(value[0], NamedInput) else ", "
            return between.join(self._said(each, form) for each in value)
        return said(value, form)


_HOLDERS = frozenset(("national", "province", "city", "issuer"))
"""Who holds a key of which no card has the value."""


_OWN_KEYS = MappingProxyType({MASTER.kind: "master key 主控密钥", TRANSPORT.kind: "transport key 传输密钥"})


def key_text(key: KeyName, language: Language = Language.ENGLISH) -> str:
    """A key by the name that the tables have for it, where they have one, and by its numbers."""
    chinese = language is Language.CHINESE
    place, _, how = key.place.partition(", ")
    if place in _HOLDERS:
        place = f"{CHINESE[place]}密钥" if chinese else f"master key ({place})"
    text, row, own = str(key._replace(place=place)), _row(key), named_bank_key(key) or _OWN_KEYS.get(key.kind, "")
    if how:
        text += f"，分散时{CHINESE.get(how, f' {how}')}" if chinese else f", derived with {how}"
    if chinese:
        text = text.replace(" version ", " 版本 ")
    name = f"{row.name} {row.purpose_zh}" if row is not None else own
    return f"{name}, {text}" if name else text


def _row(key: KeyName) -> KeyRow | None:
    home, _, within = key.place.partition(",")[0].partition("/")
    if home == _PSAM:
        return psam_names.held(key.kind, key.number, Version.V3)
    if home != _SSSE:
        return None
    for directory in file_structure.structure(Version.V3):
        if short_directory(directory.fid) == (within or home):
            rows = (row for row in directory.keys if row.kind == key.kind)
            return next((row for row in rows if row.kid & _NUMBER == key.number), None)
    return None


def certainty_text(found: Diagnosis, language: Language = Language.ENGLISH) -> str:
    """How sure it is, in a word."""
    return _CERTAINTY[found.certainty][language]


def finding_text(found: Diagnosis, language: Language = Language.ENGLISH) -> str:
    """What it says, without full stop; the kind alone where no table has it."""
    entry = FINDINGS.get(found.kind)
    return _filled(entry.says.written(language), found, language) if entry is not None else found.kind


def step_text(found: Diagnosis, language: Language = Language.ENGLISH) -> str:
    """What to send or do next; empty if it advises nothing."""
    step = NEXT_STEPS.get(found.next_step)
    return _filled(step.written(language), found, language) if step is not None else found.next_step


def finding_line(found: Diagnosis) -> str:
    """How sure, what it says, what to do next and its id, in English, in a line."""
    step = step_text(found)
    return f"{certainty_text(found)}: {finding_text(found)}{f'; {step}' if step else ''} [{found.kind}]"


def _filled(template: str, found: Diagnosis, language: Language) -> str:
    fields = {**found.about, "expected": found.expected, "received": found.received}
    return _Fields(language).vformat(template, (), fields)
