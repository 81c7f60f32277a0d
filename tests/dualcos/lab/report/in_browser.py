"""``make report-pages``: reports opened in Debian's Chromium, searched, switched and printed.

The report of the whole set, and of a sample that fails. Held: nothing is asked for from outside, search finds what is
there, the switch changes the language, failures are seen, also without a script, the pages of a print have numbers,
the whole set is at most 3 MB. Told and not held, for machines differ: how long it takes to be ready and to search.
"""

from __future__ import annotations

import argparse
import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any

from dualcos.cli.main import run

BROWSER = Path("/usr/bin/chromium")
SWITCHES = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
MOST = 3_000_000
SIZES = {"wide": (1440, 900), "narrow": (390, 844)}
LANGUAGES = {"zh-CN": "zh", "en-GB": "en"}
SAMPLES = {"all": (), "faulty": ("--card", "dual-2.0-3des", "--faults", "lost-answers")}
READY = "html[data-ready]"
SEARCHES = {
    "00 84": r"0084",
    "00 84 9000": r"0084",
    "0084000008 9000": r"0084000008",
    "EF05 84": r"EF05",
    "6982 9000": r"6982.*9000|9000.*6982",
    "0020000003......": r"0020000003",
    "00 20 00 00 03 .. 63C1": r"0020000003",
    "00 20 00 00  03 •••• 9000": r"0020000003",
    "00 82 00 0A 10 ..": r"0082000A10",
    "SSC-VERIFY-04": r"SSC-VERIFY-04",
    "§6.14": r"§6\.14",
    "DF01_SAFETY": r"DF01_SAFETY",
    "6982": r"6982",
    "63Cx": r"63C[0-9A-F?]",
    "个人密码": r"个人密码",
}
"""What is typed, and what then stands in each result, blanks left out."""


class WrongPage(AssertionError):
    """A page is not as it must be."""


def hold(right: object, text: str) -> None:
    if not right:
        raise WrongPage(text)


def reports(folder: Path, selection: list[str]) -> Iterator[Path]:
    for name, words in SAMPLES.items():
        campaign, page = folder / f"{name}.campaign", folder / f"{name}.html"
        with redirect_stdout(io.StringIO()):
            run(("lab", "run", *selection, "-q", "--campaign", str(campaign), *words))
            hold(run(("lab", "report", str(campaign), "-o", str(page))) == 0, f"{name}: no report")
        yield page


@contextmanager
def opened(browser: Any, page: Path, size: str, locale: str, **how: Any) -> Iterator[Any]:
    """The page, ready, in a window of its own; whatever it asks for besides itself is a fault."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, locale=locale, **how)
    there = context.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    there.on("request", lambda request: asked.append(request.url))
    there.on("pageerror", lambda error: wrong.append(str(error)))
    there.goto(page.as_uri())
    if how.get("java_script_enabled", True):
        there.wait_for_selector(READY)
    yield there
    hold(asked == [page.as_uri()], f"{page.name} asks for {asked[1:]}")
    hold(not wrong, f"{page.name}: {wrong}")
    context.close()


def look(there: Any, name: str, language: str) -> None:
    """One page at one size in one language."""
    html = there.locator("html")
    hold(html.get_attribute("lang") == language, f"{name}: begins in another language")
    beyond = there.evaluate("document.documentElement.scrollWidth - innerWidth")
    hold(beyond <= 0, f"{name}: {beyond} pixels wider than the window")
    other = "zh" if language == "en" else "en"
    heading = there.locator("#summary h1")
    before = heading.inner_text()
    there.locator(f"label[for=language-{other}]").click()
    hold(html.get_attribute("lang") == other, f"{name}: the switch does not change lang")
    hold(heading.inner_text() != before, f"{name}: the switch changes nothing")
    hold(f"lang={other}" in there.url, f"{name}: the language is not kept in the address")
    there.locator(f"label[for=language-{language}]").click()
    print(f"{name}: ready in {html.get_attribute('data-ready')} ms", end="")
    took = 0.0
    for typed, wanted in SEARCHES.items():
        took = max(took, search(there, f"{name}, search {typed}", typed, wanted))
    print(f", searched in {took:.0f} ms at most")
    there.keyboard.press("Escape")
    hold(there.locator("main").is_visible(), f"{name}: Escape does not end the search")
    walk(there, name)


def walk(there: Any, name: str) -> None:
    """Links, Back and pasted addresses; who uses the keyboard is where he asked to be."""
    there.locator(".skip").focus()
    there.keyboard.press("Enter")
    hold(there.evaluate("document.activeElement.id") == "summary", f"{name}: the skip link leads nowhere")
    there.evaluate("document.querySelectorAll('details.unit').forEach((each) => (each.open = true))")
    link = there.locator("#vectors a").last
    identity = link.get_attribute("data-id")
    link.scroll_into_view_if_needed()
    before = there.evaluate("scrollY")
    link.click(modifiers=["Control"])
    hold(there.locator("main").is_visible(), f"{name}: a link for a new window opens here")
    link.click()
    inside = there.evaluate("document.activeElement.closest('#list') !== null")
    hold(inside and f"v={identity}" in there.url, f"{name}: {identity} is not opened, or not in the address")
    hold(there.locator("#results h1").is_visible(), f"{name}: no heading over what is found")
    there.go_back()
    there.wait_for_selector("main", state="visible")
    hold(there.evaluate("scrollY") == before, f"{name}: Back does not lead to where the link is")
    there.go_forward()
    there.wait_for_selector("#results", state="visible")
    there.evaluate(f"location.hash = 'q={identity}'")
    there.wait_for_function(f"document.getElementById('q').value === '{identity}'")
    there.keyboard.press("Escape")
    hold(there.locator("main").is_visible(), f"{name}: a pasted search is not ended")


def search(there: Any, name: str, typed: str, wanted: str) -> float:
    """How many ms it took; the first results have what was asked for."""
    box = there.locator("#q")
    there.keyboard.press("/")
    box.fill("")
    there.wait_for_selector("#results", state="hidden")
    box.press_sequentially(typed)
    there.wait_for_selector("#results", state="visible")
    there.wait_for_timeout(150)
    count = int(re.sub(r"\D", "", there.locator("#found").inner_text()))
    rows = there.locator("#list > details")
    hold(count > 0 and rows.count() == min(count, 50), f"{name}: {count} results, {rows.count()} shown")
    for at in range(min(count, 5)):
        row = rows.nth(at)
        if row.get_attribute("open") is None:
            row.locator("summary").first.click()
        there.wait_for_selector(f"#list > details:nth-child({at + 1})[data-whole]")
        text = "".join(row.text_content().split())
        hold(re.search(wanted, text, re.IGNORECASE), f"{name}: {text[:60]} has it not")
    return float(there.locator("html").get_attribute("data-searched"))


def failures_are_seen(there: Any, name: str) -> None:
    shown = there.locator("#failures .failure")
    number = int(there.locator("#summary .tile.v-fail .number").inner_text())
    hold(shown.count() == number, f"{name}: {shown.count()} failures shown, {number} counted")
    if number:
        shown.first.scroll_into_view_if_needed()
        for kind in (".expected", ".came", ".decided", ".repeat code"):
            hold(shown.first.locator(kind).is_visible(), f"{name}: {kind} of the first failure is not seen")


def printed(there: Any, page: Path) -> int:
    """How many pages a print has; each has its number."""
    pdf = page.with_suffix(".pdf")
    there.pdf(path=str(pdf), prefer_css_page_size=True, print_background=True)
    words = subprocess.run(["pdftotext", "-layout", str(pdf), "-"], capture_output=True, text=True, check=True)  # noqa: S603, S607 - poppler's
    pages = words.stdout.split("\f")[:-1]
    for number, text in enumerate(pages, 1):
        hold(re.search(rf"\b{number} / {len(pages)}\b", text), f"{pdf.name}: page {number} has no number")
    hold("dualcos lab run id=" in words.stdout or page.stem == "all", f"{pdf.name}: no failure is printed")
    return len(pages)


def missing() -> str:
    """What is missing, in a line; empty if nothing is."""
    try:
        import playwright.sync_api  # noqa: F401, PLC0415 - only here
    except ImportError:
        return "playwright is missing: pip install playwright (no `playwright install`)"
    if not BROWSER.exists() or shutil.which("pdftotext") is None:
        return "chromium or poppler is missing: apt-get install chromium fonts-noto-cjk poppler-utils"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("selection", nargs="*", help="which vectors (default: all)")
    parser.add_argument("--keep", type=Path, help="a folder for pages, pictures and prints (default: one that goes)")
    args = parser.parse_args()
    if lacking := missing():
        print(lacking, file=sys.stderr)
        return 2
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only here

    with tempfile.TemporaryDirectory() as gone, sync_playwright() as playing:
        folder = args.keep or Path(gone)
        folder.mkdir(parents=True, exist_ok=True)
        browser = playing.chromium.launch(executable_path=str(BROWSER), args=list(SWITCHES))
        for page in reports(folder, args.selection):
            size = page.stat().st_size
            print(f"{page.name}: {size:,} bytes")
            hold(size <= MOST or page.stem != "all", f"{page.name} is larger than {MOST:,} bytes")
            for window in SIZES:
                for locale, language in LANGUAGES.items():
                    with opened(browser, page, window, locale) as there:
                        name = f"{page.stem}, {window}, {language}"
                        look(there, name, language)
                        failures_are_seen(there, name)
                        there.screenshot(path=str(folder / f"{page.stem}-{window}-{language}.png"))
                        if (window, language) == ("wide", "zh"):
                            print(f"{name}: {printed(there, page)} pages printed")
            with opened(browser, page, "wide", "zh-CN", java_script_enabled=False) as there:
                failures_are_seen(there, f"{page.stem}, no script")
                there.locator("label[for=language-en]").click()
                hold("Test report" in there.locator("#summary h1").inner_text(), f"{page.stem}: no switch, no script")
        browser.close()
    print("as it must be")
    return 0


if __name__ == "__main__":
    sys.exit(main())
