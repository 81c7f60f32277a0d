"""持卡人联网更新: whether a terminal may update a file, what is to be written, what came of it (SSC-7 §8)."""

from __future__ import annotations

from msgspec import Struct, structs

from dualcos.issuance.bureau.terminal_services.desk_means import DeskMeans
from dualcos.issuance.bureau.terminal_services.desk_refusals import DeskRefusal
from dualcos.messages.social_services import ServiceDone, UpdateAsked, UpdateGranted, UpdateReported

_PERMIT = 8
_OK = "9000"


class PermitPaper(Struct, frozen=True, kw_only=True):
    """A permit, good for one report. ``written``, ``status``: of the report."""

    permit: str
    terminal: str
    card: str
    file: str
    items: dict[str, str]
    used: bool = False
    written: tuple[str, ...] = ()
    status: str = ""


def granted(means: DeskMeans, asked: UpdateAsked) -> UpdateGranted:
    """All that is to be written, and the permit for it."""
    entry = means.in_use(asked.card)
    if not means.terms.may_update(asked.terminal, asked.file):
        raise DeskRefusal("terminal-may-not")
    items = entry.updates.get(asked.file, {})
    if not items or _is_done(means, entry.identification, asked.file, items):
        raise DeskRefusal("nothing-to-write")
    permit = means.random(_PERMIT).hex().upper()
    paper = PermitPaper(permit=permit, terminal=asked.terminal, card=entry.identification, file=asked.file, items=items)
    means.books.file_paper(permit, paper.card, paper)
    return UpdateGranted(running=asked.running, permit=permit, items=items)


def reported(means: DeskMeans, told: UpdateReported) -> ServiceDone:
    """What was written; what was not goes on waiting."""
    paper = means.books.paper(PermitPaper, told.permit)
    if paper is None:
        raise DeskRefusal("permit-unknown")
    if (paper.card, paper.terminal) != (told.card.identification, told.terminal):
        raise DeskRefusal("permit-of-another")
    if paper.used:
        raise DeskRefusal("permit-used")
    used = structs.replace(paper, used=True, written=told.written, status=told.status)
    means.books.file_paper(paper.permit, paper.card, used)
    return ServiceDone(running=told.running)


def _is_done(means: DeskMeans, card: str, file: str, items: dict[str, str]) -> bool:
    """True if these values were written into that file before."""
    papers = means.books.papers(PermitPaper, card)
    done = (paper for paper in papers if paper.file == file and paper.status == _OK and paper.items == items)
    return any(set(items) <= set(paper.written) for paper in done)
