"""The random number of a session: only the last counts, and it serves once (SSC-5 §6.5, F15)."""

from __future__ import annotations

from cos.kernel.security_state import Challenge
from firewall.hardware.randomness import SeededRng


def test_there_is_none_at_first():
    assert Challenge(SeededRng(b"1")).take() is None


def test_only_the_last_counts_and_it_serves_once():
    rng = SeededRng(b"1")
    challenge = Challenge(rng)
    first, second = challenge.draw(8), challenge.draw(4)
    assert (len(first), len(second), rng.position) == (8, 4, 2)
    assert challenge.take() == second
    assert challenge.take() is None


def test_it_is_forgotten_with_the_directory():
    challenge = Challenge(SeededRng(b"1"))
    challenge.draw(8)
    challenge.drop()
    assert challenge.take() is None
