"""The transaction log (交易明细): a cyclic file made at pre-personalisation, written by the card alone (PBOC-5 §18)."""

from __future__ import annotations

from cos.kernel.files import ElementaryFile, FileNotFound, Structure
from cos.pse.data.log import build_record
from cos.pse.environment import PseSession, Run


def log_file(session: PseSession) -> ElementaryFile | None:
    """The file 9F4D names; None without 9F4D or if no such file was made (PBOC-5 §18.2)."""
    entry = session.current.issued.log_entry
    if entry is None:
        return None
    try:
        file = session.files.by_sfi(session.current.fid, entry.sfi)
    except FileNotFound:
        return None
    return file if file.descriptor.structure == Structure.CYCLIC else None


def write_log(session: PseSession, run: Run) -> None:
    """Add this transaction's record as the newest (inside the caller's transaction)."""
    file, form = log_file(session), session.current.issued.elements.get(0x9F4F)
    if file is None or form is None:
        return
    record = build_record(form, run.received, int.from_bytes(run.atc, "big"))
    size = file.descriptor.record_length
    file.append(record[:size].ljust(size, b"\0"))
