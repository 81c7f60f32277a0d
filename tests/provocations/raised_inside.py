"""Phrases that no card says: what is raised inside is answered as something else, or cannot come to pass today."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cos.kernel.refusal import COMMON_ERRORS
from cos.kernel.security_state import KEYS
from firewall.hardware.cells import Cells
from firewall.hardware.chip import Chip
from firewall.hardware.power import PowerRail
from firewall.hardware.randomness import SeededRng
from firewall.mint import EnvironmentDirectory, EnvironmentKind, Mint
from firewall.partition import Partition
from firewall.trace import Reasoned, Refused, TraceBuffer
from keys.algorithms import TDES
from keys.card_key_store import KeyHeader, KeyRef, KeyStore
from tests.provocations import Provocation, Refusals

PART = b"\x01" * 64


def raised(what: Callable[[], object]) -> Refusals:
    """The error as the engine would answer it."""
    with pytest.raises(Reasoned) as caught:
        what()
    word = next(entry for entry in COMMON_ERRORS if isinstance(caught.value, entry.error))
    return [Refused("", word.sw, word.reason(caught.value))]


def store() -> KeyStore:
    return KeyStore(Partition(Cells(PowerRail(), 4096)), KEYS)


def no_tries(_) -> Refusals:
    keys = store()
    keys.put(KeyHeader(0x0D, 5, 0, 0xEF, 0x30, TDES.social, 0, 16), bytes(range(16)))
    return raised(lambda: keys.spend_try(KeyRef(0x0D, 5, 0)))


def no_rsa_key(_) -> Refusals:
    return raised(lambda: store().private_key(1))


def no_rsa_pair(_) -> Refusals:
    keys = store()
    for part in range(1, 6):
        keys.put_private_part(1, part, PART)
    return raised(lambda: keys.private_key(1))


def no_sm2_pair(_) -> Refusals:
    keys = store()
    keys.put_sm2_part(1, 1, PART[:32])
    keys.put_sm2_part(1, 2, PART)
    return raised(lambda: keys.sm2_key(1))


def names_that_begin(_) -> Refusals:
    chip = Chip(SeededRng(b"mint"))
    kinds = {label: EnvironmentKind(100, lambda nvm, material: nvm.put(b"1", material), None) for label in ("a", "b")}
    mint = Mint(chip, EnvironmentDirectory(Partition(chip.region("directory", 300))), kinds, TraceBuffer().writer)
    mint.create("a", b"\xdf\x01", b"sx1.sh", b"material")
    return raised(lambda: mint.check("b", b"\xdf\x02", b"sx1.sh.ssse"))


_MADE_WHOLE = "the last STORE DATA takes the parts together or refuses; afterwards parts that do not fit are damage"
PROVOCATIONS = (
    Provocation("no-tries-left", 0x6983, no_tries, "every command looks at the counter before it spends a try"),
    Provocation("no-such-rsa-key", 0x6A88, no_rsa_key, _MADE_WHOLE),
    Provocation("parts-of-no-rsa-key", 0x6A88, no_rsa_pair, _MADE_WHOLE),
    Provocation("parts-of-no-sm2-key", 0x6A88, no_sm2_pair, _MADE_WHOLE),
    Provocation("one-name-begins-the-other", 0x6A80, names_that_begin, "no name that this COS gives begins another"),
)
