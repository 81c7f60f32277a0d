"""A statement: read, derived, written, checked, and applied to a profile as settings."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dualcos.lab.campaign.campaign_sample import Sample
from dualcos.lab.conformance.applicability import asked_facts
from dualcos.lab.ics.excluded_answers import EXCLUSIONS, contradictions_in
from dualcos.lab.ics.questions import BY_ID, QUESTIONS
from dualcos.lab.ics.stated_sample import stated_sample
from dualcos.lab.ics.statement import Statement, StatementError
from dualcos.lab.ics.statement_text import as_toml
from dualcos.profile.card_of_profile import personalised_card
from dualcos.profile.schema import ProfileError, load, names

SOCIAL = {"card.ssse": True, "card.pse": False, "card.pki": False, "card.psam": False}


# --- text -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", names())
def test_what_is_derived_reads_as_it_was_written_and_is_derived_again(name):
    profile = load(name)
    statement = Statement.derived(profile)
    assert (statement.open, statement.contradictions) == ((), ())
    text = as_toml(statement)
    again = Statement.from_toml(text)
    assert again == statement
    assert as_toml(again) == text
    assert again.settings(profile) == ()
    assert Statement.derived(load(name, settings=again.settings(profile))) == statement


def test_the_text_says_each_question_in_both_languages():
    statement = Statement({**SOCIAL, "ssse.version": "3.0"}, {"product": '卡 "X"', "date": "2026-11-29"})
    text = as_toml(statement)
    assert Statement.from_toml(text) == statement
    for each in statement.asked:
        assert f"# {each.zh} {each.en} [{each.clause}]" in text
    assert "# ssse.pin_tries = 3" in text.splitlines(), "what is open stands there with its default"
    assert "# ssse.algorithm = " in text.splitlines()
    assert "pse.options" not in text, "nothing is asked of a side that is not there"
    contradictory = Statement({**SOCIAL, "pse.pin_tries": 3})
    assert Statement.from_toml(as_toml(contradictory)) == contradictory, "nothing that was answered is lost"


def test_keys_with_dots_and_tables_are_the_same():
    dotted = '[answers]\n"ssse.version" = "2.0"\nssse.pin_tries = 3\n[answers.ssse.options]\nmissing_mac = "6988"\n'
    assert Statement.from_toml(dotted).answers == {
        "ssse.version": "2.0",
        "ssse.pin_tries": 3,
        "ssse.options.missing_mac": "6988",
    }
    assert Statement.from_toml("[sample]\ndate = 2026-11-29\n[answers]\n").sample == {"date": "2026-11-29"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[answers]\nssse.verson = '2.0'\n", "there is no question ssse.verson; did you mean ssse.version?"),
        ("[answers]\nx.y = 1\n", "there is no question x.y; `dualcos lab ics questions` lists them"),
        (
            "[answers]\nssse.options.missing_mac = '698'\n",
            'ssse.options.missing_mac: "698" is no answer; it may be "6987" or "6988"; did you mean 6988?',
        ),
        ("[answers]\nssse.pin_tries = 16\n", "ssse.pin_tries: 16 is no answer; it may be a whole number, 1 to 15"),
        ("[answers]\ncard.ssse = 1\n", "card.ssse: 1 is no answer; it may be true or false"),
        ("[answers]\ncard.ssse = []\n", "card.ssse: that is no answer"),
        (f"[answers]\nssse.version = '{'9' * 99}'\n", "ssse.version: that is no answer"),
        ('[answers]\n"ssse.pin_tries" = 3\nssse.pin_tries = 3\n', "ssse.pin_tries is answered twice"),
        ("[answer]\n", "no table answer; did you mean answers?"),
        ("[other]\n", "no table other; there are sample and answers"),
        ("answers = 1\n", "answers is a table, [answers]"),
        ("[sample]\nprodukt = 'x'\n[answers]\n", "sample.produkt: unknown; did you mean product?"),
        ("[sample]\nq = 'x'\n[answers]\n", "sample.q: unknown; known are product, version, manufacturer, date"),
        ("[sample]\nproduct = 1\n[answers]\n", "sample.product: a line of text, at most 200 characters"),
        ('[sample]\nproduct = "a\\nb"\n[answers]\n', "sample.product: a line of text"),
        (f"[sample]\nproduct = '{'x' * 201}'\n[answers]\n", "sample.product: a line of text"),
        ("[answers\n", "not TOML"),
        ("", "it has no table [answers]"),
        ("[answers.sse]\n", "there is no question sse; `dualcos lab ics questions` lists them"),
        ("[answers.ssse.version]\n", "ssse.version: that is no answer"),
    ],
)
def test_what_is_not_known_is_refused_with_the_nearest(text, said):
    with pytest.raises(StatementError) as refused:
        Statement.from_toml(text, "f.toml")
    assert str(refused.value).startswith("f.toml: ")
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_table_that_nothing_stands_in_yet():
    assert Statement.from_toml("[answers.ssse.options]\n[answers.card]\n").answers == {}


def test_what_is_open():
    assert [each.id for each in Statement({}).open if each.id.startswith("card.")] == list(SOCIAL)
    assert not [each for each in Statement({}).open if each.side], "a side is asked about once it is there"
    open_ = Statement({**SOCIAL, "ssse.version": "3.0"}).open
    assert {each.side for each in open_} == {"", "ssse"}
    assert "ssse.version" not in {each.id for each in open_}
    assert {each.id for each in open_ if each.default is None} == {"ssse.algorithm", "ssse.pin_set"}


def test_a_setting_that_no_answer_names_is_told():
    with pytest.raises(StatementError, match=r'missing_mac_word is "6A80" in this profile; it may be "6700" or "6987"'):
        Statement.derived(load("bank-only", settings=["pse.options.missing_mac_word=6A80"]))


# --- contradictions ---------------------------------------------------------------------------------------------------

PKI = {**SOCIAL, "card.pki": True, "ssse.version": "3.0"}
BANK = {**SOCIAL, "card.ssse": False, "card.pse": True}
PSAM = {**dict.fromkeys(SOCIAL, False), "card.psam": True}
# Of each exclusion: answers that meet it, and what mends them.
MET = {
    "card.psam and (card.ssse or card.pse or card.pki)": ({**SOCIAL, "card.psam": True}, {"card.psam": False}),
    "card.pki and not card.ssse": ({**BANK, "card.pki": True}, {"card.pki": False}),
    "card.pki and ssse.version != '3.0'": ({**PKI, "ssse.version": "2.0"}, {"ssse.version": "3.0"}),
    "ssse.algorithm == 'SM4' and ssse.version == '1.0'": (
        {**SOCIAL, "ssse.version": "1.0", "ssse.algorithm": "SM4"},
        {"ssse.algorithm": "3DES"},
    ),
    "ssse.dir_sfi >= 5 and (ssse.dir_sfi <= 7 or (ssse.dir_sfi == 8 and ssse.version != '1.0'))": (
        {**SOCIAL, "ssse.version": "2.0", "ssse.dir_sfi": 8},
        {"ssse.dir_sfi": 10},
    ),
    "(pse.sda or pse.dda or pse.cda) and not pse.certificates": (
        {**BANK, "pse.cda": True, "pse.certificates": False},
        {"pse.certificates": True},
    ),
    "pse.options.gpo_refuses_foreign and not pse.pdol": (
        {**BANK, "pse.options.gpo_refuses_foreign": True, "pse.pdol": False},
        {"pse.options.gpo_refuses_foreign": False},
    ),
    "psam.mf == '' and (psam.sx2 == 'SM4' or psam.sx3 == 'SM4')": (
        {**PSAM, "psam.mf": "", "psam.sx2": "SM4", "psam.sx3": ""},
        {"psam.mf": "3DES"},
    ),
}


def test_every_exclusion_is_met_below():
    assert {each.condition for each in EXCLUSIONS} == MET.keys()
    for each in EXCLUSIONS:
        assert set(asked_facts(each.condition, ())) <= BY_ID.keys()


@pytest.mark.parametrize("exclusion", EXCLUSIONS, ids=lambda each: each.condition)
def test_a_contradiction_is_told_and_its_mended_form_taken(exclusion):
    wrong, mending = MET[exclusion.condition]
    statement = Statement(wrong)
    (found,) = statement.contradictions
    assert found.exclusion == exclusion
    assert found.answers
    with pytest.raises(StatementError) as refused:
        statement.demand_consistent("f.toml")
    line = str(refused.value)
    assert line == f"f.toml: {found.line}"
    assert all(part in line for part in (exclusion.zh, exclusion.en, exclusion.change_zh, exclusion.change_en))
    assert all(name in line for name in found.answers)
    assert not Statement({**wrong, **mending}).contradictions
    assert any(name in exclusion.change_en for name in found.answers) or "them" in exclusion.change_en


def test_answers_about_a_side_that_is_not_there():
    statement = Statement({**BANK, "ssse.version": "3.0", "ssse.pin_tries": 3})
    (found,) = statement.contradictions
    assert found.answers == {"card.ssse": False, "ssse.version": "3.0"}
    assert "2 questions are answered about a side that the card has not" in found.line
    assert "leave out the answers that begin with ssse." in found.line
    assert not contradictions_in({"ssse.version": "3.0"}), "whether the side is there is open yet"


# --- applied ----------------------------------------------------------------------------------------------------------


def test_the_answer_holds_where_the_profile_says_otherwise():
    profile = load("social-2.0")
    answers = {**Statement.derived(profile).answers, "ssse.options.missing_mac": "6988", "ssse.dir_wrapped": True}
    statement = Statement({**answers, "ssse.pin_tries": 5, "chip.transmission.protocol": "T=1"})
    assert [each.question.id for each in statement.differing(profile)] == [
        "chip.transmission.protocol",
        "ssse.pin_tries",
        "ssse.dir_wrapped",
        "ssse.options.missing_mac",
    ]
    made = stated_sample(Sample("profile", "social-2.0", settings=("ssse.pin=8642",)), statement, "f.toml")
    assert made.settings == (
        "ssse.pin=8642",
        "chip.transmission.protocol=T=1",
        "ssse.pin_tries=5",
        "ssse.dir_wrapped=true",
        "ssse.options.missing_mac=6988",
    )
    assert Statement.derived(load("social-2.0", settings=made.settings)) == statement
    reader = stated_sample(Sample("reader", "any", "social-2.0"), statement, "f.toml")
    assert len(reader.settings) == 4


def test_an_answer_without_text_is_a_setting_too():
    profile = load("psam-sm4")
    statement = Statement({**Statement.derived(profile).answers, "psam.sx3": ""})
    assert statement.settings(profile) == ('psam.sx3=""',)
    assert load("psam-sm4", settings=statement.settings(profile)).psam.sx3 == ""


@pytest.mark.parametrize(
    ("profile", "answers", "said"),
    [
        ("social-2.0", {"card.pse": True}, "card.pse = true, and the profile says false, which no setting changes"),
        ("bank-only", {"pse.cda": False}, "pse.cda = false, and the profile says true, which no setting changes"),
        ("social-2.0", {"ssse.pin_set": False}, "ssse.pin_set = false, and the profile says true"),
        ("social-2.0", {"pse.pin_tries": 3}, "pse.pin_tries = 3, and the profile says nothing of it"),
    ],
)
def test_what_no_setting_gives_is_refused_in_words(profile, answers, said):
    with pytest.raises(StatementError) as refused:
        Statement(answers).settings(load(profile), "f.toml")
    assert str(refused.value).startswith(f"f.toml: {said}")
    assert "name a profile whose card is so" in str(refused.value)


def test_contradictory_answers_are_applied_to_nothing():
    wrong = Statement(MET["card.pki and not card.ssse"][0])
    with pytest.raises(StatementError, match=r"f\.toml: card\.pki = true, card\.ssse = false"):
        stated_sample(Sample("profile", "bank-only"), wrong, "f.toml")
    with pytest.raises(StatementError, match="and each vector has its own here"):
        stated_sample(Sample("each vector's own"), Statement({}), "f.toml")


def test_a_card_files_settings_are_burnt_in(tmp_path):
    from dualcos.cli.main import run  # noqa: PLC0415 - for this one card file

    path = tmp_path / "one.card"
    assert run(["issue", "social-2.0", "-o", str(path)]) == 0
    sample = Sample("card file", str(path))
    same = Statement.derived(load("social-2.0"))
    assert stated_sample(sample, same, "f.toml") == sample
    other = Statement({**same.answers, "ssse.pin_tries": 5})
    with pytest.raises(StatementError, match=r"f\.toml: ssse\.pin_tries = 5, and the card of .* has 3: settings"):
        stated_sample(sample, other, "f.toml")
    with pytest.raises(StatementError, match=r"pse\.pin_tries = 3, and the card of .* has nothing"):
        stated_sample(sample, Statement({"pse.pin_tries": 3}), "f.toml")


# --- any statement ----------------------------------------------------------------------------------------------------

BASES = ("dual-3.0-sm4", "social-3.0-pki", "bank-only", "psam-sm4", "social-1.0")


@st.composite
def statements(draw: st.DrawFn) -> tuple[str, Statement]:
    """A profile, and what it answers with some answers otherwise: any that a question takes."""
    name = draw(st.sampled_from(BASES))
    answers = dict(Statement.derived(load(name)).answers)
    for question in draw(st.lists(st.sampled_from(QUESTIONS), max_size=6)):
        taken = st.sampled_from([each.value for each in question.answers])
        answers[question.id] = draw(taken if question.answers else st.integers(question.least, question.most))
    for question_id in draw(st.lists(st.sampled_from(sorted(answers)), max_size=3)):
        answers.pop(question_id, None)
    return name, Statement(answers)


def refusal(name: str, statement: Statement) -> tuple[str, Sample | None]:
    """Why it is refused; or the sample that it makes."""
    try:
        return "", stated_sample(Sample("profile", name), statement, "f.toml")
    except (StatementError, ProfileError) as refused:
        return str(refused), None


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(statements())
def test_any_statement_is_refused_in_words_or_makes_a_card(told):
    name, statement = told
    assert Statement.from_toml(as_toml(statement)) == statement
    why, stated = refusal(name, statement)
    assert stated is not None or (why and "\n" not in why)
    if stated is None:
        return
    profile = load(name, settings=stated.settings)
    made = Statement.derived(profile)
    assert statement.answers.items() <= made.answers.items()
    personalised_card(profile)


def test_both_come_of_statements():
    said = Statement.derived(load("bank-only"))
    assert refusal("bank-only", said)[1] is not None
    assert refusal("bank-only", Statement({**said.answers, "card.ssse": True}))[0]
