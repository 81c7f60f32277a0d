"""A batch of cards as they are issued in the field: its template says where the directory lies and what it and the
records hold; the cards are made, checked, taken up and told apart like any others.
"""

from __future__ import annotations

import pytest
from issuance_world import TEMPLATE, build, read_back, wanted

import dualcos
from dualcos.dialogue.bank import BankSession
from dualcos.dialogue.directory_reading import read_directory
from dualcos.dialogue.driver import perform_anew
from dualcos.issuance.personaliser import check_after_making, making_steps, workshop
from dualcos.issuance.personaliser.batch_runs import run
from dualcos.issuance.personaliser.cards_in_folder import card_files
from dualcos.issuance.personaliser.stock_register import StockRegister
from dualcos.issuance.personaliser.workshop import Job, Workshop
from dualcos.profile.schema import file_of

AS_ISSUED = """
[pse.issued_records]
"0104" = "8F01F29F320103"
"0206" = "8F01F29F320103"
"0207" = "DF2100"

[pse.directory]
sfi = 10
fci = ["88", "5F2D", "9F11"]
elements = { 9F11 = "01" }
discretionary = "9F4D020B0A"

[[pse.directory.entries]]
tags = ["4F", "50", "9F12"]
elements = { 9F12 = "" }

[[pse.directory.entries]]
elements = { 4F = "A000000333010102", 87 = "02" }
"""
AFL = 'afl = "0801010008030300100105001801020120010100"\n'


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """Three people, their cards' template as above, and the cards."""
    folder = tmp_path_factory.mktemp("issued")
    template = folder / "issued.toml"
    text = file_of(TEMPLATE).read_text("utf-8")
    template.write_text(text.replace('aid = "', f'{AFL}aid = "', 1) + AS_ISSUED, "utf-8")
    world = build(folder, 3, template=str(template))
    setting = world.setting(folder / "cards", template=str(template))
    with StockRegister(folder / "stock.db") as register:
        report = run(setting, world.both, register)
    return world, setting, report.counts, card_files(folder / "cards")


def test_they_are_made_and_read_back(own):
    world, _, counts, cards = own
    assert counts == {"made": 3}
    assert {read_back(path) for path in cards} == {wanted(person) for person in world.people}


def test_they_hold_what_the_template_says(own):
    """The locator names fewer records than there are, and all can be read."""
    card = dualcos.open_card(own[3][0], detached=True)
    directory = perform_anew(card, read_directory())
    assert (directory.sfi, len(directory.records)) == (10, 2)
    assert directory.fci.hex().upper().endswith("A51488010A5F2D027A689F110101BF0C059F4D020B0A")
    assert directory.records[0].hex().upper() == "701B61194F08A000000333010101500A50424F432044454249549F1200"
    session = BankSession(bytes.fromhex("A000000333010101"), {})
    perform_anew(card, session.select())
    for sfi, number in ((1, 4), (2, 6), (2, 7)):
        assert perform_anew(card, _record(session, sfi, number)).data[:1] == b"\x70"
    assert making_steps.bank_made(card, session.aid)


def _record(session, sfi, number):
    yield from session.select()
    return (yield from session.record(sfi, number))


@pytest.mark.parametrize(
    "other",
    [
        lambda entries: entries[1:],
        lambda entries: (*entries[:1], (entries[1][0], entries[1][1][:-1] + b"\x03"), *entries[2:]),
        lambda entries: ((0x0101, entries[0][1]), *entries[1:]),
        lambda entries: (*entries[:2], (0x0A03, entries[0][1]), *entries[2:]),
    ],
    ids=["one less", "one byte", "another file", "one more"],
)
def test_a_directory_that_differs_is_no_made_card(own, other):
    world, setting, _, cards = own
    card = dualcos.open_card(cards[0], detached=True)
    bench = Workshop(setting)
    job = Job(world.both.records[0], 1)
    _, bank = bench._orders(job, bench._historical(job), workshop._At())
    check_after_making.check_bank(card, bank, job.record.bank)
    with pytest.raises(check_after_making.NotRight, match="the payment directory differs"):
        check_after_making.check_bank(card, bank._replace(entries=other(bank.entries)), job.record.bank)
