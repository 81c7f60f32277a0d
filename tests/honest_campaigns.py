"""Campaign files as an honest runner writes them, small: the records, and how they are put into a file and signed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from dualcos.lab.evidence import verification
from dualcos.lab.evidence.campaign_file import FIRST, CampaignFile, link
from dualcos.lab.evidence.campaign_records import (
    AnyRecord,
    CampaignBegun,
    FileDigest,
    PlayedCommand,
    SampleAsked,
    SessionBegun,
    SessionEnded,
    StepAttested,
    VectorBegun,
    VectorJudged,
    VerdictTotals,
)
from dualcos.lab.evidence.signature import sign_campaign
from dualcos.lab.evidence.vector_digests import file_digests, vector_root
from dualcos.lab.evidence.verification import Verification
from keys.custody.signing_key import SigningKey, public_pem

OWN, READER = "each vector's own", "reader"
IDS = ("TEST-A-1", "TEST-A-2", "TEST-B-1", "TEST-B-2", "TEST-C-1")
LABORATORY = "Test Laboratory 检测实验室"


def at(second: int) -> str:
    return f"2026-11-29T08:{second // 60:02}:{second % 60:02}Z"


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def campaign(ids: Iterable[str] = IDS, *, public: bytes = b"", kind: Any = OWN, **fields: Any) -> CampaignBegun:
    """The first record. The digests are worked out here as the records' declarations say."""
    ids = sorted(ids)
    files = [FileDigest(path="a/one.json", sha256=sha("one")), FileDigest(path="two.json", sha256=sha("two"))]
    told = {
        "at": at(0),
        "format": 1,
        "laboratory": LABORATORY,
        "public_key": public.hex().upper(),
        "tool": "dualcos 0.1.0",
        "code": sha("code"),
        "sample": SampleAsked(kind=kind, name="Test Reader 00 00" if kind == READER else ""),
        "selection": ["id=TEST-*"],
        "files": files,
        "root": sha("".join(f"{each.sha256}  {each.path}\n" for each in files)),
        "ics": {"medical": True},
        "chosen": len(ids),
        "chosen_sha256": sha("".join(f"{each}\n" for each in ids)),
        "destructive": False,
        "shuffled": None,
        "seed": "test",
    }
    return CampaignBegun(**(told | fields))


def session(second: int = 1, *, attended: bool = False, **fields: Any) -> SessionBegun:
    told = {"operator": "Tester", "tool": "dualcos 0.1.0", "platform": "test", "reader": "", "driver": ""}
    return SessionBegun(
        at=at(second), attended=attended, **(told | {"sam_reader": "", "atr": "", "serial": ""} | fields)
    )


def begun(identity: str, second: int = 2) -> VectorBegun:
    return VectorBegun(at=at(second), id=identity)


def attested(identity: str, second: int = 2, until: int = 3000) -> StepAttested:
    told = {"step": "steps[0]", "answer": "yes", "measured": 4.95, "unit": "V", "by": "Tester"}
    return StepAttested(at=at(second), id=identity, until=at(until), **told)


PLAYED = (("cold", "3B6D0000008144434F860099000000A1C2"), ("0084000008", "00112233445566779000"))
FAILED = {
    "verdict": "fail",
    "where": "steps[1]",
    "text": "0020 0000 03…… expected 9000, came 63C2 (wrong PIN: 2 tries left)",
}


def judged(identity: str, second: int = 2, **fields: Any) -> VectorJudged:
    """A pass, or whatever ``fields`` say."""
    played = fields.pop("played", PLAYED)
    told = {
        "id": identity,
        "vector": sha(identity),
        "verdict": "pass",
        "where": "",
        "text": "",
        "requirement": "",
        "kind": "",
        "played": [PlayedCommand(sent, came) for sent, came in played],
        "runs": 1,
        "played_sha256": sha(repr(tuple(played))),
        "seconds": 0.25,
    }
    return VectorJudged(at=at(second), **(told | fields))


def ended(judgements: Iterable[VectorJudged], chosen: int = len(IDS), why: Any = "complete", second: int = 9) -> Any:
    last = {each.id: each.verdict for each in judgements}
    number = [list(last.values()).count(each) for each in ("pass", "fail", "inconclusive", "not-applicable")]
    names = ("passed", "failed", "inconclusive", "not_applicable")
    totals = VerdictTotals(**dict(zip(names, number, strict=True)), waiting=chosen - len(last))
    return SessionEnded(at=at(second), why=why, totals=totals)


def whole(verdicts: Sequence[VectorJudged] = (), **fields: Any) -> list[AnyRecord]:
    """A complete campaign in one session, in process."""
    found = verdicts or [judged(each, 2 + number) for number, each in enumerate(IDS)]
    ids = [each.id for each in found]
    return [campaign(ids, **fields), session(), *found, ended(found, len(ids))]


def in_reader(public: bytes = b"") -> list[AnyRecord]:
    """Three sessions on a card in a reader: the first killed, the second stopped, the third complete."""
    one, two = judged(IDS[0], 3), judged(IDS[1], 7, verdict="inconclusive", kind="interrupted")
    three, four = judged(IDS[2], 9, **FAILED), judged(IDS[3], 12, verdict="not-applicable", kind="edition")
    five = judged(IDS[4], 15)
    return [
        campaign(kind=READER, public=public),
        session(1, attended=True),
        begun(IDS[0], 2),
        one,
        begun(IDS[1], 4),
        session(6),
        two,
        begun(IDS[2], 8),
        three,
        ended([one, two, three], why="reader gone", second=10),
        session(11, attended=True),
        four,
        begun(IDS[4], 13),
        attested(IDS[4], 14),
        five,
        ended([one, two, three, four, five], second=16),
    ]


def written(path: Path, records: Iterable[AnyRecord]) -> Path:
    """As a runner writes it."""
    path.unlink(missing_ok=True)
    with CampaignFile(path) as file:
        for record in records:
            file.append(record)
    return path


def signed(path: Path, records: Iterable[AnyRecord], key: SigningKey) -> tuple[bytes, bytes]:
    """A campaign that was signed at its end: its content, and that of its signature file."""
    beside = sign_campaign(written(path, records), key, at(99))
    return path.read_bytes(), beside.read_bytes()


KNOWN = """[[fault]]
id = "{0}"
where = "steps[1]"
came = "63C2"
reason = "a known failure"
link = "https://example.org/1"
expires = 2099-12-31
"""


def two_campaigns(folder: Path, key: SigningKey, ids: Sequence[str] = IDS[:3], vectors: Sequence[Path] = ()) -> None:
    """In ``folder``: ``a.campaign``, in which all pass, ``b.campaign``, in which the first vector fails, both signed;
    ``lab.pub``, and ``known.toml``, which knows that failure.
    """
    files = file_digests(vectors)
    first = [judged(each) for each in ids]
    for name, verdicts in (("a", first), ("b", [judged(ids[0], **FAILED), *first[1:]])):
        records = whole(verdicts, public=key.public, files=files, root=vector_root(files))
        signed(folder / f"{name}.campaign", records, key)
    (folder / "lab.pub").write_bytes(public_pem(key.public))
    (folder / "known.toml").write_text(KNOWN.format(ids[0]), encoding="utf-8")


NOW = datetime(2026, 11, 29, 8, 30, tzinfo=UTC)


def verified(content: bytes, signature: bytes | None, now: datetime = NOW, **how: Any) -> Verification:
    return verification.verified(content, signature, now, **how)


def what(judgement: Verification) -> list[str]:
    return [each.what for each in judgement.faults]


def chained(records: list[Any]) -> bytes:
    """What whoever changes a campaign without the key can make: records, chained anew."""
    content, before = b"", FIRST
    for record in records:
        body = msgspec.json.encode(record)
        before = link(before, body)
        content += b'{"chain":"' + before.hex().encode() + b'","record":' + body + b"}\n"
    return content


def near(text: str) -> str:
    """Another text, the same but for its last character."""
    return text[:-1] + ("1" if text[-1] == "0" else "0")
