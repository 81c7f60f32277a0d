"""Every file read and written after nothing, after what should do, and after what should not (LD/T 6001.3 §8)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from vectors.generate.social.pieces import Json, enter, proof, send, tested, unit
from vectors.generate.social.records import items
from vectors.generate.social.structure import FILES, FileRow


def probe(row: FileRow, *, write: bool) -> str:
    """A command that reads or writes something of ``row``."""
    sfi = row.sfi << 3
    if row.kind == "t":
        return f"00D6{0x80 | row.sfi:02X}000100" if write else f"00B0{0x80 | row.sfi:02X}0001"
    if row.kind == "c":
        length = int(row.records.split(":")[0], 16)
        return f"00DC00{sfi | 3:02X}{length:02X}{'30' * length}" if write else f"00B201{sfi | 4:02X}{length:02X}"
    tag, length, _ = next(items(row))
    if write:
        return f"00DC01{sfi | 4:02X}{length + 2:02X}{tag}{length:02X}{'30' * length}"
    return f"00B201{sfi | 4:02X}{length + 2:02X}"


def first_bytes(row: FileRow) -> str:
    """What the reading probe brings."""
    if row.kind == "t":
        return ".."
    if row.kind == "c":
        return f"[{int(row.records.split(':')[0], 16)}]"
    tag, length, pattern = next(items(row))
    return f"{tag}{length:02X} {pattern}"


def holds(rule: str, proved: tuple[str, ...]) -> bool:
    """Whether ``proved`` satisfies ``rule``."""
    if rule in ("free", "never"):
        return rule == "free"
    if "&" in rule:
        return set(rule.split("&")) <= set(proved)
    return bool(set(rule.split("|")) & set(proved))


def without_pin(rule: str) -> tuple[str, ...]:
    """What must hold besides where the PIN is asked: a card that has none lets everybody through (SSC-7 §5.6)."""
    return ("ssse.pin",) if "PIN" in re.split("[|&]", rule) else ()


def attempts(row: FileRow) -> Iterator[tuple[str, ...]]:
    """What to prove before an attempt: nothing, each single proof that could matter, the pairs, keys of others."""
    own = [each for each in re.split("[|&]", row.read) if each not in ("free", "never")]
    others = [
        each.write for each in FILES if each.directory == row.directory and each.write not in (row.write, "never")
    ]
    singles = [*own, "PIN", *([row.write] if row.write != "never" else []), *others[:1]]
    yield ()
    for single in dict.fromkeys(singles):
        yield (single,)
    if "&" in row.read:
        yield tuple(own)
        yield tuple(reversed(own))


def access(version: str, rows: Iterable[FileRow], profile: str) -> Iterator[Json]:
    """Reading and writing each file with everything that suffices and much that does not."""
    for row in rows:
        for proved in attempts(row):
            for write in (False, True):
                rule = row.write if write else row.read
                good = holds(rule, proved)
                words, verb = "+".join(proved) or "nothing", "write" if write else "read"
                expect: object = "6982"
                if good:
                    # The log is empty until the first medical transaction: then the record, not the right, is missing.
                    expect = "6A83" if row.records == "1C:0" else "9000" if write else f"9000 {first_bytes(row)}"
                yield {
                    "id": f"{row.directory}-SAFETY-{row.fid}-{verb[0].upper()}-{words.replace('+', '.')}{version}",
                    "title": {
                        "zh": f"{row.zh}{'写' if write else '读'}，已鉴别：{'、'.join(proved) or '无'}",
                        "en": f"{verb} {row.directory} {row.fid} after {words}",
                    },
                    "item": tested(row.directory, "SAFETY"),
                    "profile": profile,
                    "applies": " and ".join(("version == 3" if version else "version == 2", *without_pin(rule))),
                    "destructive": True if write and good else None,
                    "setup": [*enter(row.directory), *(proof(what) for what in proved)],
                    "steps": [send(probe(row, write=write), expect)],
                    "after": [] if good and write else [{"state": {"unchanged": ["ssse"]}}],
                }


def safety() -> Json:
    """Chapter 8 of LD/T 6001.3: every file is read and written by those it is for."""
    holder = FILES[1]._replace(read="RKSSSE")
    vectors = [*access("", FILES, "social-2.0"), *access("-V3", (holder,), "social-3.0")]
    purpose = (
        "Reading and writing every file after nothing, after each proof that should do, and after those of others."
    )
    title = ("读写安全性", "Who may read and write")
    return unit("SSC-SAFETY", title, purpose, ["V2.0 tables 3 to 9", "LD/T 6001.3 §8"], vectors, live=True)
