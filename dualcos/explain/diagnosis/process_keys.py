"""Process keys (过程密钥) of the social side as hosts make them, rightly and wrongly (SSC-4 §8.4)."""

from __future__ import annotations

from enum import Enum

from dualcos.explain.diagnosis.computation import Mistake
from dualcos.explain.diagnosis.laboratory_view import SeenKey
from dualcos.explain.diagnosis.wrong_inputs import instead
from keys.algorithms import TDES, invert
from keys.key_handle import KeyHandle
from keys.social_cryptography import session_key


class ProcessKey(Enum):
    """Which key computes."""

    DERIVED = "process key of the random number"
    KEY_ITSELF = "the key itself"
    TWICE = "a key of 16 bytes from the random number and its inverse"
    MAKERS_FORM = "the key itself, the random number as start value"
    USER_FORM = "process key of the random number, start value zero"


KEY_ITSELF = instead("session.key-itself", ProcessKey.KEY_ITSELF)
OTHER_DERIVATION = instead("session.other-derivation", ProcessKey.TWICE)
PROCESS_KEY: tuple[Mistake, ...] = (KEY_ITSELF, OTHER_DERIVATION)


def process_handle(key: SeenKey, random: bytes, how: ProcessKey) -> KeyHandle:
    """What somebody computes with who has ``key`` and ``random``. Raises BadBlocks, BadKey."""
    if how in (ProcessKey.KEY_ITSELF, ProcessKey.MAKERS_FORM):
        return key.handle
    if how in (ProcessKey.DERIVED, ProcessKey.USER_FORM):
        return session_key(key.handle, random)
    filled = random.ljust(8, b"\0")
    return key.handle.derive(filled + invert(filled), TDES if key.handle.block == 8 else None)
