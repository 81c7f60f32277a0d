"""The storage is full from one write of a bill's business on, until somebody makes room; the terminal runs on."""

from __future__ import annotations

import pytest

from dualcos.terminal.full.full_journal import JournalFault
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from tests.dualcos.terminal.full.bill_businesses import (
    BUSINESSES,
    OFFLINE,
    ONLINE,
    SM4,
    TDES,
    bench_before,
    demand_right,
)


@pytest.mark.parametrize(
    ("name", "profile", "mode"), [*((each, TDES, ONLINE) for each in BUSINESSES), ("settlement", SM4, OFFLINE)]
)
def test_full_from_any_write_on_until_there_is_room(name, profile, mode):
    """Whoever stands there hears of it, and no money is paid twice, or for nothing, behind it, without a restart."""
    business = BUSINESSES[name]
    bench = bench_before(business, profile, mode)
    before = bench.space.writes
    business.act(bench)
    writes = bench.space.writes - before
    ends = set()
    for left in range(writes):
        bench = bench_before(business, profile, mode)
        bench.space.left = left
        with pytest.raises((JournalFault, TerminalStopped)) as caught:
            business.act(bench)
        assert isinstance(caught.value, JournalFault) or caught.value.cause is StopCause.STORAGE
        bench.space.left = None
        ends.add(demand_right(bench))
    assert ends <= business.ends
    assert len(ends) > 1
