"""The page is whole without scripts, in both languages, needs nothing from outside, and takes no text for markup."""

from __future__ import annotations

import base64
import hashlib
import re

import pytest
from msgspec import structs

from dualcos.lab.report.report_page import report_page
from dualcos.lab.report.report_wording import VERDICTS
from tests.dualcos.lab.report.page_read import data_of, read
from tests.dualcos.lab.report.reported_vectors import FAILED, HOSTILE, PIN, report_of
from tests.honest_campaigns import IDS, campaign, ended, in_reader, judged, session, whole, written

LANGUAGES = ("zh", "en")
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def html(played) -> str:
    return report_page(played.report).decode()


@pytest.fixture(scope="module")
def page(html):
    return read(html)


def failure(page, identity):
    (found,) = page.of("article", id=f"f-{identity}")
    return found


def test_nothing_outside_is_named(page, html):
    """No element that loads anything, no address in the style; what runs is the one script that the page declares."""
    assert not {each.tag for each in page.all()} & {
        "link",
        "img",
        "iframe",
        "object",
        "embed",
        "audio",
        "video",
        "base",
    }
    assert not [each for each in page.all() if "src" in each.has or each.has.get("href", "#")[:1] != "#"]
    assert not [each for each in page.all() for name in each.has if name.startswith("on")]
    (style,) = page.of("style")
    assert not re.search(r"url\(|@import|@font-face", style.text())
    data, script = page.of("script")
    assert data.has["type"] == "application/octet-stream"
    text = html.rpartition("<script>")[2].partition("</script>")[0]
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    (policy,) = [each.has["content"] for each in page.of("meta") if "http-equiv" in each.has]
    assert policy.split("; ")[0] == "default-src 'none'"
    assert f"script-src 'sha256-{digest}'" in policy
    assert "src" not in script.has


def test_no_text_is_markup(page, played):
    """Titles, laboratory and whatever else somebody wrote stand as they are, and make no element of their own."""
    assert HOSTILE in failure(page, "REP-TITLE").text("en")
    assert played.report.campaign.laboratory in page.text("en")
    assert not page.of("i")
    for happening, _ in data_of(page).happenings:
        read(happening)
    for vector in data_of(page).vectors:
        read(vector[2])


def test_hostile_records_are_text_too(tmp_path):
    evil = '"><script>x</script>'
    one = judged(
        IDS[0], verdict="fail", where=evil, text=evil, kind=evil, played=((evil, evil), ("00", ""), ("zz", "9"))
    )
    records = [
        campaign(IDS[:1], laboratory=evil, tool=evil, selection=[evil], seed=evil, ics={evil: evil}),
        session(operator=evil, reader=evil, driver=evil, atr=evil, serial=evil),
        one,
        ended([one], 1),
    ]
    page = read(report_page(report_of(written(tmp_path / f"c{evil.replace('/', '')}", records))).decode())
    assert len(page.of("script")) == 2
    assert page.text("en").count(evil) >= 9


def test_no_secret_is_in_it(html, page):
    assert PIN not in html
    assert PIN not in repr(data_of(page))


# --- languages -----------------------------------------------------------------------------------------------------


def test_what_is_said_in_one_language_is_said_in_the_other(page):
    """Pieces stand in pairs, Chinese first; what both have is there once."""
    for element in page.all():
        pieces = [each for each in element.inside if not isinstance(each, str) and each.tag == "span"]
        spoken = [each.has["lang"] for each in pieces if "lang" in each.has]
        assert spoken == [*LANGUAGES] * (len(spoken) // 2)
    named = [each for each in page.all() if "data-zh" in each.has]
    assert named
    assert all("data-en" in each.has and CHINESE.search(each.has["data-zh"]) for each in named)


def test_headings_and_tables_speak_the_language_that_is_chosen(page):
    """English without a Chinese character; most of the Chinese with one, for some have no other name than a code."""
    headings = [each for tag in ("h1", "h2", "th", "dt", "caption") for each in page.of(tag)]
    chinese, english = ([one.text() for each in headings for one in each.of("span", lang=name)] for name in LANGUAGES)
    assert len(english) > 50
    assert not [each for each in english if CHINESE.search(each)]
    assert sum(CHINESE.search(each) is not None for each in chinese) > 0.9 * len(chinese)


def test_the_language_of_the_page_is_that_of_what_is_checked(page):
    (html,) = page.of("html")
    assert html.has["lang"] == "zh"
    assert [each.has["value"] for each in page.of("input", type="radio") if "checked" in each.has] == ["zh"]


# --- what is in it -------------------------------------------------------------------------------------------------


def test_each_failure_is_whole(page, played):
    shown = [each.has["data-id"] for each in page.of("article")]
    assert shown == [*FAILED, "REP-SETUP"]
    for each in played.report.vectors:
        if each.id not in shown:
            continue
        article = failure(page, each.id)
        (repeat,) = article.of("p", kind="repeat")
        assert repeat.of("code")[0].text() == each.repeat
        for language in LANGUAGES:
            text = article.text(language)
            assert {each.id, *each.clause, each.title.zh if language == "zh" else each.title.en} <= {
                piece for piece in (each.id, *each.clause, each.title.zh, each.title.en) if piece in text
            }


def test_expected_stands_beside_what_came(page):
    article = failure(page, "REP-WORD")
    (expected,), (came,) = article.of("tr", kind="expected"), article.of("tr", kind="came")
    assert [each.text() for each in expected.of("code")] == ["9000", "6A8?"]
    assert [each.text() for each in came.of("code")] == ["63C2"]
    assert ("authentication failed, 2 tries left" in came.text("en"), "还剩2次" in came.text("zh")) == (True, True)


def test_a_finding_is_told_in_both_languages_with_its_id(page):
    (found,) = [each for each in failure(page, "REP-OLDER").of("p", kind="finding") if "random.older" in each.text()]
    assert found.text("en").startswith("certain authentication data: an older random number was used")
    assert found.text("zh").startswith("确定 鉴别数据：用了较早的随机数")


def test_the_deciding_exchange_is_marked_and_the_last(page):
    for identity in ("REP-WORD", "REP-OLDER", "REP-TITLE"):
        rows = failure(page, identity).of("ol", kind="last")[0].of("li")
        assert [row.has.get("class") for row in rows][-1] == "decided"
        assert len([row for row in rows if row.has.get("class") == "decided"]) == 1
    assert not failure(page, "REP-STATE").of("li", kind="decided")


def test_counts_are_those_of_the_records(page, played):
    tiles = [int(each.of("span", kind="number")[0].text()) for each in page.of("a", kind="tile")]
    found = played.report.totals
    assert tiles == [found.passed, found.failed, found.inconclusive, found.not_applicable, found.waiting]
    (vectors,) = page.of("section", id="vectors")
    assert [each.has["data-id"] for each in vectors.of("a")] == [each.id for each in played.report.vectors]


def test_bars_end_where_the_whole_does(page):
    """Pieces of a bar follow each other without a gap, and none goes beyond."""
    bars = [each.of("rect") for each in page.of("svg") if len(each.of("rect", kind="time")) == 0]
    assert len(bars) > 5
    for pieces in bars:
        end = 0.0
        for piece in pieces:
            assert float(piece.has["x"]) == pytest.approx(end, abs=0.002)
            end += float(piece.has["width"])
        assert end <= 100.01


def test_the_data_have_every_vector_and_every_exchange(page, played):
    data = data_of(page)
    for each, (identity, verdict, html, run) in zip(played.report.vectors, data.vectors, strict=True):
        assert (identity, verdict) == (each.id, each.verdict)
        shown = read(html).text("zh")
        assert all(each in shown for each in (identity, VERDICTS[verdict].zh, *each.clause, *each.declared.words))
        came = [data.happenings[number][1] for number in run]
        assert came == [
            f"{one.sent if one.sent not in ('cold', 'warm') else ''} {one.came}" for one in each.judged.played
        ]
    assert len(data.happenings) < sum(len(each.run) for each in played.report.vectors)


def test_a_campaign_at_a_desk_is_told(tmp_path):
    text = read(report_page(report_of(written(tmp_path / "c", in_reader()))).decode())
    for language in LANGUAGES:
        said = text.text(language)
        assert all(each in said for each in ("Test Reader 00 00", "Tester", "2026-11-29T08:50:00Z", "4.95 V"))
    assert "医疗" in text.text("zh")  # the statement's question
    assert "medical" not in text.of("section", id="evidence")[0].text("zh").replace("medical", "", 1)


def test_failures_beyond_the_first_are_short(tmp_path, monkeypatch):
    monkeypatch.setattr("dualcos.lab.report.report_page._MOST_WHOLE", 1)
    failed = [judged(each, verdict="fail", text="x expected y, came 9000") for each in IDS]
    page = read(report_page(report_of(written(tmp_path / "c", whole(failed)))).decode())
    assert [len(each.of("ol")) for each in page.of("article")] == [1, 0, 0, 0, 0]
    assert [len(each.of("details", kind="run")) for each in page.of("article")] == [0, 1, 1, 1, 1]


def test_whatever_the_verdicts_there_is_a_page(tmp_path):
    for verdict in ("pass", "fail", "inconclusive", "not-applicable"):
        one = structs.replace(judged(IDS[0]), verdict=verdict, played=[], runs=0)
        read(report_page(report_of(written(tmp_path / verdict, whole([one])))).decode())
