"""A small world for the making tests: three stores, invented citizens, their records. Built once."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from issuance_data import POLICY

import dualcos
from apdu.status import SW
from dualcos.dialogue.bank import BankSession
from dualcos.dialogue.driver import perform
from dualcos.dialogue.iso_commands import record, select_name
from dualcos.dialogue.social import items
from dualcos.issuance.bank.bank_rows import BankTerms
from dualcos.issuance.exchange.personalisation_file import Batch, Header
from dualcos.issuance.invented_citizens import citizens, write_inputs
from dualcos.issuance.parties_together import (
    PartiesAt,
    StoreAt,
    bank_templates,
    invented_stores,
    prepare_bank,
    prepare_both,
    prepare_social,
)
from dualcos.issuance.personaliser import making_steps, workshop
from dualcos.issuance.personaliser.workshop import Job, Workshop, WorkshopSetting
from dualcos.profile.schema import load
from firewall.hardware.randomness import SeededRng
from keys.custody.sealing import LockSource, new_key_file

TEMPLATE = "dual-2.0-3des"
MAC = bytes(range(32))  # test key
SSSE = bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF")
AID = bytes.fromhex("A000000333010101")


class World(NamedTuple):
    """Where the stores are, and the same people as pairs, social rows and bank rows."""

    folder: Path
    lock: LockSource
    people: tuple
    both: Batch
    social: Batch
    bank: Batch

    def setting(
        self, cards: Path, mode: str = "central", *, template: str = TEMPLATE, durable: bool = False, **stores
    ) -> WorkshopSetting:
        owners = {"central": ("maker", "social", "bank"), "chips": ("maker",)}.get(mode, (mode,))
        known = {owner: StoreAt(str(self.folder / owner), self.lock) for owner in owners}
        parties = PartiesAt(template, seed="test", **(known | stores))
        return WorkshopSetting(parties, str(cards), mode, durable)

    def some(self, batch: Batch, count: int, name: str = "") -> Batch:
        header = Header(
            format=1, batch=name or batch.header.batch, template=TEMPLATE, sides="", count=count, mac_kcv=""
        )
        return Batch(header=header, records=batch.records[:count])


def build(folder: Path, count: int = 60, *, own_rsa: bool = False, template: str = TEMPLATE) -> World:
    (folder / "lock").write_text(new_key_file(), encoding="utf-8")
    lock = LockSource(file=str(folder / "lock"))
    stores = invented_stores(load(template), SeededRng(b"test world"), own_rsa=own_rsa)
    for owner, store in stores._asdict().items():
        store.save(folder / owner, lock.lock({}))
    people = tuple(citizens(count, version=load(template).ssse.version + "0"))
    write_inputs(folder, people)
    social, bank = folder / "social.csv", folder / "bank.csv"
    terms = BankTerms(bank_templates(template), plain_pins=True)
    both = prepare_both(social, bank, terms, POLICY).matched()
    assert len(both.records) == count
    return World(
        folder,
        lock,
        people,
        _batch("BOTH", tuple(both.records)),
        _batch("SOCIAL", tuple(prepare_social(social, POLICY).records)),
        _batch("BANK", tuple(prepare_bank(bank, terms, POLICY).records)),
    )


def _batch(name: str, records: tuple) -> Batch:
    header = Header(format=1, batch=name, template=TEMPLATE, sides="", count=len(records), mac_kcv="")
    return Batch(header=header, records=records)


def texts(card, sfi):
    """Items of a file as a terminal shows them."""
    found = perform(card, items(sfi, 8))
    return {tag: value.rstrip(b"\0").decode("gbk", "replace") for tag, value in found.items()}


def read_back(path):
    """(number, name, card number, account) of a card file, by commands."""
    return read_card(dualcos.open_card(path, detached=True))


def read_card(card):
    """The same of a card in hand."""
    card.power_on()
    number = name = card_no = pan = ""
    if perform(card, select_name(SSSE)).sw == SW.OK and perform(card, record(5, 7)):
        holder, issued = texts(card, 6), texts(card, 5)
        number, name, card_no = holder.get(8, ""), holder.get(9, "") + holder.get(0x4E, ""), issued.get(7, "")
    session = BankSession(AID, {})
    if perform(card, session.select()).sw == SW.OK:
        perform(card, session.read())
        pan = session.shown[0x5A].hex().upper().rstrip("F")
    card.power_off()
    return number, name, card_no, pan


def wanted(person):
    return person.social["ssn"], person.social["name"], person.social["card_no"], person.bank["pan"]


def orders(world, serial=1):
    bench = Workshop(world.setting(world.folder / "none"))
    job = Job(world.both.records[0], serial)
    historical = bench._historical(job)
    social, bank = bench._orders(job, historical, workshop._At())
    return bench, bench._blank(job), bench.maker.order(historical), social, bank


def make_all(card, birth, social, bank, *, resuming=False):
    making_steps.initialise(card, birth, resuming=resuming)
    making_steps.social_step(card, social, resuming=resuming)
    making_steps.bank_step(card, bank, resuming=resuming)


# Every 29th command, and every one of the chip's birth, where a wrong step would be for ever.
