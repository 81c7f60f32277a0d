"""Every published JSON Schema (draft 2020-12), by its name: of what a laboratory's files are made of.

``python -m dualcos.lab.schemas.published_schemas`` writes ``docs/schemas``; a test says when that is to be done again.
``dualcos lab schema NAME`` prints one.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple

from msgspec import Meta, Struct

from dualcos.lab.conformance.coverage import Holes
from dualcos.lab.conformance.vector_schema import Routines, Unit
from dualcos.lab.evidence.campaign_records import AnyRecord, Sha256
from dualcos.lab.evidence.known_faults import KnownFaultsFile
from dualcos.lab.faults.fault_script import FaultScript
from dualcos.lab.report.report_lines import ReportedLine
from dualcos.lab.schemas.editor_offers import routine_offers, vector_offers
from dualcos.lab.schemas.statement_schema import statement_schema
from dualcos.lab.schemas.struct_schema import Offers, Schema, struct_schema
from dualcos.leash.leash_rules import LeashFile
from dualcos.messages.blacklist import SignedBlacklist
from dualcos.terminal.financial.terminal_file import TerminalFile

FOLDER = "docs/schemas"
DIALECT = "https://json-schema.org/draft/2020-12/schema"


class CampaignLine(Struct, frozen=True, forbid_unknown_fields=True):
    """检测记录: a line of a campaign file."""

    chain: Annotated[Sha256, Meta(description="over the chain of the line before and the bytes of this record")]
    record: Annotated[AnyRecord, Meta(description="what happened, by its `record`")]


class PublishedSchema(NamedTuple):
    """``title``: what is written so, in both languages; ``schema``: makes it, without head."""

    title: str
    schema: Callable[[], Schema]

    def text(self, name: str) -> str:
        """The schema as a file has it. ``$id`` names it and is no address: nothing is fetched."""
        head = {"$schema": DIALECT, "$id": f"urn:dualcos:schema:{name}:1", "title": self.title}
        return json.dumps(head | self.schema(), indent=1, ensure_ascii=False) + "\n"


def _of(kind: Any, offers: Callable[[], Offers] = dict) -> Callable[[], Schema]:  # noqa: ANN401 - as struct_schema's
    return lambda: struct_schema(kind, offers())


# What is written in a new form is one more line here.
PUBLISHED: Mapping[str, PublishedSchema] = MappingProxyType(
    {
        "vector": PublishedSchema("dualcos vectors 测试向量, a file", _of(Unit, vector_offers)),
        "routines": PublishedSchema("dualcos routines 例程, routines.json", _of(Routines, routine_offers)),
        "holes": PublishedSchema("dualcos holes 缺口, holes.json", _of(Holes)),
        "ics": PublishedSchema("dualcos implementation conformance statement 实现一致性声明", statement_schema),
        "campaign": PublishedSchema("dualcos campaign 检测记录, a line of the file", _of(CampaignLine)),
        "report": PublishedSchema("dualcos report 检测报告, a line of the file", _of(ReportedLine)),
        "known-faults": PublishedSchema("dualcos known faults 已知缺陷", _of(KnownFaultsFile)),
        "blacklist": PublishedSchema("dualcos signed blacklist 黑名单, a line", _of(SignedBlacklist)),
        "fault-script": PublishedSchema("dualcos fault script 故障脚本", _of(FaultScript)),
        "leash": PublishedSchema("dualcos leash rules 可控对端规则", _of(LeashFile)),
        "terminal": PublishedSchema("dualcos payment terminal 金融终端参数", _of(TerminalFile)),
    }
)


def files() -> Mapping[str, str]:
    """Every schema by file name, as text."""
    return {f"{name}.json": published.text(name) for name, published in PUBLISHED.items()}


def write(folder: Path) -> None:
    """Write all into ``folder``, and take away what is none of them any more: once all are made."""
    made = files()
    for name, text in made.items():
        (folder / name).write_text(text, "utf-8")
    for old in folder.glob("*.json"):
        if old.name not in made:
            old.unlink()


if __name__ == "__main__":
    write(Path(__file__).parents[3] / FOLDER)
