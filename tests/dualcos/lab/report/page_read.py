"""A page as a browser without scripts has it: elements with their texts, and what the script finds in it."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import NamedTuple

import msgspec

from dualcos.lab.report.page_data import PageData

VOID = frozenset(("meta", "input", "br", "hr", "img", "link"))


class PageElement(NamedTuple):
    tag: str
    has: dict[str, str]
    inside: list[PageElement | str]

    def all(self) -> Iterator[PageElement]:
        """Itself and all below it."""
        yield self
        for each in self.inside:
            if isinstance(each, PageElement):
                yield from each.all()

    def of(self, tag: str = "", **has: str) -> list[PageElement]:
        """Elements of that tag with these attributes; ``kind``: a word of the class."""
        kind = has.pop("kind", "")
        return [
            each
            for each in self.all()
            if (not tag or each.tag == tag)
            and (not kind or kind in each.has.get("class", "").split())
            and has.items() <= each.has.items()
        ]

    def text(self, language: str = "") -> str:
        """All of it, or what somebody sees who reads one language."""
        if language and self.tag == "span" and self.has.get("lang", language) != language:
            return ""
        said = (each if isinstance(each, str) else each.text(language) for each in self.inside)
        return " ".join(" ".join(said).split())


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [PageElement("", {}, [])]

    def handle_starttag(self, tag, attrs):
        element = PageElement(tag, {name: value or "" for name, value in attrs}, [])
        self.open[-1].inside.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.open[-1].inside.append(PageElement(tag, {name: value or "" for name, value in attrs}, []))

    def handle_endtag(self, tag):
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data):
        self.open[-1].inside.append(data)


def read(html: str) -> PageElement:
    """Every element is closed where it was opened, or this fails."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert len(reader.open) == 1, f"<{reader.open[-1].tag}> is never closed"
    return reader.open[0]


def data_of(page: PageElement) -> PageData:
    (script,) = page.of("script", id="data")
    return msgspec.json.decode(zlib.decompress(base64.b64decode(script.text())), type=PageData)
