"""What the leash must be able to do with messages, whatever their format: each format has one of these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, TypeVar

from dualcos.leash.leash_rules import Fact, Facts
from dualcos.messages.message_names import MessageNames

Q = TypeVar("Q")
A = TypeVar("A")


class MessageForm(Protocol[Q, A]):
    """Requests ``Q`` and answers ``A`` of one format.

    A field that answers of its kind cannot have is left alone, so that one rule fits several services.
    """

    def names(self) -> MessageNames:
        """What rules can name."""
        ...

    def facts(self, request: Q, /) -> Facts:
        """What rules can ask of a request, without secrets."""
        ...

    def refusal(self, request: Q, code: str, /) -> A:
        """The answer that refuses."""
        ...

    def altered(self, answer: A, fields: Mapping[str, Fact], /) -> A:
        """The answer with other values, whether they make sense or not."""
        ...

    def spoiled(self, answer: A, names: tuple[str, ...], /) -> A:
        """The answer with one bit of each of these fields false."""
        ...

    def unasked(self, request: Q, /) -> A:
        """An answer that is right in itself and belongs to no request: not to this one either."""
        ...

    def belongs(self, request: Q, answer: A, /) -> bool:
        """True if whoever asked takes this for the answer."""
        ...

    def silence(self, words: str, /) -> Exception:
        """What a caller in this process gets for an answer that never comes."""
        ...

    def read(self, payload: bytes, /) -> Q | None:
        """The request in a frame, None if it holds none."""
        ...

    def unreadable(self, payload: bytes, /) -> A:
        """What is answered to a frame that holds no request."""
        ...

    def why_unreadable(self, payload: bytes, /) -> str:
        """Why a frame holds no request; no value of a field, which may be a secret."""
        ...

    def written(self, answer: A, /) -> bytes:
        """The answer for a frame."""
        ...
