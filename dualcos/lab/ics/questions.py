"""All questions of the implementation conformance statement (问题表), in the order in which they are asked.

What is not asked: what is data rather than an option (names, numbers, limits, interface bytes of the ATR, contents of
files), and the card manager's options, which are the maker's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dualcos.lab.ics.bank_questions import BANK_QUESTIONS
from dualcos.lab.ics.card_questions import CARD_QUESTIONS
from dualcos.lab.ics.psam_questions import PSAM_QUESTIONS
from dualcos.lab.ics.question import Question
from dualcos.lab.ics.social_questions import PKI_QUESTIONS, SOCIAL_QUESTIONS

QUESTIONS: tuple[Question, ...] = (
    *CARD_QUESTIONS,
    *SOCIAL_QUESTIONS,
    *BANK_QUESTIONS,
    *PKI_QUESTIONS,
    *PSAM_QUESTIONS,
)

BY_ID: Mapping[str, Question] = MappingProxyType({each.id: each for each in QUESTIONS})
