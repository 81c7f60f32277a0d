"""What the properties have found, each as the shortest list of APDUs; a mended one stays as a regression."""

from __future__ import annotations

import pytest

from cos.card import Card

ZEROS = bytes(16)


def power_on(profile: str) -> Card:
    card = Card.from_profile(profile)
    card.power_on()
    return card


@pytest.mark.xfail(strict=True, reason="the manager does not catch BadBlocks of the session key")
@pytest.mark.parametrize("profile", ["social-2.0", "social-3.0", "dual-2.0-3des"])
def test_sixteen_random_bytes_at_the_master_file(profile):
    """F17: EXTERNAL AUTHENTICATION by a 3DES key on a random number of 16 bytes is a refusal (6984, SSC-4 §8.4.1)."""
    card = power_on(profile)
    assert card.exchange(bytes.fromhex("0084000010"))[-2:] == b"\x90\x00"
    assert card.exchange(bytes.fromhex("0082000010") + ZEROS) == b"\x69\x84"
