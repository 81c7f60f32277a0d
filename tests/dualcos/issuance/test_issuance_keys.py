"""Keys of each party on its own; wrong keys and wrong orders are refused; an RSA key is for one card."""

import msgspec
import pytest
from issuance_world import AID, TEMPLATE, build, make_all, orders

from dualcos.dialogue import personalise_bank
from dualcos.dialogue.driver import StepRefused
from dualcos.issuance.bank.bank_order_service import BankService
from dualcos.issuance.bank.rsa_pool import RsaPool
from dualcos.issuance.bureau.social_order_service import SocialService
from dualcos.issuance.exchange.order_services import KeyServiceError
from dualcos.issuance.maker.birth_order_service import MakerService
from dualcos.issuance.parties_together import StoreAt
from dualcos.issuance.personaliser import batch_runs, check_after_making, handover_files, making_steps, workshop
from dualcos.issuance.personaliser.batch_runs import run
from dualcos.issuance.personaliser.stock_register import RegisterError, StockRegister
from dualcos.issuance.personaliser.workshop import Job, Workshop
from dualcos.profile.schema import load
from keys.custody.key_store_file import KeyFile, KeyFileError
from keys.custody.ownership import KeyOwner, NotYours, Purpose


def test_a_service_refuses_the_other_sides_store(world):
    template = load(TEMPLATE)
    stores = {owner: KeyFile.open(world.folder / owner.value, world.lock.lock({})) for owner in KeyOwner}
    makers = {
        KeyOwner.MAKER: lambda store: MakerService(store, template),
        KeyOwner.SOCIAL: lambda store: SocialService(store, template.ssse),
        KeyOwner.BANK: lambda store: BankService(store, {"debit": template.pse}),
    }
    for owner, service in makers.items():
        for other, store in stores.items():
            if owner is other:
                service(store)
            else:
                with pytest.raises(NotYours):
                    service(store)


def test_the_stores_share_only_what_is_handed_over(world):
    stores = [KeyFile.open(world.folder / owner.value, world.lock.lock({})) for owner in KeyOwner]
    for at, one in enumerate(stores):
        for other in stores[at + 1 :]:
            shared = {key.value for key in one.entries()} & {key.value for key in other.entries()}
            purposes = {key.purpose for key in one.entries() if key.value in shared}
            assert purposes <= {Purpose.FILE_MAC, Purpose.FIRST_SOCIAL, Purpose.FIRST_BANK}
    social, bank = stores[0], stores[1]
    assert (social.owner, bank.owner) == (KeyOwner.SOCIAL, KeyOwner.BANK)
    both = {key.value for key in social.entries()} & {key.value for key in bank.entries()}
    assert [key.name for key in social.entries() if key.value in both] == ["file-mac-bank"]


def test_every_file_mac_key_is_known_to_two_parties_at_most(world):
    stores = {owner: KeyFile.open(world.folder / owner.value, world.lock.lock({})) for owner in KeyOwner}
    holders = {}
    for owner, store in stores.items():
        for key in store.entries(Purpose.FILE_MAC):
            holders.setdefault(key.value, set()).add((owner.value, key.name))
    found = sorted(sorted(each) for each in holders.values())
    assert found == [
        [("bank", "file-mac")],
        [("bank", "file-mac-maker"), ("maker", "file-mac-bank")],
        [("bank", "file-mac-social"), ("social", "file-mac-bank")],
        [("maker", "file-mac")],
        [("maker", "file-mac-social"), ("social", "file-mac-maker")],
        [("social", "file-mac")],
    ]


def test_the_card_master_key_is_dead_after_the_makers_step(world):
    """Neither the batch's key nor the final one does anything any more."""
    _, card, birth, social, _bank = orders(world)
    making_steps.initialise(card, birth)
    with pytest.raises(check_after_making.NotRight, match=r"card master key.*63C"):
        check_after_making.check_master_key_is_powerless(card, birth.card_master)
    check_after_making.check_master_key_is_powerless(card, birth.final_card_master)
    stolen = social._replace(first=birth.final_card_master, master=birth.final_card_master)
    with pytest.raises(StepRefused, match="63C"):
        making_steps.social_step(card, stolen)


def test_the_handed_over_key_is_replaced_at_once(world):
    _, card, birth, social, bank = orders(world)
    make_all(card, birth, social, bank)
    with pytest.raises(StepRefused, match="63C"):
        making_steps.social_step(card, social._replace(master=birth.environments[0][1]), resuming=True)


def test_a_store_of_another_batch_is_refused_before_harm(world):
    """The first master key is another: the card stays as the maker left it."""
    _, card, birth, social, _ = orders(world)
    making_steps.initialise(card, birth)
    wrong = social._replace(first=birth.transport, master=birth.transport)
    with pytest.raises(StepRefused, match=r"master key authentication.*63C2"):
        making_steps.social_step(card, wrong)
    making_steps.social_step(card, social)


def test_an_order_for_another_chip_is_refused(world):
    _, card, birth, _, _ = orders(world)
    _, _, _, social, bank = orders(world, serial=2)
    making_steps.initialise(card, birth)
    with pytest.raises(StepRefused, match="order is for the chip"):
        making_steps.social_step(card, social)
    with pytest.raises(StepRefused, match="order is for chip"):
        making_steps.bank_step(card, bank)


def test_the_bodies_cannot_begin_before_the_maker(world):
    _, card, _, social, bank = orders(world)
    for step, order in ((making_steps.social_step, social), (making_steps.bank_step, bank)):
        with pytest.raises(StepRefused):
            step(card, order)


def test_a_missing_root_is_named_before_the_first_card(world, tmp_path):
    store = KeyFile(KeyOwner.SOCIAL)
    lock = world.lock.lock({})
    for key in KeyFile.open(world.folder / "social", lock).entries():
        if key.label != "RKSSSE/2":
            store.add(key.name, key.purpose, key.algorithm, bytes.fromhex(key.value), version=key.version)
    store.save(tmp_path / "social", lock)
    with pytest.raises(KeyServiceError, match=r"no root RKSSSE/2, which 2\.0 cards need"):
        Workshop(world.setting(tmp_path, social=StoreAt(str(tmp_path / "social"), world.lock)))


def test_a_template_of_another_edition_is_refused_by_row(world, tmp_path):
    data = world.both.records[0]
    other = msgspec.structs.replace(data, social=msgspec.structs.replace(data.social, version="3.00"))
    outcome = Workshop(world.setting(tmp_path)).make(Job(other, 1))
    assert (outcome.verdict, outcome.stage) == ("rejected", "social")
    assert outcome.reason == "the data are for a 3.0 card, the template makes 2.0"
    assert not list(tmp_path.iterdir())


def test_a_batch_with_bad_rows_makes_the_good_ones(world, tmp_path):
    good = world.both.records[:3]
    bad = msgspec.structs.replace(good[1], bank=msgspec.structs.replace(good[1].bank, dki=9))
    batch = batch_runs.Batch(header=world.some(world.both, 3).header, records=(good[0], bad, good[2]))
    with StockRegister(tmp_path / "stock.db") as register:
        report = run(world.setting(tmp_path / "cards"), batch, register)
    assert report.counts == {"made": 2, "rejected": 1}
    assert "card 2 rejected at bank: no issuer master keys: index 09" in handover_files.summary(report)


def test_a_wrong_key_check_value_spoils_the_card_before_use(world, monkeypatch):
    """9000 with other check values: the card answers 6A80, the application stays unmade."""
    _, card, birth, _, bank = orders(world)
    making_steps.initialise(card, birth)
    wrong = bank.data.keys._replace(ac=bank.data.keys.mac)
    monkeypatch.setattr("dualcos.dialogue.personalise_bank.application_groups", _with_wrong_check_values(wrong))
    with pytest.raises(StepRefused, match=r"STORE DATA 9000.*6A80"):
        making_steps.bank_step(card, bank)
    monkeypatch.undo()
    assert not making_steps.bank_made(card, AID)
    making_steps.bank_step(card, bank, resuming=True)
    assert making_steps.bank_made(card, AID)


def _with_wrong_check_values(keys):
    original = personalise_bank.application_groups

    def groups(order, session):
        for group in original(order, session):
            yield group._replace(value=b"".join(key.check_value for key in keys)) if group.dgi == 0x9000 else group

    return groups


def test_a_bad_data_group_is_refused_by_name(world):
    _, card, birth, _, bank = orders(world)
    making_steps.initialise(card, birth)
    groups = tuple((0x7FFF if dgi == 0x0401 else dgi, value) for dgi, value in bank.data.groups)
    with pytest.raises(StepRefused, match=r"STORE DATA 7FFF.*6A88"):
        making_steps.bank_step(card, bank._replace(data=bank.data._replace(groups=groups)))
    making_steps.bank_step(card, bank, resuming=True)


def test_pins_under_the_transport_key(world):
    store = KeyFile.open(world.folder / "bank", world.lock.lock({}))
    bench = Workshop(world.setting(world.folder / "none"))
    under = store.handle("pin-transport")
    block = under.encrypt(bytes.fromhex("26123456FFFFFFFF")).hex()
    data = world.both.records[0].bank
    kcv = under.check_value.hex()
    order = bench.bank.order(msgspec.structs.replace(data, pin=f"{block}:{kcv}"), bytes(13))
    assert order.data.pin_block.hex().upper() == "26123456FFFFFFFF"
    with pytest.raises(KeyServiceError, match="column offline_pin: under a key with check value 000000"):
        bench.bank.order(msgspec.structs.replace(data, pin=f"{block}:000000"), bytes(13))
    with pytest.raises(KeyServiceError, match="no PIN block") as error:
        bench.bank.order(msgspec.structs.replace(data, pin=f"{'00' * 8}:{kcv}"), bytes(13))
    assert "123456" not in str(error.value)


def test_cards_take_their_rsa_key_from_the_pool_once(tmp_path):
    world = build(tmp_path, 3, own_rsa=True)
    pool = StoreAt(str(tmp_path / "pool"), world.lock)
    setting = world.setting(tmp_path / "cards", pool=pool)
    RsaPool().extended(2).save(tmp_path / "pool", world.lock.lock({}))
    with StockRegister(tmp_path / "stock.db") as register, pytest.raises(RegisterError, match="used up"):
        run(setting, world.both, register)
    RsaPool.open(tmp_path / "pool", world.lock.lock({})).extended(1).save(tmp_path / "pool", world.lock.lock({}))
    workshop.workshop.cache_clear()
    with StockRegister(tmp_path / "stock.db") as register:
        assert run(setting, world.both, register).counts == {"made": 3}
        assert sorted(claim.rsa for claim in register.history("BOTH")) == [0, 1, 2]
    bench = Workshop(setting)
    data = world.both.records[0].bank
    keys = [bench.bank.order(data, bytes(13), n).data.private.modulus for n in range(3)]
    assert len(set(keys)) == 3
    with pytest.raises(KeyServiceError, match="none was given"):
        bench.bank.order(data, bytes(13))


def test_a_locked_store_is_one_clear_line(world, tmp_path):
    with pytest.raises(KeyFileError, match=r"key store .*none"):
        Workshop(world.setting(tmp_path, bank=StoreAt(str(tmp_path / "none"), world.lock)))
