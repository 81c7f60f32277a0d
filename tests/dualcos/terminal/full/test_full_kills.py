"""Eight histories of real processes that are killed; ``make full-kills`` plays two hundred."""

from __future__ import annotations

import pytest

from tests.dualcos.terminal.full.full_kills import histories


@pytest.mark.parametrize("first", [0, 4])
def test_no_kill_loses_doubles_or_invents_money(first):
    seen, wrong = histories(4, first)
    assert not wrong
    killed = sum(number for name, number in seen.items() if name.endswith("killed"))
    assert killed, seen
    assert any(name.startswith("bill settlement paid") for name in seen), seen
