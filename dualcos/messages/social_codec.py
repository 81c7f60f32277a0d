"""Messages of the social services as bytes, and as facts for rules. Total: a message, or UnreadableMessage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import msgspec
from msgspec import structs

from dualcos.messages.blacklist_pieces import fitting
from dualcos.messages.length_frames import LONGEST
from dualcos.messages.message_names import SECRETS, MessageNames, social_names
from dualcos.messages.service_names import PARTS
from dualcos.messages.social_services import (
    Answer,
    BlacklistSent,
    NoAnswer,
    Request,
    ServiceDone,
    ServiceRefused,
)
from dualcos.textforms.json_and_toml import BadText, from_json

_NO_NUMBER = 0
UNREADABLE, TOO_LONG = "unreadable", "answer-too-long"


class UnreadableMessage(ValueError):
    """The bytes are no message of the kind that was asked for; says why, and no value of a field that fits."""


def written(message: Request | Answer) -> bytes:
    """A message as bytes."""
    return msgspec.json.encode(message)


def request_in(payload: bytes) -> Request:
    """Raises UnreadableMessage."""
    return cast("Request", _read(payload, Request))


def answer_in(payload: bytes) -> Answer:
    """Raises UnreadableMessage."""
    return cast("Answer", _read(payload, Answer))


def _read(payload: bytes, kind: Any) -> Any:  # noqa: ANN401 - a union is no type to a checker
    try:
        return from_json(payload, kind)
    except BadText as error:
        raise UnreadableMessage(str(error)) from None


def facts_of(request: Request) -> dict[str, str | int]:
    """What rules can ask of a request: ``service``, its own fields, those of its card and its payment, but no PIN; no
    lists.
    """
    told: dict[str, Any] = msgspec.to_builtins(request)
    for part in PARTS:
        told |= told.pop(part, None) or {}
    return {
        name: int(value) if isinstance(value, bool) else value
        for name, value in told.items()
        if name not in SECRETS and isinstance(value, str | int)
    }


def with_fields(answer: Answer, fields: Mapping[str, str | int]) -> Answer:
    """The answer with other values; fields that it has not are left alone. What comes out may be no right answer."""
    has = answer.__struct_fields__
    return structs.replace(answer, **{name: value for name, value in fields.items() if name in has})


def one_bit_false(answer: Answer, names: tuple[str, ...]) -> Answer:
    """The answer with the last bit of each of these fields changed, as far as it has them and they are not empty."""
    has = answer.__struct_fields__
    return structs.replace(
        answer, **{name: _flipped(value) for name in names if name in has and (value := getattr(answer, name))}
    )


def _flipped(value: Any) -> Any:  # noqa: ANN401 - of any field
    if isinstance(value, int):
        return value ^ 1
    try:
        return f"{value[:-1]}{int(value[-1], 16) ^ 1:X}"
    except (TypeError, ValueError):
        return value


class SocialForm:
    """The messages of the social services for whoever handles them unseen (``MessageForm`` of the leash).

    ``reasons``: a refusal's code to its text in Chinese and in English, for codes that have one.
    """

    def __init__(self, reasons: Mapping[str, tuple[str, str]] | None = None) -> None:
        self._reasons = dict(reasons or {})

    def names(self) -> MessageNames:
        """As ``social_names``."""
        return social_names()

    def facts(self, request: Request, /) -> dict[str, str | int]:
        """As ``facts_of``."""
        return facts_of(request)

    def refusal(self, request: Request, code: str, /) -> Answer:
        """ServiceRefused."""
        zh, en = self._reasons.get(code, ("按规则拒绝", "refused by a rule"))
        return ServiceRefused(running=request.running, code=code, zh=zh, en=en)

    def altered(self, answer: Answer, fields: Mapping[str, str | int], /) -> Answer:
        """As ``with_fields``."""
        return with_fields(answer, fields)

    def spoiled(self, answer: Answer, names: tuple[str, ...], /) -> Answer:
        """As ``one_bit_false``."""
        return one_bit_false(answer, names)

    def unasked(self, request: Request, /) -> Answer:
        """ServiceDone with another running number than the request's."""
        return ServiceDone(running=request.running ^ 1)

    def belongs(self, request: Request, answer: Answer, /) -> bool:
        """True for an answer that can be read back and has the request's running number."""
        try:
            return answer_in(written(answer)).running == request.running
        except UnreadableMessage:
            return False

    def silence(self, words: str, /) -> Exception:
        """NoAnswer."""
        return NoAnswer(words)

    def read(self, payload: bytes, /) -> Request | None:
        """The request, None for anything else."""
        try:
            return request_in(payload)
        except UnreadableMessage:
            return None

    def unreadable(self, payload: bytes, /) -> Answer:
        """A refusal with the reason, and with the running number where one can be seen."""
        reason = self.why_unreadable(payload)
        return ServiceRefused(running=_running_in(payload), code=UNREADABLE, zh="报文无法识别", en=reason)

    def why_unreadable(self, payload: bytes, /) -> str:
        """The reason of UnreadableMessage."""
        try:
            request_in(payload)
        except UnreadableMessage as error:
            return str(error)
        return ""

    def written(self, answer: Answer, /) -> bytes:
        """Of blacklists as much as one frame takes (``blacklist_pieces``)."""
        if isinstance(answer, BlacklistSent) and isinstance(answer.lists, tuple):  # a rule may have put a text there
            answer = fitting(answer, LONGEST)
        made = written(answer)
        if len(made) <= LONGEST:
            return made
        refused = ServiceRefused(
            running=answer.running, code=TOO_LONG, zh="应答过长", en=f"the answer is longer than {LONGEST} bytes"
        )
        return written(refused)


def _running_in(payload: bytes) -> int:
    try:
        found = from_json(payload)
    except BadText:
        return _NO_NUMBER
    running = found.get("running") if isinstance(found, dict) else None
    fits = isinstance(running, int) and not isinstance(running, bool) and running >= 0
    return running if fits and running is not None else _NO_NUMBER
