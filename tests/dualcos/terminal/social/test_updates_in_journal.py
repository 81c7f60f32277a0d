"""An update that is under way outlives the terminal's power: ``PendingUpdates`` in the journal."""

from __future__ import annotations

import pytest

from dualcos.messages.social_services import ReadCard, UpdateReported
from dualcos.terminal.social.pending_updates import PendingUpdate, UpdateOrder
from dualcos.terminal.social.terminal_journal import TerminalJournal
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.social.updates_in_journal import UpdatesInJournal

CARD = ReadCard(region="990000", historical="00" * 13, algorithm="01", identification="00" * 16, number="T0000001X")
REPORT = UpdateReported(terminal="0" * 12, running=1, card=CARD, permit="p", written=("8F",), status="9000")
ORDER = UpdateOrder(address="DF04EF05", items={0x8F: b"2", 0x80: bytes(range(256))})
ONE = PendingUpdate(card=CARD, order=ORDER, permit="p")
OTHER = PendingUpdate(card=CARD, order=UpdateOrder(address="DF04EF08", content=b"\0\xff"), report=REPORT)


def test_what_is_kept_is_there_when_the_journal_is_opened_again(tmp_path):
    path = tmp_path / "t.db"
    with TerminalJournal(path) as journal:
        assert UpdatesInJournal(journal).pending() is None
        UpdatesInJournal(journal).keep(ONE)
        UpdatesInJournal(journal).keep(OTHER)
    with TerminalJournal(path) as journal:
        assert UpdatesInJournal(journal).pending() == OTHER
        UpdatesInJournal(journal).keep(ONE)
        assert UpdatesInJournal(journal).pending() == ONE
        UpdatesInJournal(journal).drop()
    with TerminalJournal(path) as journal:
        assert UpdatesInJournal(journal).pending() is None


@pytest.mark.parametrize("damaged", ["x", "{}", '{"card": 1}'])
def test_a_damaged_one_stops_the_terminal(damaged):
    with TerminalJournal() as journal:
        journal.keep_setting("pending update", damaged)
        with pytest.raises(TerminalStopped) as stopped:
            UpdatesInJournal(journal).pending()
    assert stopped.value.cause is StopCause.STORAGE
