"""The update that is under way, kept in the terminal's journal: its card may come back behind a power cut."""

from __future__ import annotations

import msgspec

from dualcos.terminal.social.pending_updates import PendingUpdate
from dualcos.terminal.social.terminal_journal import TerminalJournal
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped

_NAME, _NONE = "pending update", ""


class UpdatesInJournal:
    """``PendingUpdates`` on the journal's disk."""

    def __init__(self, journal: TerminalJournal) -> None:
        self._journal = journal

    def pending(self) -> PendingUpdate | None:
        """See the protocol."""
        kept = self._journal.setting(_NAME)
        if not kept:
            return None
        try:
            return msgspec.json.decode(kept, type=PendingUpdate)
        except msgspec.DecodeError:
            said = "未完成的更新损坏，请从备份恢复", "the update that is pending is damaged; restore a copy"
            raise TerminalStopped(StopCause.STORAGE, detail=said) from None

    def keep(self, update: PendingUpdate) -> None:
        """See the protocol."""
        self._journal.keep_setting(_NAME, str(msgspec.json.encode(update), "utf-8"))

    def drop(self) -> None:
        """See the protocol."""
        self._journal.keep_setting(_NAME, _NONE)
