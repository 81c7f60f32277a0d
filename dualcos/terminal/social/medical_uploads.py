"""上传: what waits in a terminal's storage is sent to its back end, each until it is taken or refused."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from dualcos.messages.social_services import (
    Answer,
    Request,
    ServiceDone,
    ServiceRefused,
    SettlementReported,
    SettlementTaken,
)
from dualcos.terminal.social.hsm_path import NUMBER_USED, BackEndRefused, unfit_answer
from dualcos.terminal.social.medical_means import MedicalMeans
from dualcos.terminal.social.medical_record_states import RecordEvent, UploadState
from dualcos.terminal.social.medical_recovery import ask_again, tidy
from dualcos.terminal.social.terminal_journal import StoredUpload
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped


class RefusedUpload(NamedTuple):
    """A report that the back end did not take; it is kept, and not sent again."""

    upload: StoredUpload
    refusal: ServiceRefused


class UploadResult(NamedTuple):
    """What came of sending what waits. ``waiting``: so many reports still do, the back end is silent."""

    taken: tuple[StoredUpload, ...]
    refused: tuple[RefusedUpload, ...]
    waiting: int


def send_waiting(means: MedicalMeans) -> UploadResult:
    """Reports first, in order; then settlements without an answer are asked about, and what comes of that is reported.
    One silence is passed over, so that one request that is never answered holds up no other; the second ends it.
    """
    tidy(means)
    sending = _Sending(means)
    sending.go_on()
    if not sending.over:
        ask_again(means)
        sending.go_on()
    return UploadResult(tuple(sending.taken), tuple(sending.refused), len(means.journal.waiting()))


class _Sending:
    def __init__(self, means: MedicalMeans) -> None:
        self._means, self._journal = means, means.journal
        self.taken, self.refused = list[StoredUpload](), list[RefusedUpload]()
        self._tried: set[int] = set()
        self._silences = 0

    @property
    def over(self) -> bool:
        """The back end is silent."""
        return self._silences > 1

    def go_on(self) -> None:
        """Each that waits, once."""
        for each in self._journal.waiting():
            if each.number in self._tried or self.over:
                continue
            self._tried.add(each.number)
            try:
                self._send(each)
            except TerminalStopped as stopped:
                if stopped.cause not in (StopCause.NO_BACK_END, StopCause.BACK_END_REFUSED):
                    raise
                self._silences += 1

    def _send(self, waits: StoredUpload) -> None:
        try:
            answer, waits = self._answer(waits)
        except BackEndRefused as said:
            if said.refusal.code == NUMBER_USED:
                raise
            event = RecordEvent.TAC_WRONG if said.refusal.code == _TAC_REFUSED else None
            self._journal.answered(waits, UploadState.REFUSED, said.refusal, event)
            self.refused.append(RefusedUpload(waits, said.refusal))
            return
        if not isinstance(answer, _ANSWERS.get(type(waits.request), ServiceDone)):
            raise unfit_answer()
        self._journal.answered(waits, UploadState.TAKEN, answer, RecordEvent.TAC_RIGHT)
        self.taken.append(waits._replace(state=UploadState.TAKEN, answer=answer))

    def _answer(self, waits: StoredUpload) -> tuple[Answer, StoredUpload]:
        """Of a storage that was copied back, under another number: the back end knows a settlement by its terminal,
        sequence and time, and counts it once.
        """
        try:
            return self._means.ask(waits.request), waits
        except BackEndRefused as said:
            if said.refusal.code != NUMBER_USED:
                raise
        waits = self._journal.renumbered(waits)
        return self._means.ask(waits.request), waits


_TAC_REFUSED = "tac-wrong"
_ANSWERS: Mapping[type[Request], type[Answer]] = MappingProxyType({SettlementReported: SettlementTaken})
"""What a report is answered with, where it is not ServiceDone."""
