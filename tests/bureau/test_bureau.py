"""The acceptance run with few people: faults found, cards made and read in a reader, the master key powerless."""

import importlib.util

import pytest

from tests.bureau.acceptance import BANK_PLACES, SOCIAL_PLACES, acceptance, differences, people_of
from tests.bureau.planted import FAULTS
from tests.bureau.readers import in_readers
from tests.dualcos.reader import pcscd


@pytest.mark.pcsc
@pytest.mark.skipif(
    importlib.util.find_spec("smartcard") is None, reason="pyscard is not installed (pip install 'dualcos[pcsc]')"
)
def test_a_small_bureau(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    tally = acceptance(len(FAULTS) + 10, each=1, jobs=1)
    assert tally.wrong == []
    assert any(line.startswith("card master key tried on") for line in tally.lines)


@pytest.mark.pcsc
@pytest.mark.skipif(
    importlib.util.find_spec("smartcard") is None, reason="pyscard is not installed (pip install 'dualcos[pcsc]')"
)
@pytest.mark.parametrize(("way", "count"), [("embedded", 5), ("vpcd", 4)])
def test_a_small_batch_in_readers(way, count, tmp_path, monkeypatch):
    """One card is pulled midway, one is a stranger; with more, by `make bureau-readers`, one is made already."""
    if way == "vpcd" and pcscd.unavailable():
        pytest.skip(pcscd.unavailable())
    monkeypatch.chdir(tmp_path)
    tally = in_readers(count, (way,))
    assert tally.wrong == []
    assert f"{count} cards read" in "\n".join(tally.lines)


def test_the_comparison_notices_a_wrong_card():
    """A check that cannot fail is none: every item of a good reading is spoiled in turn."""
    person = people_of(1)[0]
    good = reading_of(person)
    assert differences(person, good)[0] == []
    for place in good:
        assert differences(person, {**good, place: "EE"})[0], place


def reading_of(person):
    """What a terminal reads from a right card, written down by hand from the rows."""
    social = {place: person.social[column].encode("gbk").hex() for column, place in SOCIAL_PLACES.items()} | {
        "DDF1/06/09": person.social["name"].encode("gbk").hex()
    }
    bank = {f"bank/{tag}": shown(person.bank) for tag, shown in BANK_PLACES.values()}
    row = person.bank
    track = f"{row['pan']}D{row['expiry']}{row['service_code']}0000F"
    return social | bank | {"bank/57": track, "pin": "9000", "bank/pin": "9000"}
