"""The vector file of a draft (草稿文件): its one vector, and what is said of it, from the steps that were taken."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from dualcos.explain.command_names import FAMILIAR, INS_GET_RESPONSE
from dualcos.lab.recorder.draft_step import DraftStep, NamedCard, NoDraft
from dualcos.lab.recorder.recorded_card import Draw, otherwise
from dualcos.profile.card_provenance import plain_values
from dualcos.profile.published_test_keys import are_published
from dualcos.profile.schema import secret_in

_PURPOSE = "What this card answered when it was recorded; to be held against the clauses before it judges any."
_UNSAFE = "UNSAFE: PINs or keys stand in it in clear."
_MOST_NAMES = 6


class DraftVector(NamedTuple):
    """The vector file's contents, and the steps behind it; ``secret``: it holds PINs or keys in clear, as its record
    does, or what is otherwise than in the profile.
    """

    content: dict[str, Any]
    steps: tuple[DraftStep, ...]
    secret: bool

    @property
    def stand_ins(self) -> int:
        """How many commands have expressions for what the record does not show."""
        return sum(step.stand_in is not None for step in self.steps)


class TakenSteps(NamedTuple):
    """All that a draft is made of: its steps, what the card drew from power on, whether its memory has changed, and
    whether a step has a PIN or key in clear.
    """

    steps: tuple[DraftStep, ...]
    draws: Sequence[Draw]
    changed: bool
    secret: bool


def draft_of(taken: TakenSteps, named: NamedCard, identity: str) -> DraftVector:
    """The draft; without ``identity`` its steps give it one. Raises NoDraft."""
    _demand_shown(taken, named)
    steps = [step.fields for step in taken.steps]
    identity = identity or _identity(steps)
    zh, en = _title(taken.steps)
    vector: dict[str, Any] = {"id": identity, "title": {"zh": zh, "en": en}}
    if taken.draws:
        vector["random"] = _random(taken.draws)
    vector["steps"] = steps
    overrides = otherwise(plain_values(named.profile), plain_values(named.plain))
    secret = taken.secret or secret_in(overrides)
    content = {
        "unit": identity,
        "title": {"zh": f"记录的会话：{zh}", "en": f"Recorded session: {en}"},
        "purpose": f"{_PURPOSE} {_UNSAFE}" if secret else _PURPOSE,
        "clause": _clauses(taken.steps),
        "profile": named.name,
        **({"overrides": overrides} if overrides else {}),
        "destructive": taken.changed,
        "provenance": {"kind": "recorded", "source": "a record of this card", "confidence": "low"},
        "vectors": [vector],
    }
    return DraftVector(content, taken.steps, secret)


def _demand_shown(taken: TakenSteps, named: NamedCard) -> None:
    """Of keys that are somebody's no draft tells what only the card knows."""
    shown = b"\0".join(step.answer for step in taken.steps)
    if any(draw.value not in shown for draw in taken.draws) and not are_published(named.profile):
        raise NoDraft(
            "the card drew random numbers that no answer shows, and its keys are not the published ones: a draft"
            " would give away what they protect"
        )


def _random(draws: Sequence[Draw]) -> dict[str, list[str]]:
    random: dict[str, list[str]] = {}
    for draw in draws:
        random.setdefault(draw.label, []).append(draw.value.hex().upper())
    return random


def _title(steps: Sequence[DraftStep]) -> tuple[str, str]:
    sent = ((step.environment, step.command) for step in steps if step.command is not None)
    names = [FAMILIAR.name(where, command) for where, command in sent if command.ins != INS_GET_RESPONSE]
    told = list(dict.fromkeys((name.zh, name.name) for name in names))
    more = len(told) > _MOST_NAMES
    zh, en = (list(each) for each in zip(*told[:_MOST_NAMES], strict=True)) if told else ([], [])
    return "、".join(zh) + (" 等" if more else ""), ", ".join(en) + (" and others" if more else "")


def _clauses(steps: Sequence[DraftStep]) -> list[str]:
    """Those of the rows of its commands."""
    rows = (FAMILIAR.row(step.environment, step.command) for step in steps if step.command is not None)
    return list(dict.fromkeys(row.ref for row in rows if row is not None and row.ref))


def _identity(steps: list[dict[str, Any]]) -> str:
    return f"RECORDED-{hashlib.sha256(json.dumps(steps, sort_keys=True).encode()).hexdigest()[:8].upper()}"
