"""What properties try is what they say that it is, on every card: a form that is called malformed is none by chance."""

from __future__ import annotations

import re
from itertools import product

import pytest

from dualcos.lab.properties import malformed_under_keys, profile_specimens
from dualcos.lab.properties.list_of_properties import PROPERTIES
from dualcos.lab.search.search_for_violation import search

_PINS = ["".join(first) + "5" * (length - 2) for length in range(4, 13) for first in product("0123456789", repeat=2)]
# PBOC-5 B.10.3, D2 read anew: control and length, as many digits, F to the end.
_BLOCK = re.compile(r"0([4-9a-c])(\d+)(f*)")


def _is_block(raw: bytes) -> bool:
    found = _BLOCK.fullmatch(raw.hex())
    return found is not None and len(found[2]) == int(found[1], 16)


@pytest.mark.parametrize("length", range(4, 13))
def test_a_turned_pin_block_is_none_whatever_the_pin(length):
    for pin in (each for each in _PINS if len(each) == length):
        right = bytes.fromhex(f"0{length:x}{pin.ljust(14, 'f')}")
        assert _is_block(right)
        for at, flip in malformed_under_keys._in_block(pin):
            turned = right[:at] + bytes((right[at] ^ flip,)) + right[at + 1 :]
            assert not _is_block(turned), (pin, at, flip)


@pytest.mark.parametrize(
    ("identity", "card"),
    [("F24", "bank-pinless"), ("F17b", "dual-2.0-3des+equal-keys"), ("F17b", "pboc-sm+equal-keys")],
)
def test_a_card_that_no_commit_is_asked_of(identity, card):
    """F24 without a PIN to be wrong; F17b where the PIN begins with other digits."""
    claim = next(each for each in PROPERTIES if each.identity == identity)
    outcome = search(claim, profile_specimens.specimen(card), 1, 0)
    assert outcome.held, outcome.violation
