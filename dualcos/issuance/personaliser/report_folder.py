"""The folder a batch's reports go into: renewed by every run of the batch, and never over a file of anybody else."""

from __future__ import annotations

import hashlib
from pathlib import Path

from dualcos.issuance.personaliser.stock_register import StockRegister
from keys.custody.whole_file import write_whole

FEEDBACK, STATES, REJECTS = "feedback.csv", "states.csv", "rejects.csv"
PACK, MAIL, FACE = "pack.csv", "mail.csv", "face.jsonl"
REPORTS = (FEEDBACK, STATES, PACK, MAIL, FACE, REJECTS)


class ReportTaken(Exception):
    """A file in the folder is not from an earlier run of this batch. Names it."""


class ReportFolder:
    """The reports of one batch. The register knows the digests of all that were written for it.

    Raises ReportTaken, before any work, if one of their names is a file that was not; ``force`` replaces that, too.
    """

    def __init__(self, folder: Path, register: StockRegister, batch: str, *, force: bool = False) -> None:
        self.folder = folder
        self._register = register
        self._batch = batch
        for name in () if force else REPORTS:
            self._demand_own(folder / name)

    def _demand_own(self, path: Path) -> None:
        if not path.exists():
            return
        if not path.is_file() or not self._register.wrote(self._batch, path.name, _digest(path.read_bytes())):
            raise ReportTaken(
                f"{path} exists already and is not what an earlier run of batch {self._batch} wrote; "
                "move it away or choose another folder (--force replaces it)"
            )

    def write(self, name: str, content: bytes) -> None:
        """A report, whole; an older one of this batch is replaced in one step. Mode 0600: they name people."""
        # Noted first: whatever is there when the host fails now is known to be ours.
        self._register.note_report(self._batch, name, _digest(content))
        write_whole(self.folder / name, content, replace=True)


def demand_no_reports(folder: Path) -> None:
    """Raise ReportTaken if there are any: for a folder that no register knows anything of."""
    for name in REPORTS:
        if (folder / name).exists():
            raise ReportTaken(
                f"{folder / name} exists already; move it away or choose another folder (--force replaces it)"
            )


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
