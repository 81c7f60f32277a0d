"""The centralised mode: cards from rows, read back by commands; nothing made twice."""

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from issuance_data import POLICY
from issuance_world import build, read_back, wanted

import dualcos
from dualcos.issuance.bank import bank_rows
from dualcos.issuance.bank.bank_card_records import bank_record
from dualcos.issuance.bank.bank_rows import BankTerms
from dualcos.issuance.bank.rsa_pool import RsaPool
from dualcos.issuance.invented_citizens import citizens, write_inputs
from dualcos.issuance.parties_together import PartiesAt, StoreAt, invented_stores
from dualcos.issuance.personaliser import check_after_making, handover_files, unfinished_card_files
from dualcos.issuance.personaliser.batch_runs import run
from dualcos.issuance.personaliser.cards_in_folder import card_files
from dualcos.issuance.personaliser.job_pool import Cores
from dualcos.issuance.personaliser.stock_register import StockRegister
from dualcos.issuance.personaliser.workshop import Job, Workshop, WorkshopSetting
from dualcos.profile.schema import load
from firewall.hardware.randomness import SeededRng
from keys.custody.sealing import LockSource, new_key_file


def test_sixty_citizens_read_back(world, made):
    folder, report = made
    assert report.counts == {"made": 60}
    found = {read_back(path) for path in card_files(folder / "cards")}
    assert found == {wanted(person) for person in world.people}


def test_every_card_has_keys_of_its_own(world, made):
    """The bureau's service opens a card of its own, and not another one's."""
    folder, _ = made
    bench = Workshop(world.setting(folder / "cards"))
    first, second = card_files(folder / "cards")[:2]
    orders = []
    for path, data in zip((first, second), world.both.records, strict=False):
        orders.append(bench.social.order(data.social, unfinished_card_files.historical_bytes(path)))
    check_after_making.check_social(dualcos.open_card(first, detached=True), orders[0])
    with pytest.raises(check_after_making.NotRight):
        check_after_making.check_social(dualcos.open_card(first, detached=True), orders[1])
    assert not orders[0].master.equals(orders[1].master)


def test_the_same_seed_makes_the_same_cards(world, made, tmp_path):
    folder, _ = made
    bench = Workshop(world.setting(tmp_path))
    assert bench.make(Job(world.both.records[0], 1)).verdict == "made"
    one, other = (dualcos.open_card(path / "00000001.card", detached=True) for path in (tmp_path, folder / "cards"))
    assert one.dump() == other.dump()


def test_processes_make_the_same_cards(world, made, tmp_path):
    folder, _ = made
    with StockRegister(tmp_path / "stock.db") as register:
        report = run(world.setting(tmp_path / "cards"), world.some(world.both, 6), register, Cores(2))
    assert report.counts == {"made": 6}
    for path in card_files(tmp_path / "cards"):
        there = folder / "cards" / path.name
        assert dualcos.open_card(path, detached=True).dump() == dualcos.open_card(there, detached=True).dump()


def test_batch_and_stock_refuse_a_second_card(world, made):
    folder, _ = made
    with StockRegister(folder / "stock.db") as register:
        again = run(world.setting(folder / "cards"), world.both, register)
        assert (again.counts, again.earlier) == ({"made": 60}, 60)
        other = run(world.setting(folder / "more"), world.some(world.both, 1, "OTHER"), register)
        assert other.counts == {"rejected": 1}
        assert "ALREADY_MADE: the card number is on card 1 of batch BOTH" in other.outcomes[0].reason
        assert not card_files(folder / "more")
        person = world.both.records[0].person
        assert register.made_for(person, "", "") == "ALREADY_MADE: this person has card 1 of batch BOTH"


def test_outputs_name_every_card(world, made):
    _, report = made
    rows = tuple(
        handover_files.feedback_rows(
            report, world.both, {"IRK/1": "86A5F0"}, handover_files.MadeBy("body", "op", "now")
        )
    )
    assert {(row.ssn, row.name, row.card_no, row.bank_pan) for row in rows} == set(map(wanted, world.people))
    assert all(row.result == "made" and len(row.atr) == 34 and len(row.card_ident) == 32 for row in rows)
    assert len({row.box_pos for row in rows}) == 60
    files = handover_files.deliveries(report, world.both)
    pack, mail, face = (files[name].decode().splitlines() for name in ("pack.csv", "mail.csv", "face.jsonl"))
    assert (len(pack), len(mail), len(face)) == (61, 61, 60)
    assert not any(person.social["ssn"] in "".join(pack) for person in world.people)


@pytest.mark.parametrize("template", ["dual-3.0-sm4"])
def test_three_point_zero_with_sm4(tmp_path, template):
    world = build(tmp_path, 2, template=template)
    setting = world.setting(tmp_path / "cards", template=template)
    with StockRegister(tmp_path / "stock.db") as register:
        assert run(setting, world.both, register).counts == {"made": 2}


def bank_cards(tmp_path, *, own_rsa=False):
    """Two people with accounts and no social side, and the bank's template with SM algorithms besides."""
    pytest.importorskip("gmssl.sm2", reason="SM2 is an optional extra")
    template = load("pboc-sm")
    (tmp_path / "lock").write_text(new_key_file(), encoding="utf-8")
    lock = LockSource(file=str(tmp_path / "lock"))
    for owner, store in invented_stores(template, SeededRng(b"test sm"), own_rsa=own_rsa)._asdict().items():
        store.save(tmp_path / owner, lock.lock({}))
    write_inputs(tmp_path, citizens(2))
    rows = bank_rows.load(tmp_path / "bank.csv", BankTerms({"debit": template.pse}, plain_pins=True), POLICY).rows
    at = {owner: StoreAt(str(tmp_path / owner), lock) for owner in ("maker", "bank")}
    setting = WorkshopSetting(PartiesAt("pboc-sm", seed="test", **at), str(tmp_path))
    return setting, [bank_record(seq, row) for seq, row in enumerate(rows, 1)]


def test_a_bank_card_with_sm_algorithms_has_keys_of_the_banks_sm4_masters(tmp_path):
    """UDK: one block of SM4 over Y and its complement (PBOC-7 §11.1.4 with 16-byte blocks), computed elsewhere."""
    setting, records = bank_cards(tmp_path)
    bench = Workshop(setting)
    assert [bench.make(Job(each, seq)).verdict for seq, each in enumerate(records, 1)] == ["made", "made"]
    masters = setting.parties.bank.open()
    data = records[0].bank
    order = bench.bank.order(data, unfinished_card_files.historical_bytes(tmp_path / "00000001.card"))
    y = bytes.fromhex((data.pan + data.psn)[-16:])
    for key, name in zip(order.second.keys, ("imk-ac-sm4", "imk-mac-sm4", "imk-enc-sm4"), strict=True):
        master = Cipher(SM4(bytes.fromhex(masters.key(name).value)), modes.ECB()).encryptor()  # noqa: S305 - the derivation's own mode
        udk = master.update(y + bytes(each ^ 0xFF for each in y))
        check = Cipher(SM4(udk), modes.ECB()).encryptor().update(bytes(16))[:3]  # noqa: S305 - as above
        assert key.check_value == check
    assert dict(order.second.groups)[0x9201].hex().endswith("0701010300000004")


def test_sm_test_keys_do_not_go_onto_cards_of_a_bank_with_its_own_issuer_key(tmp_path):
    setting, records = bank_cards(tmp_path, own_rsa=True)
    pool = StoreAt(str(tmp_path / "pool"), setting.parties.bank.lock)
    RsaPool().extended(1).save(pool.path, pool.lock.lock({}))
    bench = Workshop(setting._replace(parties=setting.parties._replace(pool=pool)))
    outcome = bench.make(Job(records[0], 1, rsa=0))
    assert outcome.verdict == "rejected"
    assert "bank template debit wants an SM2 key for every card" in outcome.reason
