"""A finding as a sentence, in English or Chinese. Total: whatever a finding holds has words."""

from __future__ import annotations

from string import Formatter
from typing import Any

from dualcos.explain.catalogue_entry import Language
from dualcos.explain.diagnosis.finding import Certainty, Diagnosis
from dualcos.explain.finding_words import FINDINGS, NEXT_STEPS
from dualcos.explain.refusal_reasons import said

_CERTAINTY = {
    Certainty.CERTAIN: {Language.ENGLISH: "certain", Language.CHINESE: "确定"},
    Certainty.LIKELY: {Language.ENGLISH: "likely", Language.CHINESE: "可能"},
    Certainty.NOTE: {Language.ENGLISH: "note", Language.CHINESE: "提示"},
}


class _Fields(Formatter):
    """The data of a finding, written as those of a reason are."""

    def get_value(self, key: int | str, args: Any, kwargs: Any) -> Any:  # noqa: ANN401 - the base's shape
        return kwargs.get(key) if isinstance(key, str) else super().get_value(key, args, kwargs)

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ANN401 - the base's shape
        return said(value, format_spec)


def certainty_text(found: Diagnosis, language: Language = Language.ENGLISH) -> str:
    """How sure it is, in a word."""
    return _CERTAINTY[found.certainty][language]


def finding_text(found: Diagnosis, language: Language = Language.ENGLISH) -> str:
    """What it says, without full stop; the kind alone where no table has it."""
    entry = FINDINGS.get(found.kind)
    return _filled(entry.says.written(language), found) if entry is not None else found.kind


def step_text(found: Diagnosis, language: Language = Language.ENGLISH) -> str:
    """What to send or do next; empty if it advises nothing."""
    step = NEXT_STEPS.get(found.next_step)
    return _filled(step.written(language), found) if step is not None else found.next_step


def _filled(template: str, found: Diagnosis) -> str:
    fields = {**found.about, "expected": found.expected, "received": found.received}
    return _Fields().vformat(template, (), fields)
