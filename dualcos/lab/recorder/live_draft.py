"""A draft for cards in readers (可在读卡器中运行的草稿): no random number is the recorded one, so none is scripted.

What the card draws is kept, and what the host computed of it is written as an expression of the profile's test keys:
proofs of keys and commands under a session key or a key itself. Others are left as they came; whether the card takes
them all the same is seen when the draft is played on a card that draws something else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from dualcos.lab.conformance import template_functions
from dualcos.lab.conformance.command_template import TemplateError
from dualcos.lab.conformance.template_functions import BY_SECTION, SOCIAL_KEYS, HostHand
from dualcos.lab.recorder.draft_step import CHALLENGE, DraftStep, NoDraft, is_challenge
from dualcos.lab.recorder.draft_unit import DraftVector
from dualcos.profile.schema import Profile

_EXTERNAL_AUTHENTICATION = 0x82
_SECURED, _HEADER = 0x04, 4
_MACS = (4, 8)
_OTHER_GROUPS = 4  # of a key of the social tables


def live(draft: DraftVector, profile: Profile) -> DraftVector:
    """``draft`` for a card in a reader. Raises NoDraft."""
    computing = _HostComputing(profile)
    known: dict[str, bytes] = {}
    steps: list[dict[str, Any]] = []
    for step in draft.steps:
        fields = dict(step.fields)
        if "cut" in fields:
            raise NoDraft("power was taken in it at a certain byte, which no reader does: leave --live out")
        if "send" in fields and len(step.sent) < _HEADER:
            raise NoDraft("a command in it is shorter than a header, which no reader passes on: leave --live out")
        if is_challenge(step):
            known[CHALLENGE] = step.answer[:-2]
            fields["expect"] = f"9000 {{{CHALLENGE}:{len(known[CHALLENGE])}}}"
        elif step.command is not None and step.stand_in is None:
            fields["send"] = computing.template(step, known) or fields["send"]
        steps.append(fields)
    (vector,) = draft.content["vectors"]
    unscripted = {name: each for name, each in vector.items() if name != "random"} | {"steps": steps}
    return draft._replace(content={**draft.content, "live": True, "vectors": [unscripted]})


class _HostComputing:
    """What a host may have computed with the keys of ``profile``."""

    def __init__(self, profile: Profile) -> None:
        self._hand = HostHand(profile)
        masters = [name for keys in BY_SECTION.values() for name in keys]
        self._names = [name for name in ("TK", "CMK", *masters, *self._social()) if self._has(name)]

    def template(self, step: DraftStep, known: Mapping[str, bytes]) -> str | None:
        """An expression that gives the whole command back; None if none does."""
        sent = step.sent
        for text in self._candidates(sent) if CHALLENGE in known else ():
            try:
                if template_functions.fill(text, known, self._hand) == sent:
                    return text
            except TemplateError:  # a key of another cipher, or of the bank's side
                continue
        return None

    def _candidates(self, sent: bytes) -> Iterator[str]:
        """Templates for a command with data behind one byte of Lc."""
        head, data = sent[:4].hex().upper(), sent[5:]
        if len(sent) < 5 or len(data) != sent[4]:
            return
        proof, group = data[8:16].hex().upper(), data[16:].hex().upper()
        for name in self._names:
            if sent[1] == _EXTERNAL_AUTHENTICATION:
                yield f"{head}{{lc(ext_auth({name}, {proof}))}}"
                yield f"{head}{{lc(cat(ext_auth({name}, {proof}), {group}))}}"
                yield f"{head}{{lc(bank_auth({name}))}}"
                yield f"{head}{{lc(direct({name}, {CHALLENGE}))}}"
            elif sent[0] & _SECURED:
                for tail in _MACS:
                    plain = data[:-tail].hex().upper()
                    given = f"{head}, {plain}" if plain else head
                    yield f"{{secured({name}, {given})}}"
                    yield f"{{static({name}, {given})}}"

    def _social(self) -> Iterator[str]:
        for name in sorted(SOCIAL_KEYS):
            yield name
            yield from (f"{name}:{group}" for group in range(1, _OTHER_GROUPS))

    def _has(self, name: str) -> bool:
        try:
            self._hand.key(name)
        except TemplateError:
            return False
        return True
