"""Blacklists in answers of bounded length: whole ones as many as go in, of a longer one its beginning, then the rest.

The back end keeps nothing between two questions: who asks says which list it holds and how much of the next one it has.
What was put together is no list before its signature has been verified.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from msgspec import structs

from dualcos.messages.blacklist import BlacklistError
from dualcos.messages.length_frames import LONGEST
from dualcos.messages.social_services import Answer, BlacklistAsked, BlacklistSent, SocialBackEnd

LONGEST_LIST = 1 << 28
"""Characters; a list of a million entries has 140 million."""
_SHORTEST = 1024
"""So many characters bring a list on, except for its end."""
_AROUND = 160
"""Bytes of an answer without its lists, at most; a comma and two quotes around each of them."""
_BESIDE = 3


def sent_from(asked: BlacklistAsked, lists: Sequence[str]) -> BlacklistSent:
    """What is answered where ``lists`` are those behind the one that is held: all of them, and of a first one that no
    answer takes, or that is there in part, as much as an answer may take.
    """
    if not lists or (not asked.offset and len(lists[0]) <= LONGEST):
        return BlacklistSent(running=asked.running, lists=tuple(lists))
    piece = lists[0][asked.offset : asked.offset + LONGEST]
    rest = max(0, len(lists[0]) - asked.offset - len(piece))
    return BlacklistSent(running=asked.running, lists=(piece,), left=len(lists) - 1, rest=rest)


def fitting(sent: BlacklistSent, most: int) -> BlacklistSent:
    """As many of the lists as an answer of ``most`` bytes takes; of a first one that is longer its beginning."""
    room, count = most - _AROUND, 0
    for each in sent.lists:
        room -= _written(each, room) + _BESIDE
        if room < 0:
            break
        count += 1
    left = sent.left + len(sent.lists) - count
    if count or not sent.lists:
        return structs.replace(sent, lists=sent.lists[:count], left=left, rest=0 if left > sent.left else sent.rest)
    piece, room = sent.lists[0], most - _AROUND
    while (length := _written(piece, room)) > room:
        piece = piece[: min(len(piece) * room // length, room)]
    rest = len(sent.lists[0]) - len(piece) + (sent.rest if len(sent.lists) == 1 else 0)
    return structs.replace(sent, lists=(piece,), left=left - 1, rest=rest)


def asked_whole(
    back_end: SocialBackEnd, asked: BlacklistAsked, running: Callable[[], int], most: int = LONGEST_LIST
) -> Answer:
    """The answer to ``asked``, with whole lists: of one that comes in pieces the rest is asked for, with the next
    running numbers. Raises NoAnswer; BlacklistError: its pieces are of two lists, are none, or come to more than
    ``most`` characters.
    """
    answer = back_end.ask(asked)
    if not isinstance(answer, BlacklistSent) or not answer.rest:
        return answer
    pieces = [_only_one(answer)]
    length = len(pieces[0])
    whole = length + answer.rest
    if whole > most:
        raise BlacklistError(f"a list of {whole} characters is offered, and none is longer than {most}")
    while length < whole:
        answer = back_end.ask(structs.replace(asked, running=running(), offset=length))
        if not isinstance(answer, BlacklistSent):
            return answer
        pieces.append(_only_one(answer))
        length += len(pieces[-1])
        if length + answer.rest != whole:
            raise BlacklistError("another list was published while one came in pieces: ask again")
    return structs.replace(answer, lists=("".join(pieces),))


def _only_one(sent: BlacklistSent) -> str:
    """The piece in an answer. Raises BlacklistError."""
    if len(sent.lists) != 1 or len(sent.lists[0]) < (_SHORTEST if sent.rest else 1):
        raise BlacklistError(f"a piece of a list is alone in its answer, and has {_SHORTEST} characters or more")
    return sent.lists[0]


def _written(text: str, most: int) -> int:
    """The bytes that a text takes in a message, without its quotes; of one that is longer than ``most`` at least."""
    return len(msgspec.json.encode(text)) - 2 if len(text) <= most else len(text)
