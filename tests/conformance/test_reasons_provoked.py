"""Every reason and every finding of the catalogue is provoked by something that runs: a vector, or a case of a test.

What vectors provoke is as the catalogue declares it: clause, status word, words in Chinese.
"""

from __future__ import annotations

from pathlib import Path

from dualcos.explain.catalogue import ENTRIES
from dualcos.explain.catalogue_entry import Language, entry_id
from dualcos.explain.recorded_data import as_json, from_json
from dualcos.explain.refusal_reasons import words
from dualcos.explain.refusal_sentences import REASONS
from dualcos.explain.refusal_sentences.status_words import ANSWERED_WITH
from dualcos.lab.conformance.vector_file import vector_files
from tests.architecture.test_phrases import SITES
from tests.provocations import provoked_by_tests, unlike_its_entry
from tests.provocations.test_provoked_reasons import CASES

FILES = vector_files(Path(__file__).parents[2] / "vectors")


def by_vectors(played) -> frozenset[str]:
    played.all(FILES)
    return frozenset(entry_id(event.reason.why) for event in played.refused.values())


def test_nothing_of_the_catalogue_goes_unprovoked(played):
    provoked = by_vectors(played) | provoked_by_tests()
    assert sorted(provoked - ENTRIES.keys()) == []
    assert sorted(ENTRIES.keys() - provoked) == []


def test_no_case_provokes_what_a_vector_does(played):
    assert sorted({case.entry for case in CASES} & by_vectors(played)) == []


def test_what_vectors_provoke_is_as_declared(played):
    played.all(FILES)
    assert len(played.refused) > 1000
    assert sorted({each for event in played.refused.values() for each in unlike_its_entry(event)}) == []


def test_the_data_of_every_reason_are_read_back(played):
    """The sentence made of what a trace file keeps is the sentence made at once."""
    played.all(FILES)
    for event in played.refused.values():
        about = {name: from_json(as_json(value)) for name, value in event.reason.about.items()}
        kept = event.reason._replace(about=about)
        assert all(words(kept, language) == words(event.reason, language) for language in Language)


def test_every_declared_status_word_was_given(played):
    played.all(FILES)
    given = {(event.reason.why, _family(event.sw)) for event in played.refused.values()}
    given |= {(ENTRIES[case.entry].name, _family(case.sw)) for case in CASES if not case.inside}
    assert {(name, sw) for sw, names in ANSWERED_WITH.items() for name in names} == given


def _family(sw: int) -> int:
    return 0x63C0 if sw & 0xFFF0 == 0x63C0 else 0x6C00 if sw >> 8 == 0x6C else sw


def test_every_declared_clause_is_cited(played):
    played.all(FILES)
    cited = {(event.reason.why, event.reason.clause) for event in played.refused.values()}
    cited |= {(phrase, site.clause) for site in SITES for phrase in site.phrases}
    declared = {(entry.name, clause) for entry in REASONS for clause in entry.clauses if clause}
    assert sorted(declared - cited) == []
