"""What stands of a reason or a finding in the catalogue (``dualcos why``): one shape of declaration for both.

A declaration is data: the sentence a trace says, why it usually comes, what to change, in English and Chinese, and the
clauses. Templates are ``str.format`` templates over the data of a reason (``Reason.about``) or of a finding (its
``about``, ``expected`` and ``received``); both languages use the same fields. ``explain.refusal_sentences`` declares
reasons so.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class Language(Enum):
    """The languages that traces and the catalogue are written in."""

    ENGLISH = "en"
    CHINESE = "zh"


class Wording(NamedTuple):
    """One text, or one template, in both languages."""

    en: str
    zh: str

    def written(self, language: Language) -> str:
        """The text in ``language``."""
        return self.zh if language is Language.CHINESE else self.en


UNSAID = Wording("", "")
_UNSPELLED = str.maketrans("", "", "',")


class CatalogueEntry(NamedTuple):
    """One reason or finding.

    ``name``: the phrase of a reason where it is raised ("no random number"), or the kind of a finding
    ("random.older"). ``says``: the template of the sentence. ``cause``: what usually has happened; ``change``: what to
    do; both without fields. ``clauses``: where the rule stands; "" among them, or none at all: the clause of the
    command's row. ``means``: only what the sentence does not say by itself.
    """

    name: str
    says: Wording
    cause: Wording
    change: Wording
    clauses: tuple[str, ...] = ()
    means: Wording = UNSAID

    @property
    def id(self) -> str:
        """What it is called in ``dualcos why``: the name in lower case, with hyphens."""
        return entry_id(self.name)


def entry_id(name: str) -> str:
    """The id of a reason by its phrase, or of a finding by its kind; an id is its own.

    >>> entry_id("no random number"), entry_id("P1 P2 not taken"), entry_id("random.older")
    ('no-random-number', 'p1-p2-not-taken', 'random.older')
    >>> entry_id("no amounts, environment blocked"), entry_id("the environment's own key does that")
    ('no-amounts-environment-blocked', 'the-environments-own-key-does-that')
    """
    return "-".join(name.lower().translate(_UNSPELLED).split())
