"""Every record of every file: what the structure says is there, and no more (LD/T 6001.3 §7)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vectors.generate.social.pieces import Json, enter, proof, send, tested, unit
from vectors.generate.social.structure import FILES, FileRow

_EITHER = (("DF02", "EF06"), ("DF03", "EF05"))
_WHERE_60_LIES = " and ssse.unemployment_in == 'DF02'"  # V2.0 §7: one of the two


def items(row: FileRow) -> Iterator[tuple[str, int, str]]:
    """Tag, length and pattern of the value of each record of a linear file."""
    for text in row.records.split():
        found = re.fullmatch(r"(..):(..)(?:\((.*)\))?(?:\*(\d))?", text)
        assert found is not None, text  # noqa: S101 - the tables above are ours
        length = int(found[2], 16)
        inner = "".join(f" {tag}{size} [{int(size, 16)}]" for tag, size in re.findall("(..):(..)", found[3] or ""))
        for _ in range(int(found[4] or 1)):
            yield found[1], length, inner.strip() or f"[{length}]"


def reading(row: FileRow) -> list[Json]:
    """What must be proved to read ``row``."""
    if row.read == "free":
        return []
    return [proof(what) for what in (row.read.split("&") if "&" in row.read else row.read.split("|")[:1])]


def record_steps(row: FileRow) -> list[Json]:
    """Read the whole file, and that there is no more."""
    sfi = row.sfi << 3
    if row.kind == "t":
        size = int(row.records, 16)
        last = size - 1
        select = [{"routine": f"ef({row.fid})"}]
        return [
            *select,
            send(f"00B0{last:04X}01", "9000 .."),
            send(f"00B0{size:04X}01", "6B00"),
        ]
    if row.kind == "c":
        length, number = (int(part, base) for part, base in zip(row.records.split(":"), (16, 10), strict=True))
        steps = [send(f"00B2{n:02X}{sfi | 4:02X}{length:02X}", f"9000 [{length}]") for n in (1, number) if number]
        return [*steps, send(f"00B2FE{sfi | 4:02X}{length:02X}", "6A83")]
    steps, seen = [], set()
    for number, (tag, length, pattern) in enumerate(items(row), 1):
        answer = f"9000 {tag}{length:02X} {pattern}"
        steps.append(send(f"00B2{number:02X}{sfi | 4:02X}{length + 2:02X}", answer))
        if tag not in seen:
            steps.append(send(f"00B2{tag}{sfi:02X}{length + 2:02X}", answer))
        seen.add(tag)
    return [*steps, send(f"00B2{number + 1:02X}{sfi | 4:02X}01", "6A83")]


def records() -> Json:
    """Chapter 7 of LD/T 6001.3: every file holds what the structure says."""
    vectors = [
        {
            "id": f"{row.directory}-RECORD-{row.fid}",
            "title": {"zh": f"{row.zh}的记录", "en": f"contents of {row.directory} {row.fid}"},
            "item": tested(row.directory, "RECORD"),
            "applies": f"version == 2{_WHERE_60_LIES if (row.directory, row.fid) in _EITHER else ''}",
            "setup": [*enter(row.directory), *reading(row)],
            "steps": record_steps(row),
        }
        for row in FILES
    ]
    vectors.append(
        {
            "id": "SSSE-RECORD-EF06-V3",
            "title": {"zh": "3.0 卡持卡人的基本信息文件的记录", "en": "contents of SSSE EF06 on a 3.0 card"},
            "item": "SSSE_RECORD",
            "profile": "social-3.0",
            "applies": "version == 3",
            "setup": [*enter("SSSE"), proof("RKSSSE")],
            "steps": record_steps(FILES[1]),
        }
    )
    purpose = (
        "Every record of every file: tag, length, inner items, order; by number, by identifier, and no more of them."
    )
    title = ("记录规范性", "Files hold what the structure says")
    return unit("SSC-RECORD", title, purpose, ["V2.0 tables 3 to 9", "LD/T 6001.3 §7"], vectors, live=True)
