"""Every stored input is answered properly, regressions first; every target takes what is well-formed; and they bite."""

from __future__ import annotations

import pytest

from apdu import command, tlv
from cos.kernel import engine
from dualcos.issuance.exchange import feedback_file
from dualcos.lab.conformance import applicability
from dualcos.reader import vpcd
from dualcos.reader.embedded import virtual_reader
from tests.fuzzing import corpus, table

BY_NAME = {target.name: target for target in table.TARGETS}


@pytest.mark.parametrize("target", table.TARGETS, ids=lambda target: target.name)
def test_stored_inputs_are_answered_properly(target):
    """Anything but acceptance or a declared refusal is raised here."""
    entries = corpus.load(target.name)
    assert entries, "no stored corpus: make fuzz ARGS='--reduce'"
    taken = [target.accepts(entry.data) for entry in entries]
    assert any(taken)
    assert not target.refusals or not all(taken)


@pytest.mark.parametrize("target", table.TARGETS, ids=lambda target: target.name)
def test_what_is_well_formed_is_taken(target):
    """A target that refuses everything would prove nothing."""
    seeds = tuple(target.seeds())
    assert seeds
    assert all(target.accepts(seed) for seed in seeds)


def test_the_files_belong_to_targets_and_stay_small():
    assert {path.stem for path in corpus.FOLDER.iterdir()} == set(BY_NAME)
    for path in corpus.FOLDER.iterdir():
        assert path.stat().st_size < 100_000, path
        entries = corpus.load(path.stem)
        assert len({entry.data for entry in entries}) == len(entries)


def dies_of_short_tags(patch):
    """A tag's end is not looked for."""
    patch.setattr(tlv, "read_tag", lambda raw, at: ((raw[at] << 8 | raw[at + 1], at + 2) if raw[at] & 31 == 31 else (raw[at], at + 1)))  # fmt: skip # noqa: E501


def le_forgotten(patch):
    """Le 00 is read as 0 bytes."""
    parse = command.parse
    patch.setattr(command, "parse", lambda raw: (c := parse(raw))._replace(le=c.le and c.le & 0xFF))


def fragment_taken(patch):
    """vpcd's framing hands on what has come so far."""
    patch.setattr(vpcd.VpcdFramer, "feed", lambda _self, chunk: [chunk] if chunk else [])


def error_escapes(patch):
    """The engine knows no error but its own refusals."""
    init = engine.Engine.__init__

    def deaf(self, *args, **kw):
        init(self, *args, **kw)
        self._caught = ()

    patch.setattr(engine.Engine, "__init__", deaf)


def waits_for_itself(patch):
    """A client waits for its own transaction to end."""

    def wait(self, handle, _client):
        assert self._owner is None or self._owner is handle, "waits for ever"

    patch.setattr(virtual_reader.VirtualReader, "_wait_for_turn", wait)


def mac_trusted(patch):
    """What a MAC covers is taken for text."""
    patch.setattr(
        feedback_file, "_rows", lambda _path, text: [feedback_file.FeedbackRow(int(line)) for line in text.split()]
    )


def python_judges(patch):
    """A condition is whatever Python makes of it."""
    patch.setattr(applicability, "holds", lambda text, known: bool(eval(text or "True", {}, dict(known))))  # noqa: S307


@pytest.mark.parametrize(
    ("name", "bug"),
    [
        ("tlv", dies_of_short_tags),
        ("apdu", le_forgotten),
        ("vpcd", fragment_taken),
        ("card", error_escapes),
        ("pcsc-session", waits_for_itself),
        ("feedback-file", mac_trusted),
        ("condition", python_judges),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_seeded_bug_is_seen_by_the_stored_corpus(name, bug, monkeypatch):
    target = BY_NAME[name]
    from tests.fuzzing import card  # noqa: PLC0415 - its cards must be made under the patch

    card._bench.cache_clear()
    bug(monkeypatch)
    try:
        assert any(dies(target, data) for data in (*target.seeds(), *(entry.data for entry in corpus.load(name))))
    finally:
        card._bench.cache_clear()


def dies(target, data):
    """True if what comes out is no proper answer."""
    try:
        target.accepts(data)
    except Exception:
        return True
    return False
