"""The social side's vectors that are one rule over many rows: files, access, key versions, blocks.

The tables here are those of the specification, written by hand from it and not from the card's own tables, so that a
slip in either shows. Only ``gates`` reads the card's command rows: which commands there are; what they must say then
is the clause's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from cos.kernel.rows import Row
from cos.manager.table import ROWS as MANAGER_ROWS
from cos.ssse.commands.table import ROWS as SSSE_ROWS
from terminal.conformance.layout import layout

FOLDER = Path(__file__).parents[1] / "generated"
Json = dict[str, Any]
PIN = "123456"


class FileRow(NamedTuple):
    """One file of the 2.0 structure: ``read`` and ``write`` rules, ``records`` as ``tag:length`` in hex.

    ``kind``: v linear variable, f linear fixed, c cyclic (``records``: length and least number), t transparent
    (``records``: size). Inner items of a B-TLV record stand in brackets; ``*n``: n such records.
    """

    directory: str
    fid: str
    kind: str
    read: str
    write: str
    records: str
    zh: str

    @property
    def sfi(self) -> int:
        """The low byte of the identifier."""
        return int(self.fid, 16) & 0xFF


# V2.0 tables 3 to 9 and appendix B. Free: nothing is needed; A|B either, A&B both; never: only the card itself.
FILES = tuple(
    FileRow(*row)
    for row in (
        ("SSSE", "EF05", "v", "free", "UKSSSE", "01:10 02:01 03:04 04:0C 05:04 06:04 07:09", "发卡机构数据文件"),
        ("SSSE", "EF06", "v", "free", "UKSSSE", "08:12 09:1E 4E:14 0A:01 0B:01 0C:03 0D:04", "持卡人的基本信息文件"),
        ("SSSE", "EF07", "t", "RKSSSE", "UKSSSE", "300", "指纹数据文件"),
        ("SSSE", "EF08", "t", "RKSSSE", "UKSSSE", "1000", "照片信息文件"),
        ("DF01", "EF05", "v", "PIN|RK1DF01", "UK1DF01", "20:02 21:50 0E:03", "户籍信息文件"),
        ("DF01", "EF06", "v", "PIN|RK1DF01", "UK4DF01", "23:50 24:03 28:0F 2C:32 2D:0F", "常住地信息文件"),
        ("DF01", "EF07", "v", "PIN|RK1DF01", "UK2DF01", "29:01", "个人状况信息文件"),
        ("DF01", "EF08", "v", "PIN|RK1DF01", "UK3DF01", "2B:01", "婚姻状况信息文件"),
        ("DF01", "EF09", "v", "PIN|RK1DF01", "UK2DF01", "2E:46 30:09 32:02", "人员身份及就业单位信息文件"),
        ("DF01", "EF0A", "v", "PIN|RK1DF01", "UK5DF01", "37:03 38:02 39:04", "国籍及政治面貌信息文件"),
        ("DF01", "EF15", "v", "PIN|RK1DF01", "UK6DF01", "2A:01 40:34(57:03,58:03,59:28)*3", "学历信息文件"),
        ("DF01", "EF16", "t", "free", "UK7DF01", "128", "预留信息文件1"),
        ("DF01", "EF17", "t", "free", "UK8DF01", "128", "预留信息文件2"),
        ("DF01", "EF18", "t", "free", "UK9DF01", "128", "预留信息文件3"),
        ("DF01", "EF19", "t", "free", "UKADF01", "128", "预留信息文件4"),
        ("DF01", "EF1A", "t", "free", "UKBDF01", "128", "预留信息文件5"),
        (
            "DF02",
            "EF05",
            "v",
            "PIN|RK1DF02",
            "UK1DF02",
            "42:03 41:03 43:6C(5A:07,5B:01,5C:46,5D:04,5E:10)*2 44:65(33:03,34:46,35:04,36:10)*2",
            "职业和专业技能信息文件",
        ),
        (
            "DF02",
            "EF06",
            "v",
            "PIN|RK1DF02",
            "UK2DF02",
            "4C:04 4B:05 4D:03 60:04 4F:06 50:03 3A:07",
            "就业状况信息文件",
        ),
        ("DF02", "EF07", "c", "PIN|RK1DF02", "UK3DF02", "55:4", "就业记录信息文件"),
        ("DF02", "EF09", "v", "PIN|RK1DF02", "UK4DF02", "55:10 56:46 96:04 97:03", "就业失业登记证信息文件"),
        (
            "DF02",
            "EF15",
            "v",
            "PIN|RK1DF02",
            "UK5DF02",
            "99:10(10:03,11:04,12:03)*4 0F:04 1F:03",
            "就业援助对象认定信息文件",
        ),
        ("DF02", "EF16", "c", "PIN|RK1DF02", "UK6DF02", "12:4", "就业扶持政策享受信息文件"),
        (
            "DF03",
            "EF05",
            "v",
            "PIN|RK2DF03",
            "UK1DF03",
            "61:03 98:04 62:04 63:03 64:03 65:03 66:03",
            "失业保险信息文件",
        ),
        (
            "DF03",
            "EF06",
            "v",
            "PIN|RK1DF03",
            "UK2DF03",
            "45:14 46:02 47:02 48:01 49:01 67:04 6B:3C 4A:61(13:02,14:01,15:14,16:04,17:3C)*3",
            "劳动能力鉴定信息文件",
        ),
        ("DF03", "EF07", "v", "PIN|RK1DF03", "UK3DF03", "70:03 71:03 6E:04 6C:04 6F:04 73:04", "养老保险信息文件"),
        ("DF03", "EF15", "v", "PIN|RK1DF03", "UK4DF03", "7A:03 7B:04 7C:04", "工伤保险信息文件"),
        ("DF03", "EF16", "v", "PIN|RK1DF03", "UK5DF03", "51:03 5F:01", "生育保险信息文件"),
        ("DF03", "EF17", "v", "PIN|RK1DF03", "UK6DF03", "3B:14 3C:46 3D:01 3E:04 3F:3C", "工伤认定信息文件"),
        ("DF03", "EF18", "v", "PIN|RK1DF03", "UK7DF03", "74:03 75:03 76:01 77:04 78:04", "供养亲属信息文件"),
        (
            "DF03",
            "EF19",
            "f",
            "PIN|RK1DF03",
            "UK8DF03",
            "79:27(18:03,19:03,1A:04,1B:04,1C:04,1D:03,1E:04)*4",
            "参保凭证信息文件",
        ),
        (
            "DF04",
            "EF05",
            "v",
            "PIN|RK1DF04",
            "UK1DF04",
            "81:08 84:03 87:11 8C:01 80:04 8B:1D 8A:0F 83:09 86:09 89:09 7D:09 7E:09 7F:09 8D:09 8E:09 8F:01",
            "医疗保险基本信息文件",
        ),
        ("DF04", "EF06", "v", "PIN&RK1DF04", "UK2DF04", "90:01 92:04 93:02", "医疗保险临时脱网结算信息文件"),
        ("DF04", "EF08", "c", "PIN", "never", "1C:0", "医疗交易明细文件"),
        ("DF04", "EF15", "c", "PIN|RK1DF04", "UK2DF04", "03:8", "特殊医疗结算记录文件"),
        (
            "DF05",
            "EF05",
            "v",
            "free",
            "UK1DF05",
            (
                "A0:01 A1:01 B9:01 A2:04 A9:01 A3:18(A5:10,A6:04)*5 A4:17(A7:10,A8:03)*5 BA:14 BB:64 AA:14 AB:04"
                " AC:01 AD:01 AE:01 AF:01 B0:01 B1:01 B2:01 B3:01 B4:01 B5:01 B6:01 B7:01 BC:01 B8:28"
            ),
            "生命与健康信息文件",
        ),
        (
            "DF06",
            "EF05",
            "v",
            "RK1DF06",
            "UK1DF06",
            (
                "C0:46 C2:09 C3:1A(E3:01,E4:04,E5:04,E6:04,E7:03) C4:1A(E3:01,E4:04,E5:04,E6:04,E7:03)"
                " C5:1A(E3:01,E4:04,E5:04,E6:04,E7:03)"
            ),
            "社会救助信息文件",
        ),
        (
            "DF06",
            "EF06",
            "v",
            "RK1DF06",
            "UK2DF06",
            (
                "C6:46 C8:09 C9:01 CA:04 CB:04 CC:04 CD:02 CE:01 CF:04 D0:04 D1:04 D2:03 D3:01 D4:04 D5:04 D6:04 D7:03"
                " D8:01 D9:04 DA:04 DB:04 DC:04 DD:04 DE:04 DF:03 E0:03 E1:02 E2:02"
            ),
            "优待抚恤信息文件",
        ),
        ("DF07", "EF05", "v", "RK1DF07", "UK1DF07", "F0:02 F1:01 F2:04 F3:03 F4:04", "荣誉信息文件"),
        ("DF07", "EF06", "v", "RK2DF07", "UK2DF07", "F5:03 F6:04 F7:46", "专家信息文件"),
        ("DF07", "EF07", "v", "RK3DF07", "UK3DF07", "F8:04 F9:01", "军队转业干部信息文件"),
    )
)

# Key identifiers, P2 of EXTERNAL AUTHENTICATION: SSC-9 table B1, 密钥索引表 2013. Three groups of each.
KIDS = {
    "UKSSSE": "04",
    "RKSSSE": "0A",
    **{
        f"UK{n}DF01": f"{kid:02X}"
        for n, kid in zip("123456789AB", (*range(0x83, 0x88), *range(0x89, 0x8F)), strict=True)
    },
    "RK1DF01": "88",
    **{f"UK{n}DF02": f"{kid:02X}" for n, kid in zip("123456", (*range(0x83, 0x88), 0x89), strict=True)},
    "RK1DF02": "88",
    "RK1DF03": "84",
    "RK2DF03": "85",
    **{f"UK{n}DF03": f"{0x85 + n:02X}" for n in range(1, 9)},
    "RK1DF04": "84",
    "UK1DF04": "85",
    "UK2DF04": "86",
    "DSK": "87",
    "UK1DF05": "83",
    "RK1DF06": "83",
    "UK1DF06": "85",
    "UK2DF06": "86",
    **{f"RK{n}DF07": f"{0x82 + n:02X}" for n in (1, 2, 3)},
    **{f"UK{n}DF07": f"{0x85 + n:02X}" for n in (1, 2, 3)},
}
_STANDARD = {"kind": "standard", "source": "V2.0 tables 3 to 9, appendix B; SSC-9 table B1; 密钥索引表 2013"}


def send(command: str, expect: object) -> Json:
    """One command."""
    return {"send": command, "expect": expect}


def enter(directory: str) -> list[Json]:
    """To the directory."""
    steps = [{"routine": "ssse"}]
    return steps if directory == "SSSE" else [*steps, {"routine": f"app({directory})"}]


def proof(what: str) -> Json:
    """The PIN or a key proved."""
    return {"routine": f"pin({PIN})" if what == "PIN" else f"auth({what}, {KIDS[what]})"}


def unit(
    name: str, title: tuple[str, str], purpose: str, clause: list[str], vectors: Iterable[Json], **more: object
) -> Json:
    """A whole file."""
    head = {"unit": name, "title": {"zh": title[0], "en": title[1]}, "purpose": purpose, "clause": clause}
    return {**head, "profile": "social-2.0", "provenance": _STANDARD, **more, "vectors": list(vectors)}


# --- records -----------------------------------------------------------------------------------------------------


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
            "item": f"{row.directory}_RECORD",
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
    for vector in vectors:
        vector.setdefault("applies", "version == 2")
    purpose = (
        "Every record of every file: tag, length, inner items, order; by number, by identifier, and no more of them."
    )
    title = ("记录规范性", "Files hold what the structure says")
    return unit("SSC-RECORD", title, purpose, ["V2.0 tables 3 to 9", "LD/T 6001.3 §7"], vectors, live=True)


# --- access ------------------------------------------------------------------------------------------------------


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
                    "item": f"{row.directory}_SAFETY",
                    "profile": profile,
                    "applies": "version == 3" if version else "version == 2",
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


# --- key versions ------------------------------------------------------------------------------------------------


def home_of(key: str) -> str:
    """The directory of a key."""
    return "DF04" if key == "DSK" else key[-4:]


def key_versions() -> Json:
    """Chapter 9 of LD/T 6001.3: three groups of each key."""
    vectors = [
        {
            "id": f"KEY-VER{version}-{key}",
            "title": {"zh": f"{key} 第 {version} 组", "en": f"{key}, version {version:02d}"},
            "item": f"KEY_VER{version}",
            "setup": [*enter(home_of(key)), {"routine": "challenge"}],
            "steps": [
                send(f"008200{kid}11{{ext_auth({key}:{version})}}{version:02X}", "9000"),
                {"routine": "challenge"},
                send(f"008200{kid}11{{ext_auth({key}:{version % 3 + 1})}}{version:02X}", "63C2"),
                {"routine": "challenge"},
                send(f"008200{kid}11{{ext_auth({key}:{version})}}04", "6A88"),
            ],
        }
        for key, kid in KIDS.items()
        for version in (1, 2, 3)
    ]
    purpose = (
        "Each of the three groups of each key is there under its version, is not another one, and there is no fourth."
    )
    clause = ["SSC-5 §6.4", "SSC-10 §6.4.1", "LD/T 6001.3 §9"]
    more = {"live": True, "destructive": True, "applies": "version >= 2"}
    return unit("SSC-KEY-VERSIONS", ("密钥多版本", "Versions of keys"), purpose, clause, vectors, **more)


# --- gates -------------------------------------------------------------------------------------------------------


def command(row: Row[Any]) -> str:
    """A command of ``row`` that would get as far as its handler."""
    head = f"{row.cla:02X}{row.ins:02X}{min(row.p1):02X}{min(row.p2):02X}"
    length = min(row.lc)
    if length:
        return f"{head}{length:02X}{'00' * length}"
    if not row.answers:
        return head
    return f"{head}{min((each for each in row.le or () if each), default=1) & 0xFF:02X}"


def gate_vectors(name: str, rows: Iterable[Row[Any]], sw: str, more: Json) -> Iterator[Json]:
    """One vector a row: it says ``sw`` in the situation of ``more``."""
    for number, row in enumerate(rows, 1):
        yield {
            "id": f"{name}-{sw}-{number:02d}-{row.cla:02X}{row.ins:02X}",
            "title": {"zh": f"锁定后 {row.zh}", "en": f"{row.name} after the block"},
            **more,
            "steps": [{"send": command(row), "expect": [{"sw": sw, "data": ""}]}],
            "after": [{"state": {"unchanged": ["ssse", "manager", "directory"]}}],
        }


def gates() -> Json:
    """After a block every command says the same."""
    block_card = [
        {"routine": "ssse"},
        {"routine": "auth(BK, 05)"},
        {"routine": "challenge"},
        send("{secured(STKSSSE, 84160000)}", "9000"),
    ]
    block_application = [
        *enter("DF03"),
        {"routine": "auth(LKDF03, 83)"},
        {"routine": "challenge"},
        send("{secured(STKDF03, 841E0001)}", "9000"),
    ]
    whole = {"ssse": {"options": {"card_block_scope": "card"}}}
    silent = {"clause": ["SSC-5 §6.2.1"], "setup": block_card}
    dead = {"clause": ["SSC-7 §13.2"], "setup": block_application, "live": True}
    vectors = [
        *gate_vectors("SSC", SSSE_ROWS, "6A81", silent),
        *gate_vectors("SSC", [row for row in SSSE_ROWS if row.ins != 0xA4], "9303", dead),
        *gate_vectors(
            "MF", MANAGER_ROWS, "6A81", {**silent, "overrides": whole, "setup": [*block_card, {"reset": "cold"}]}
        ),
    ]
    purpose = (
        "A blocked card answers every command 6A81, a blocked application every command but a SELECT of another 9303."
    )
    clause = ["SSC-5 §6.2.1", "SSC-7 §13.2"]
    title = ("锁定后的全部命令", "All commands after a block")
    standard = {"kind": "standard", "source": "SSC-5 §6.2.1, SSC-7 §13.2; commands: the rows of the card's own tables"}
    return unit("SSC-BLOCKED", title, purpose, clause, vectors, destructive=True, provenance=standard)


def units() -> dict[str, Json]:
    """All generated files."""
    return {"records": records(), "safety": safety(), "key-versions": key_versions(), "blocked": gates()}


def write() -> None:
    """Write them."""
    FOLDER.mkdir(exist_ok=True)
    for name, content in units().items():
        (FOLDER / f"{name}.json").write_text(layout(content), encoding="utf-8")
