"""What search looks in has what the page shows, texts are shown as they are, and colours can be read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest
from msgspec import structs

from dualcos.explain.control_characters import harmless
from dualcos.lab.conformance.item_names import LAB_ITEMS
from dualcos.lab.evidence.campaign_records import SampleAsked
from dualcos.lab.evidence.known_faults import KnownFault
from dualcos.lab.report.report_page import report_page
from dualcos.lab.report.verdict_charts import duration_bars
from tests.dualcos.lab.report.page_read import PageElement, data_of, read
from tests.dualcos.lab.report.reported_vectors import CHALLENGE, FAILED, VECTORS, play, report_of, vector, write_unit
from tests.honest_campaigns import IDS, judged, whole, written

ENTRY = KnownFault(id="REP-WORD", where="*", came="*", reason="mended soon", link="there.org", expires=date(2099, 1, 1))
LANGUAGES = ("zh", "en")


def page_of(report) -> PageElement:
    return read(report_page(report).decode())


def searched(page) -> dict[str, str]:
    """What search looks in for each vector, both languages, small letters, without blanks."""
    data = data_of(page)
    texts = [read(html).text() + hex_of for html, hex_of in data.happenings]
    return {
        identity: "".join(f"{read(html).text()} {' '.join(texts[each] for each in run)}".split())
        for identity, _, html, run in data.vectors
    }


# --- what search finds ---------------------------------------------------------------------------------------------


def test_search_finds_what_is_shown_of_a_failure(played):
    """Every sentence, in both languages, that an article shows of its vector: findings, reasons, known faults."""
    page = page_of(report_of(played.campaign, played.unit, known=[ENTRY]))
    found = searched(page)
    for article in page.of("article"):
        shown = [
            *article.of("p", kind="finding"),
            *article.of("p", kind="reason"),
            *article.of("p", kind="known"),
            *article.of("p", kind="why"),
            *article.of("dl", kind="about"),
        ]
        assert shown
        for each in shown:
            for language in LANGUAGES:
                for piece in each.text(language).split():
                    assert piece in found[article.has["data-id"]]
    known, older = found["REP-WORD"], found["REP-OLDER"]
    assert all(each in known for each in ("mendedsoon", "there.org", "已知缺陷"))
    assert all(each in older for each in ("较早的随机数", "确定", "wrong-authentication-data", "random.older"))


def test_search_finds_why_a_vector_does_not_apply(played):
    page = page_of(played.report)
    (why,) = [row.of("td")[1] for row in page.of("section", id="vectors")[0].of("tr")]
    for language in LANGUAGES:
        assert why.text(language).replace(" ", "") in searched(page)["REP-OTHER"]


def test_words_on_two_lines_stay_two(tmp_path):
    unit = write_unit(tmp_path / "u.json", [vector(IDS[0], [CHALLENGE], purpose="first line\nsecond\n  third")])
    page = page_of(report_of(written(tmp_path / "c", whole([judged(IDS[0])])), unit))
    assert "first line second third" in read(data_of(page).vectors[0][2]).text()


# --- texts that somebody wrote -------------------------------------------------------------------------------------


def test_what_turns_text_around_is_spelled_out(tmp_path):
    """In the page and in what search shows, wherever a name, a title or a record has it."""
    turned = "a\u202ed\u2066e"  # all that the loader lets pass in a title
    evil = f"{turned}b\x1b[31mc\x00"
    unit = write_unit(
        tmp_path / "u.json",
        [vector(IDS[0], [CHALLENGE], title={"zh": turned, "en": turned}, purpose=evil)],
    )
    one = judged(IDS[0], verdict="fail", where=evil, text=evil, kind=evil + "k", played=((evil, evil), ("cold", evil)))
    sample = SampleAsked(kind="profile", name=evil, settings=[evil])
    campaign = written(tmp_path / "c\u202e", whole([one], laboratory=evil, tool=evil, sample=sample, ics={evil: evil}))
    page = page_of(report_of(campaign, unit))
    (data,) = page.of("script", id="data")
    shown = page.text().replace(data.text(), "")
    said = " ".join(html for html, _ in data_of(page).happenings) + data_of(page).vectors[0][2]
    for text in (shown, said):
        assert harmless(text) == text
    assert shown.count(harmless(evil)) > 8
    assert said.count(harmless(evil)) >= 3


def test_an_atr_is_no_status_word(tmp_path):
    """Nor is what a reset should have answered a status word and data."""
    unit = write_unit(
        tmp_path / "u.json", [vector(IDS[0], [{"reset": "warm", "expect": [{"data": "6985"}]}], setup=[])], setup=[]
    )
    report = report_of(play(unit, tmp_path / "c", "--card", "social-2.0"), unit)
    answer = report.vectors[0].answer
    assert (answer.sent, answer.expected, answer.came[:2]) == ("reset", ["6985"], "3B")
    (table,) = page_of(report).of("table", kind="against")
    assert [each.text() for each in table.of("span", kind="status")] == []
    assert table.of("tr", kind="came")[0].of("code")[0].text() == answer.came


def test_a_gone_vector_has_no_command_that_would_not_work(played):
    page = page_of(report_of(played.campaign))
    assert len(page.of("article")) == len(FAILED) + 1
    assert not page.of("p", kind="repeat")


def test_a_hidden_setting_is_warned_of(tmp_path):
    for settings in ([], ["ssse.pin=…"]):
        sample = SampleAsked(kind="profile", name="social-2.0", settings=settings)
        page = page_of(report_of(written(tmp_path / f"c{len(settings)}", whole(sample=sample))))
        (failures,) = page.of("section", id="failures")
        assert [each.of("code")[0].text() for each in failures.of("p", kind="warning")] == ["ssse.pin"] * len(settings)


def seen_in_chinese(element: PageElement) -> Iterator[tuple[PageElement, str]]:
    """Each text that somebody sees who reads Chinese, with the element it stands in; no commands, no hex, no script."""
    for each in element.inside:
        if isinstance(each, str):
            yield element, each
        elif each.tag not in ("script", "style", "code") and (each.tag != "span" or each.has.get("lang") != "en"):
            yield from seen_in_chinese(each)


def test_english_on_the_chinese_page_is_what_an_author_wrote_and_says_so(tmp_path):
    """A reader that speaks Chinese would read it as Chinese else. Purposes and why a vector was withdrawn remain."""
    purpose, withdrawn = "it is asked twice and must refuse", "the clause was read wrongly at first"
    one, *others = (each | {"purpose": purpose} for each in VECTORS)
    unit = write_unit(tmp_path / "u.json", [one, *others])
    campaign = play(unit, tmp_path / "a.campaign")
    idle = [ENTRY, structs.replace(ENTRY, id="REP-PASS"), structs.replace(ENTRY, expires=date(2001, 1, 1))]
    write_unit(unit, [one | {"status": "withdrawn", "reason": withdrawn}, *others])
    page = page_of(report_of(campaign, unit, known=idle))
    data = data_of(page)
    parts = [page, *(read(html) for html, _ in data.happenings), *(read(html) for _, _, html, _ in data.vectors)]
    seen = [(each, text) for part in parts for each, text in seen_in_chinese(part)]
    english = {text for each, text in seen if each.has.get("lang") == "en"} - {"English"}
    assert english == {purpose, withdrawn}
    author = (*english, ENTRY.reason)
    sentence = re.compile("[a-z]+,? [a-z]+,? [a-z]+")
    assert [text for _, text in seen if sentence.search(text) and not any(each in text for each in author)] == []


def test_a_user_sees_his_own_vectors_for_an_item_without(tmp_path):
    item = next(each for each in LAB_ITEMS if each.without)
    unit = write_unit(tmp_path / "u.json", [vector(IDS[0], [CHALLENGE], item=item.identity)])
    page = page_of(report_of(written(tmp_path / "c", whole([judged(IDS[0])])), unit))
    (coverage,) = page.of("section", id="coverage")
    rows = [row for row in coverage.of("tr") if row.of("b") and item.name in row.of("b")[0].text()]
    assert any(row.of("td", kind="n") and row.of("td", kind="n")[0].text() == "1" for row in rows)


# --- figures and colours -------------------------------------------------------------------------------------------


def test_how_long_vectors_took_is_counted_by_limits(tmp_path):
    """Each vector that was played is in one bar, below its limit and not below the one before; the longest is whole."""
    seconds = (0.00005, 0.0001, 0.0002, 0.02, 11.0)
    verdicts = [judged(each, seconds=took) for each, took in zip(IDS, seconds, strict=True)]
    verdicts[3] = structs.replace(verdicts[3], played=[], runs=0)
    bars = duration_bars(report_of(written(tmp_path / "c", whole(verdicts))).vectors)
    assert {each.below: each.number for each in bars if each.number} == {0.0001: 1, 0.0003: 2, None: 1}
    assert len(bars) == 12
    assert [each.wide for each in bars if each.number] == [50, 100, 50]
    assert duration_bars(report_of(written(tmp_path / "d", whole(verdicts[3:4]))).vectors) == []


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    digits = colour if len(colour) == 6 else "".join(each * 2 for each in colour)
    parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("scheme", [0, 1])
def test_every_colour_of_text_can_be_read_on_every_ground(played, scheme):
    """4.5 to 1 (WCAG 2.2, 1.4.3), in daylight and in the dark."""
    (style,) = page_of(played.report).of("style")
    colours = dict(re.findall(r"--(\w+): #(\w+)", re.findall(r":root \{(.*?)\}", style.text())[scheme]))
    for ground in ("paper", "card", "mark"):
        for ink in colours.keys() - {"paper", "card", "mark", "line", "time"}:
            lighter, darker = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
            assert (lighter + 0.05) / (darker + 0.05) >= 4.5, (ink, ground)
    assert "opacity: ." not in style.text()
