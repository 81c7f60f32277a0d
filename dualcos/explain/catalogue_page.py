"""The catalogue as a page: every reason and finding with its cause and what to change, in English and Chinese.

``python -m dualcos.explain.catalogue_page`` writes it to ``docs/why.md``; a test says when that is to be done again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from dualcos.explain.catalogue import as_sentences, family_text, in_a_line, status_words_of
from dualcos.explain.catalogue_entry import CatalogueEntry, Wording
from dualcos.explain.finding_words import FINDINGS
from dualcos.explain.refusal_sentences import ROOMS

PAGE = "docs/why.md"

_HEAD = """# Why

Made by `python -m dualcos.explain.catalogue_page` from the declarations that traces are worded from. Each heading is an
id that `dualcos why` takes, behind it the status words; ‹…› stands for data. Reasons 拒绝原因 are what the card itself
says where it refuses, findings 诊断结果 what is found out about the mistake.
"""
_OF_FINDINGS = Wording("Findings", "诊断结果")


def catalogue_page() -> str:
    """The whole page."""
    rooms = (*ROOMS, (_OF_FINDINGS, tuple(FINDINGS.values())))
    return _HEAD + "".join(f"\n{paragraph}\n" for title, entries in rooms for paragraph in _room(title, entries))


def _room(title: Wording, entries: Iterable[CatalogueEntry]) -> Iterator[str]:
    yield f"## {title.en} {title.zh}"
    for entry in entries:
        words = " ".join(family_text(word).partition(" ")[0] for word in status_words_of(entry))
        yield f"### {entry.id}{f' · {words}' if words else ''}"
        yield "\n".join(_points(entry))


def _points(entry: CatalogueEntry) -> Iterator[str]:
    for label, text in (
        (Wording("", ""), in_a_line(entry)),
        *([(Wording("", ""), entry.means)] if entry.means.en and entry.means != in_a_line(entry) else []),
        (Wording("Cause: ", "原因："), entry.cause),
        (Wording("Change: ", "处理："), entry.change),
    ):
        told = as_sentences(text)
        yield f"* {label.en}{told.en}\n  {label.zh}{told.zh}"
    clauses = [clause for clause in entry.clauses if clause]
    if clauses:
        yield f"* Clause 条款：{'; '.join(clauses)}"


if __name__ == "__main__":
    (Path(__file__).parents[2] / PAGE).write_text(catalogue_page(), "utf-8")
