"""The report as one page (检测报告页面): HTML that needs nothing besides itself, in Chinese and English.

All that matters is in the HTML as it stands, for printers and browsers without scripts; search and the commands of
what passed are put in by a script of its own. Every text goes through the templates' escaping. The page may load
nothing and run nothing but that script, and says so to the browser (Content-Security-Policy).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from dualcos.explain.catalogue_entry import Wording
from dualcos.explain.control_characters import harmless
from dualcos.explain.data_details import unseen
from dualcos.explain.rendering import command_hex, grouped
from dualcos.explain.trace_file_lines import DOT, undotted
from dualcos.explain.trace_lines import ExchangeLine
from dualcos.lab.ics.question import Answer
from dualcos.lab.ics.questions import BY_ID
from dualcos.lab.report import coverage_tables, report_wording
from dualcos.lab.report.campaign_report import CampaignReport
from dualcos.lab.report.page_data import packed, page_data
from dualcos.lab.report.verdict_charts import duration_bars, stacked

_FOLDER = "page"
_MOST_WHOLE = 500
"""Failures that are shown with their last commands where no script runs; of others these come when it unfolds them."""
_ENGLISH = re.compile("[a-z]+,? [a-z]+,? [a-z]+")
_SYMBOLS: Mapping[str, str] = MappingProxyType(
    {"pass": "✓", "fail": "✗", "inconclusive": "?", "not-applicable": "–", "waiting": "…"}
)


def report_page(report: CampaignReport) -> bytes:
    """The page, UTF-8."""
    environment = _environment()
    parts = environment.get_template("page_parts.html").module
    data = page_data(
        report,
        lambda each: _squeezed(parts.happening(each)),  # type: ignore[attr-defined]  # a template's macro
        lambda each: _squeezed(parts.vector(each)),  # type: ignore[attr-defined]  # a template's macro
    )
    script = _source("report.js")
    text = environment.get_template("report.html").render(
        report=report,
        coverage=coverage_tables,
        most_whole=_MOST_WHOLE,
        style=Markup(_source("report.css")),  # noqa: S704 - ours
        script=Markup(script),  # noqa: S704 - ours
        script_sha256=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii"),
        data=packed(data),
    )
    return text.encode()


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader(__package__, _FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_spelled_out,
    )
    environment.globals.update(
        t=bilingual,
        both=in_both,
        wording=report_wording,
        symbols=_SYMBOLS,
        stacked=stacked,
        duration_bars=duration_bars,
        command_shown=command_shown,
        answer_shown=answer_shown,
        answer_named=answer_named,
        is_exchange=lambda each: isinstance(each, ExchangeLine),
        questions=BY_ID,
    )
    return environment


def _spelled_out(value: Any) -> Any:  # noqa: ANN401 - whatever a template prints
    """Text that somebody wrote, without what turns text around or commands a terminal that shows the page's source."""
    return harmless(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _source(name: str) -> str:
    environment = _environment()
    assert environment.loader is not None  # noqa: S101 - it was given
    return environment.loader.get_source(environment, name)[0]


def _squeezed(html: Any) -> str:  # noqa: ANN401 - a template's macro returns Markup
    """Without the blanks that only lay a template out; a text keeps its words apart."""
    return "\n".join(filter(None, map(str.strip, str(html).split("\n"))))


def bilingual(zh: str, en: str) -> Markup:
    """A text in both languages, of which the page shows one; once where both are the same."""
    zh, en = harmless(zh), harmless(en)
    if zh == en:
        return escape(en)
    return Markup('<span lang="zh">{}</span><span lang="en">{}</span>').format(zh, en)


def in_both(wording: Wording) -> Markup:
    """A text in both languages; a sentence that has no Chinese says that it is English."""
    if wording.zh == wording.en and _ENGLISH.search(wording.en):
        return Markup('<bdi lang="en">{}</bdi>').format(harmless(wording.en))
    return bilingual(wording.zh, wording.en)


def command_shown(digits: str) -> str:
    """A command of a line as traces show it: header, length, data in groups; dots for what is secret."""
    command, hidden = undotted(digits)
    return command_hex(command, hidden)


def answer_shown(digits: str) -> str:
    """An answer's data in groups, its status word apart."""
    data, word = (digits[:-4], digits[-4:]) if len(digits) >= 4 else (digits, "")
    if data.startswith(DOT):
        return f"•••• {unseen(len(data) // 2)}  {word}"
    return f"{grouped(bytes.fromhex(data))}  {word}".strip()


def answer_named(question: str, answer: Answer) -> Wording:
    """An answer of the statement in words."""
    known = BY_ID.get(question)
    named = known.named.get(answer) if known is not None else None
    return Wording(named.en, named.zh) if named is not None else Wording(str(answer), str(answer))
