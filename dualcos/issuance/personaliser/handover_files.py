"""What leaves the body beside cards: feedback, mailing, packaging, card faces, the batch report (制卡回盘及交接).

The body that personalises last writes them all; the first one its feedback only (总体方案 五（二）1).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import msgspec

from dualcos.explain.control_characters import harmless
from dualcos.issuance.exchange.feedback_file import FeedbackRow
from dualcos.issuance.exchange.input_findings import masked
from dualcos.issuance.exchange.personalisation_file import Batch, CardRecord
from dualcos.issuance.personaliser.batch_runs import BatchReport
from dualcos.issuance.personaliser.report_folder import FACE, MAIL, PACK
from dualcos.issuance.personaliser.workshop import JobOutcome

PACK_COLUMNS = (
    *("box_pos", "in_box", "card_no", "name", "ssn", "unit_no"),
    *("unit_name", "outlet_code", "bank_code", "city_code"),
)
MAIL_COLUMNS = (
    *("card_no", "recipient", "mobile", "post_code", "mail_addr"),
    *("agent_name", "agent_id", "letter", "tracking_no"),
)
STATE_COLUMNS = ("seq", "state", "chip", "stage", "reason")
BOX, BIN = 50, 10  # cards in a box, boxes in a bin
# Places on the back in millimetres, from the upper left corner of the 85.60 x 53.98 card (SSC-1 tables 1, 4).
PLACES: Mapping[str, tuple[float, float]] = {"text": (24.0, 24.0), "photo": (61.60, 3.0), "stamp": (71.60, 44.98)}


class MadeBy(NamedTuple):
    """Who made the batch and when, as the feedback names it; ``time`` ISO 8601."""

    body: str = ""
    operator: str = ""
    time: str = ""


def boxes(report: BatchReport, batch: Batch) -> Mapping[int, str]:
    """batch-bin-box-slot of every made card, sorted by outlet and employer so that a box goes to one address."""
    made = {outcome.seq for outcome in report.outcomes if outcome.verdict == "made"}
    cards = sorted(
        (record for record in batch.records if record.seq in made),
        key=lambda record: (record.paper.outlet_code, record.paper.unit_no, record.seq),
    )
    places: dict[int, str] = {}
    box, slot, address = 0, 0, None
    for record in cards:
        here = record.paper.outlet_code, record.paper.unit_no
        if here != address or slot == BOX:
            box, slot, address = box + 1, 0, here
        slot += 1
        places[record.seq] = f"{report.batch}-{(box - 1) // BIN + 1}-{(box - 1) % BIN + 1}-{slot}"
    return places


def feedback_rows(report: BatchReport, batch: Batch, kcvs: Mapping[str, str], made_by: MadeBy) -> Iterator[FeedbackRow]:
    """A row per card of the batch, and one per spoiled chip."""
    records = {record.seq: record for record in batch.records}
    places = boxes(report, batch)
    shown = " ".join(f"{name}:{kcv}" for name, kcv in sorted(kcvs.items()))
    for outcome in report.outcomes:
        if outcome.seq in records:
            yield _feedback(outcome, records[outcome.seq], places.get(outcome.seq, ""), shown, made_by)
    # A rejected row has no chip: the number it was given may be on another row's card.
    reported = {outcome.serial for outcome in report.outcomes if outcome.verdict != "rejected"}
    for claim in report.spoiled:
        if claim.serial not in reported and claim.seq in records:
            burnt = JobOutcome(claim.seq, claim.serial, "spoiled", "card", claim.reason)
            yield _feedback(burnt, records[claim.seq], "", shown, made_by)


def _feedback(outcome: JobOutcome, record: CardRecord, place: str, kcvs: str, made_by: MadeBy) -> FeedbackRow:
    made, paper, bank = outcome.verdict == "made", record.paper, record.bank
    return FeedbackRow(
        seq=outcome.seq,
        card_no=paper.card_no,
        ssn=paper.ssn,
        name=paper.name,
        issue_date=paper.issue_date if made else "",
        expiry=paper.expiry_date if made else "",
        card_ident=outcome.ident,
        atr=outcome.atr,
        bank_code=paper.bank_code,
        bank_pan=bank.pan if bank and made else "",
        social_account=paper.social_account,
        bank_account=bank.account if bank and made else "",
        box_pos=place,
        fail_stage="" if made else "bank" if outcome.stage == "bank" else "card",
        fail_reason="" if made else outcome.reason,
        sides=record.sides,
        csn="" if outcome.verdict == "rejected" else f"{outcome.serial:08X}",
        pse_keydata=outcome.key_data,
        kcv_set=kcvs if made else "",
        apdu_log_hash=outcome.log_hash,
        operator=made_by.operator,
        time=made_by.time,
        perso_body=made_by.body,
        result="made" if made else "spoiled" if outcome.verdict == "spoiled" else "failed",
    )


def deliveries(report: BatchReport, batch: Batch) -> Mapping[str, bytes]:
    """Packaging, mailing and face data of every made card: files by name."""
    made = {outcome.seq for outcome in report.outcomes if outcome.verdict == "made"}
    records = tuple(record for record in batch.records if record.seq in made)
    places = boxes(report, batch)
    return {
        PACK: _table(PACK_COLUMNS, _pack(records, places)),
        MAIL: _table(MAIL_COLUMNS, _mail(records)),
        FACE: b"".join(msgspec.json.encode(face(record)) + b"\n" for record in records),
    }


def _pack(records: Iterable[CardRecord], places: Mapping[int, str]) -> Iterator[Mapping[str, str]]:
    full: dict[str, int] = {}
    for place in places.values():
        box = place.rpartition("-")[0]
        full[box] = full.get(box, 0) + 1
    for record in sorted(records, key=lambda each: _order(places[each.seq])):
        paper, place = record.paper, places[record.seq]
        yield {
            "box_pos": place,
            "in_box": str(full[place.rpartition("-")[0]]),
            "card_no": paper.card_no,
            "name": paper.name,
            "ssn": masked(paper.ssn),
            "unit_no": paper.unit_no,
            "unit_name": paper.unit_name,
            "outlet_code": paper.outlet_code,
            "bank_code": paper.bank_code,
            "city_code": record.social.city if record.social else "",
        }


def _order(place: str) -> tuple[int, ...]:
    return tuple(int(part) for part in place.rsplit("-", 3)[1:])


def _mail(records: Iterable[CardRecord]) -> Iterator[Mapping[str, str]]:
    for record in records:
        paper = record.paper
        if not paper.mail_addr:
            continue
        yield {
            "card_no": paper.card_no,
            "recipient": paper.recipient or paper.name,
            "mobile": paper.mobile,
            "post_code": paper.post_code,
            "mail_addr": paper.mail_addr,
            "agent_name": "",
            "agent_id": "",
            "letter": "new",
            "tracking_no": "",
        }


def face(record: CardRecord) -> Mapping[str, object]:
    """What is printed on the back: texts, places in millimetres, the photo in Base64 (SSC-1 §6; SSC-10 §5.4.4)."""
    paper, bank = record.paper, record.bank
    lines = [
        ("姓名", paper.name),
        ("社会保障号码", paper.ssn),
        ("社会保障卡卡号", paper.card_no),
        ("发卡日期", paper.issue_date),
        ("有效期限", paper.expiry_date),
        *((("银行卡号", bank.pan),) if bank else ()),
    ]
    return {
        "seq": record.seq,
        "card_no": paper.card_no,
        "size_mm": (85.60, 53.98),
        "places_mm": PLACES,
        "photo_mm": (20, 25),
        "lines": [{"label": label, "text": text} for label, text in lines if text],
        "photo": record.social.photo if record.social else "",
        # Data of the stripe only: there is no stripe on a software card (SSC-1 §6.1).
        "track2": bank.elements.get("57", "").rstrip("F") if bank else "",
    }


def _table(columns: Sequence[str], rows: Iterable[Mapping[str, str]]) -> bytes:
    """A table has its columns whatever is in it: a program that takes it finds them in a batch of no card, too."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns)
    writer.writeheader()
    writer.writerows({column: harmless(cell) for column, cell in row.items()} for row in rows)
    return text.getvalue().encode()


_DONE_SIDE = {"social": "SOCIAL_DONE", "bank": "BANK_DONE"}
# Where an unfinished card stopped: what it has behind it by then.
_BEHIND = {"card": "CLAIMED", "social": "CLAIMED", "bank": "SOCIAL_DONE", "check": "DONE"}


def state(outcome: JobOutcome | None, side: str, *, second: bool = False) -> str:
    """Where a row's card is: NEW, CLAIMED, SOCIAL_DONE, BANK_DONE, DONE, CHECKED, REJECTED or SPOILED.

    A body that makes one side ends with its side done; ``second`` or the centralised mode with a checked card.
    """
    if outcome is None:
        return "NEW"
    if outcome.verdict == "made":
        return "CHECKED" if second else _DONE_SIDE.get(side, "CHECKED")
    if outcome.verdict == "unfinished":
        # Before the second side's first command a one-sided body has nothing of its own done.
        return "CLAIMED" if side in _DONE_SIDE and outcome.stage != "check" else _BEHIND.get(outcome.stage, "CLAIMED")
    return outcome.verdict.upper()


def states(report: BatchReport, batch: Batch, *, second: bool = False) -> bytes:
    """Every row of the batch with its state, its chip, and why if it is not made; no personal data."""
    known = {outcome.seq: outcome for outcome in report.outcomes}
    rows = (_state_row(record.seq, known.get(record.seq), report.side, second=second) for record in batch.records)
    return _table(STATE_COLUMNS, rows)


def _state_row(seq: int, outcome: JobOutcome | None, side: str, *, second: bool) -> Mapping[str, str]:
    return {
        "seq": str(seq),
        "state": state(outcome, side, second=second),
        "chip": f"{outcome.serial:08X}" if outcome and outcome.verdict != "rejected" else "",
        "stage": outcome.stage if outcome else "",
        "reason": outcome.reason if outcome else "",
    }


def summary(report: BatchReport) -> str:
    """The batch report in a few lines, no personal data."""
    counts = ", ".join(f"{count} {verdict}" for verdict, count in sorted(report.counts.items())) or "nothing to make"
    head = f"batch {report.batch}: {counts}; {report.earlier} of them made before this run; "
    left = f"{report.waiting} still to make; " if report.waiting else ""
    lines = [head + f"{left}{len(report.spoiled)} chips spoiled; {report.seconds:.1f} s"]
    lines += [
        f"  card {outcome.seq}{_chip(outcome)} {outcome.verdict} at {outcome.stage}: {outcome.reason}"
        for outcome in report.outcomes
        if outcome.verdict != "made"
    ]
    return "\n".join(lines)


def _chip(outcome: JobOutcome) -> str:
    """A rejected row has no chip."""
    return "" if outcome.verdict == "rejected" else f" (chip {outcome.serial:08X})"
