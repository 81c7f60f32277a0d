"""Cards from rows: read back by commands after the centralised and both stepwise modes, nothing made twice or lost."""

import shutil

import msgspec
import pytest
from issuance_world import MAC, TEMPLATE, build

from apdu.tlv import parse_simple
from cos.card import Card
from cos.personalise import bank as make
from cos.personalise.talk import PersonalisationError
from cos.profile import load
from firewall.hardware.power import PowerLoss
from issuance import batch as batches
from issuance import outputs
from issuance.batch import BatchError, Way, card_files, first_step, run, second_step
from issuance.data import feedback, record
from issuance.data.feedback import FeedbackError
from issuance.data.record import RecordError
from issuance.making import aftercheck, cardfiles, steps, workshop
from issuance.making.linking import MixedUp
from issuance.making.reading import CardReader
from issuance.making.rsa_pool import RsaPool
from issuance.making.services import BankService, CardRsa, MakerService, ServiceError, SocialService
from issuance.making.workshop import Job, StoreAt, Workshop
from issuance.pool import Cores
from issuance.register import RegisterError, State, StockRegister
from keys.host.keyfile import KeyFile, KeyFileError
from keys.host.ownership import NotYours, Owner, Purpose

SSSE = bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF")
AID = bytes.fromhex("A000000333010101")


def texts(reader, sfi):
    """Items of a file as a terminal shows them."""
    found = {}
    for number in range(1, 9):
        raw = reader.record(sfi, number)
        if raw:
            found |= {item.tag: item.value.rstrip(b"\0").decode("gbk", "replace") for item in parse_simple(raw)}
    return found


def read_back(path):
    """(number, name, card number, account) of a card file, by commands."""
    card = Card.open(path, detached=True)
    reader = CardReader(card)
    number = name = card_no = pan = ""
    if reader.select(SSSE) and reader.record(5, 7):
        holder, issued = texts(reader, 6), texts(reader, 5)
        number, name, card_no = holder.get(8, ""), holder.get(9, "") + holder.get(0x4E, ""), issued.get(7, "")
    if reader.select(AID):
        reader.send(bytes.fromhex("80A800000B8309000000000001000156") + b"\0")
        raw = reader.record(3, 1) or b""
        pan = raw[raw.index(0x5A) + 2 :][:10].hex().upper().rstrip("F") if raw else ""
    card.power_off()
    return number, name, card_no, pan


def wanted(person):
    return person.social["ssn"], person.social["name"], person.social["card_no"], person.bank["pan"]


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """Sixty people and the three stores, built once."""
    return build(tmp_path_factory.mktemp("world"))


# --- centralised -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def made(world, tmp_path_factory):
    """Sixty citizens in one pass."""
    folder = tmp_path_factory.mktemp("central")
    with StockRegister(folder / "stock.db") as register:
        return folder, run(world.setting(folder / "cards"), world.both, register)


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
        orders.append(bench.social.order(data.social, cardfiles.historical_bytes(path)))
    aftercheck.check_social(Card.open(first, detached=True), orders[0])
    with pytest.raises(aftercheck.NotRight):
        aftercheck.check_social(Card.open(first, detached=True), orders[1])
    assert not orders[0].master.equals(orders[1].master)


def test_the_same_seed_makes_the_same_cards(world, made, tmp_path):
    folder, _ = made
    bench = Workshop(world.setting(tmp_path))
    assert bench.make(Job(world.both.records[0], 1)).verdict == "made"
    one, other = (Card.open(path / "00000001.card", detached=True) for path in (tmp_path, folder / "cards"))
    assert one.dump() == other.dump()


def test_processes_make_the_same_cards(world, made, tmp_path):
    folder, _ = made
    with StockRegister(tmp_path / "stock.db") as register:
        report = run(world.setting(tmp_path / "cards"), world.some(world.both, 6), register, Cores(2))
    assert report.counts == {"made": 6}
    for path in card_files(tmp_path / "cards"):
        there = folder / "cards" / path.name
        assert Card.open(path, detached=True).dump() == Card.open(there, detached=True).dump()


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


def test_outputs_name_every_card(world, made, tmp_path):
    _, report = made
    rows = tuple(outputs.feedback_rows(report, world.both, {"IRK/1": "86A5F0"}, outputs.Maker("body", "op", "now")))
    assert {(row.ssn, row.name, row.card_no, row.bank_pan) for row in rows} == set(map(wanted, world.people))
    assert all(row.result == "made" and len(row.atr) == 34 and len(row.card_ident) == 32 for row in rows)
    assert len({row.box_pos for row in rows}) == 60
    outputs.write_all(tmp_path, report, world.both)
    pack = (tmp_path / "pack.csv").read_text(encoding="utf-8").splitlines()
    mail = (tmp_path / "mail.csv").read_text(encoding="utf-8").splitlines()
    face = (tmp_path / "face.jsonl").read_text(encoding="utf-8").splitlines()
    assert (len(pack), len(mail), len(face)) == (61, 61, 60)
    assert not any(person.social["ssn"] in "".join(pack) for person in world.people)


# --- restart -----------------------------------------------------------------------------------------------------


class Stopped(BaseException):
    """The process is killed: nobody cleans up."""


class StoppedPool:
    """Makes ``count`` cards and dies before anybody notes the last one."""

    def __init__(self, count):
        self.count = count

    def run(self, work, jobs):
        for number, job in enumerate(jobs, 1):
            outcome = work(job)
            if number == self.count:
                raise Stopped
            yield outcome


def test_an_interrupted_batch_goes_on(world, tmp_path):
    setting, batch = world.setting(tmp_path / "cards"), world.some(world.both, 8)
    with StockRegister(tmp_path / "stock.db") as register, pytest.raises(Stopped):
        run(setting, batch, register, StoppedPool(3))
    before = {path.name: read_back(path)[0] for path in card_files(tmp_path / "cards")}
    assert len(before) == 3
    with StockRegister(tmp_path / "stock.db") as register:
        report = run(setting, batch, register)
    assert (report.counts, report.earlier) == ({"made": 8}, 2)
    after = {path.name: read_back(path)[0] for path in card_files(tmp_path / "cards")}
    assert len(after) == len(set(after.values())) == 8
    assert before.items() <= after.items()


class Cut:
    """A card whose power goes at the ``at``-th command, before or after it took effect."""

    def __init__(self, card, at, *, after):
        self.card, self.left, self.after = card, at, after

    def __getattr__(self, name):
        return getattr(self.card, name)

    def exchange(self, command):
        self.left -= 1
        if self.left == 0:
            if self.after:
                self.card.exchange(command)
            self.card.power_off()
            raise PowerLoss
        return self.card.exchange(command)


def orders(world, serial=1):
    bench = Workshop(world.setting(world.folder / "none"))
    job = Job(world.both.records[0], serial)
    historical = bench._historical(job)
    social, bank = bench._orders(job, historical, workshop._At())
    return bench, bench._blank(job), bench.maker.order(historical), social, bank


def make_all(card, birth, social, bank, *, resuming=False):
    steps.initialise(card, birth, resuming=resuming)
    steps.social_step(card, social, resuming=resuming)
    steps.bank_step(card, bank, resuming=resuming)


# Every 29th command, and every one of the chip's birth, where a wrong step would be for ever.
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("at", [*range(1, 40), *range(40, 735, 29)])
def test_a_card_cut_at_any_command_is_taken_up(world, at, after):
    _, card, *wanted_orders = orders(world)
    with pytest.raises(PowerLoss):
        make_all(Cut(card, at, after=after), *wanted_orders)
    make_all(card, *wanted_orders, resuming=True)
    workshop._check(card, wanted_orders[1], wanted_orders[2], world.both.records[0])


def test_a_durable_card_is_taken_up_by_the_next_run(world, tmp_path, monkeypatch):
    setting, batch = world.setting(tmp_path / "cards", durable=True), world.some(world.both, 1)

    class Dying(workshop.Logged):
        def exchange(self, command):
            if self.commands == 400:
                raise Stopped
            return super().exchange(command)

    with monkeypatch.context() as patch, StockRegister(tmp_path / "stock.db") as register:
        patch.setattr(workshop, "Logged", Dying)
        with pytest.raises(Stopped):
            run(setting, batch, register)
    assert [path.name for path in (tmp_path / "cards").glob("*.card*") if "journal" not in path.name] == [
        "00000001.card.part"
    ]
    with StockRegister(tmp_path / "stock.db") as register:
        assert run(setting, batch, register).counts == {"made": 1}
    assert read_back(tmp_path / "cards" / "00000001.card") == wanted(world.people[0])
    assert [path.name for path in (tmp_path / "cards").iterdir()] == ["00000001.card"]


def test_a_spoiled_chip_is_burnt_and_the_row_gets_another(world, tmp_path, monkeypatch):
    setting, batch = world.setting(tmp_path / "cards"), world.some(world.both, 2)

    def refuse(*_, **__):
        raise PersonalisationError("test fault")

    with monkeypatch.context() as patch, StockRegister(tmp_path / "stock.db") as register:
        patch.setattr(workshop, "bank_step", refuse)
        report = run(setting, batch, register)
    assert report.counts == {"spoiled": 2}
    assert not card_files(tmp_path / "cards")
    assert "card 1 (chip 00000001) spoiled at bank: test fault" in outputs.summary(report)
    with StockRegister(tmp_path / "stock.db") as register:
        report = run(setting, batch, register)
    assert report.counts == {"made": 2}
    assert [outcome.serial for outcome in report.outcomes] == [3, 4]
    rows = tuple(outputs.feedback_rows(report, batch, {}, outputs.Maker()))
    assert [(row.seq, row.csn, row.result) for row in rows] == [
        (1, "00000003", "made"),
        (2, "00000004", "made"),
        (1, "00000001", "spoiled"),
        (2, "00000002", "spoiled"),
    ]


def test_a_card_that_answers_wrongly_is_not_delivered(world, tmp_path, monkeypatch):
    def lose(*_):
        raise aftercheck.NotRight("test fault")

    monkeypatch.setattr(workshop, "check_bank", lose)
    outcome = Workshop(world.setting(tmp_path)).make(Job(world.both.records[0], 1))
    assert (outcome.verdict, outcome.stage) == ("spoiled", "check")
    assert not list(tmp_path.iterdir())


# --- stepwise ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def chips(world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("chips")
    with StockRegister(folder / "stock.db", "chips") as register:
        report = run(world.setting(folder / "cards", "chips"), batches.chips(50, "CHIPS", TEMPLATE), register)
    assert report.counts == {"made": 50}
    return folder / "cards"


def first(world, folder, mode, batch):
    with StockRegister(folder / f"{mode}.db", mode) as register:
        report = first_step(world.setting(folder / "cards", mode), batch, register, card_files(folder / "cards"))
    rows = tuple(outputs.feedback_rows(report, batch, {}, outputs.Maker()))
    return report, rows


def second(world, folder, mode, batch, way):
    with StockRegister(folder / f"{mode}.db", mode) as register:
        setting = world.setting(folder / "cards", mode)
        return second_step(setting, batch, register, card_files(folder / "cards"), way)


@pytest.mark.parametrize("link", ["card", "feedback", "both"])
@pytest.mark.parametrize(("one", "other"), [("social", "bank"), ("bank", "social")])
def test_fifty_citizens_step_by_step(world, chips, tmp_path, one, other, link):
    """Both orders, both ways of linking. The second body has its data in another order and more people."""
    count = 50 if link == "card" else 12
    (tmp_path / "cards").mkdir()
    for path in card_files(chips)[:count]:
        shutil.copy(path, tmp_path / "cards")
    batch = world.some(getattr(world, one), count)
    report, rows = first(world, tmp_path, one, batch)
    assert report.counts == {"made": count}
    feedback.write(tmp_path / "feedback.csv", rows, MAC)
    way = Way(
        read_card=link != "feedback",
        feedback=() if link == "card" else feedback.read(tmp_path / "feedback.csv", MAC),
    )
    ending = second(world, tmp_path, other, getattr(world, other), way)
    assert ending.report.counts == {"made": count}
    assert not ending.rejects
    found = {read_back(path) for path in card_files(tmp_path / "cards")}
    numbers = {each.paper.ssn for each in batch.records}
    assert found == {wanted(person) for person in world.people if person.social["ssn"] in numbers}


@pytest.fixture
def half(world, chips, tmp_path):
    """Three cards with their social side, one chip without."""
    (tmp_path / "cards").mkdir()
    for path in card_files(chips)[:4]:
        shutil.copy(path, tmp_path / "cards")
    report, rows = first(world, tmp_path, "social", world.some(world.social, 3))
    assert report.counts == {"made": 3}
    return tmp_path, rows


def test_an_open_first_side_and_missing_data_are_rejected(world, half):
    folder, _ = half
    known = {each.paper.ssn for each in world.social.records[:2]}
    few = world.bank.records
    batch = world.some(world.bank, 0)
    batch = batches.Batch(header=batch.header, records=tuple(r for r in few if r.paper.ssn in known))
    ending = second(world, folder, "bank", batch, Way())
    assert ending.report.counts == {"made": 2}
    assert [reject.reason.split(":")[0] for reject in ending.rejects] == ["NO_DATA", "FIRST_SIDE_OPEN"]


def test_a_card_the_feedback_does_not_name(world, half):
    folder, rows = half
    spoiled = rows[1]._replace(result="spoiled")
    ending = second(world, folder, "bank", world.bank, Way(read_card=False, feedback=(rows[0], spoiled)))
    assert ending.report.counts == {"made": 1}
    assert [reject.reason.split(":")[0] for reject in ending.rejects] == ["NO_LINK", "NO_LINK", "FIRST_SIDE_OPEN"]


def test_cards_and_file_mixed_up_stop_the_batch(world, half):
    folder, rows = half
    swapped = (rows[0]._replace(atr=rows[1].atr), rows[1]._replace(atr=rows[0].atr), rows[2])
    before = {path: path.read_bytes() for path in card_files(folder / "cards")}
    with pytest.raises(MixedUp):
        second(world, folder, "bank", world.bank, Way(feedback=swapped))
    assert before == {path: path.read_bytes() for path in card_files(folder / "cards")}


def test_a_card_is_finished_once(world, half):
    folder, _ = half
    assert second(world, folder, "bank", world.bank, Way()).report.counts == {"made": 3}
    shutil.copy(folder / "bank.db", folder / "kept.db")
    (folder / "bank.db").unlink()
    ending = second(world, folder, "bank", world.bank, Way())
    assert ending.report.counts == {"rejected": 3}
    assert all("ALREADY_MADE" in outcome.reason for outcome in ending.report.outcomes)
    assert len(list((folder / "cards").glob("*.card"))) == 4


def test_a_card_the_second_body_spoiled_is_reported_and_the_others_go_on(world, half, monkeypatch):
    folder, _ = half
    real, failing = workshop.bank_step, iter((True, False, False))

    def first_one_fails(*args, **kwargs):
        if next(failing):
            raise PersonalisationError("test fault")
        real(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(workshop, "bank_step", first_one_fails)
        ending = second(world, folder, "bank", world.bank, Way())
    assert ending.report.counts == {"made": 2, "spoiled": 1}
    again = second(world, folder, "bank", world.bank, Way())
    assert again.report.counts == {"made": 2, "spoiled": 1}
    assert [reject.reason.split(":")[0] for reject in again.rejects] == ["FIRST_SIDE_OPEN", "SPOILED"]


def test_too_few_chips(world, tmp_path):
    with StockRegister(tmp_path / "s.db", "social") as register, pytest.raises(BatchError, match="no more"):
        first_step(world.setting(tmp_path, "social"), world.some(world.social, 1), register, ())


# --- separation of keys ------------------------------------------------------------------------------------------


def test_a_service_refuses_the_other_sides_store(world):
    template = load(TEMPLATE)
    stores = {owner: KeyFile.open(world.folder / owner.value, world.lock.lock({})) for owner in Owner}
    makers = {
        Owner.MAKER: lambda store: MakerService(store, template),
        Owner.SOCIAL: lambda store: SocialService(store, template.ssse),
        Owner.BANK: lambda store: BankService(store, {"debit": template.pse}),
    }
    for owner, service in makers.items():
        for other, store in stores.items():
            if owner is other:
                service(store)
            else:
                with pytest.raises(NotYours):
                    service(store)


def test_the_stores_share_only_what_is_handed_over(world):
    stores = [KeyFile.open(world.folder / owner.value, world.lock.lock({})) for owner in Owner]
    for at, one in enumerate(stores):
        for other in stores[at + 1 :]:
            shared = {key.value for key in one.entries()} & {key.value for key in other.entries()}
            purposes = {key.purpose for key in one.entries() if key.value in shared}
            assert purposes <= {Purpose.FILE_MAC, Purpose.FIRST_SOCIAL, Purpose.FIRST_BANK}
    social, bank = stores[0], stores[1]
    assert (social.owner, bank.owner) == (Owner.SOCIAL, Owner.BANK)
    both = {key.value for key in social.entries()} & {key.value for key in bank.entries()}
    assert {key.purpose for key in social.entries() if key.value in both} == {Purpose.FILE_MAC}


def test_the_card_master_key_is_dead_after_the_makers_step(world):
    """Neither the batch's key nor the final one does anything any more."""
    _, card, birth, social, _bank = orders(world)
    steps.initialise(card, birth)
    with pytest.raises(aftercheck.NotRight, match=r"card master key.*63C"):
        aftercheck.check_master_key_is_powerless(card, birth.card_master)
    aftercheck.check_master_key_is_powerless(card, birth.final_card_master)
    stolen = social._replace(first=birth.final_card_master, master=birth.final_card_master)
    with pytest.raises(PersonalisationError, match="63C"):
        steps.social_step(card, stolen)


def test_the_handed_over_key_is_replaced_at_once(world):
    _, card, birth, social, bank = orders(world)
    make_all(card, birth, social, bank)
    with pytest.raises(PersonalisationError, match="63C"):
        steps.social_step(card, social._replace(master=birth.social), resuming=True)


# --- wrong keys, wrong orders ------------------------------------------------------------------------------------


def test_a_store_of_another_batch_is_refused_before_harm(world):
    """The first master key is another: the card stays as the maker left it."""
    _, card, birth, social, _ = orders(world)
    steps.initialise(card, birth)
    wrong = social._replace(first=birth.transport, master=birth.transport)
    with pytest.raises(PersonalisationError, match=r"master key authentication.*63C2"):
        steps.social_step(card, wrong)
    steps.social_step(card, social)


def test_an_order_for_another_chip_is_refused(world):
    _, card, birth, _, _ = orders(world)
    _, _, _, social, bank = orders(world, serial=2)
    steps.initialise(card, birth)
    with pytest.raises(PersonalisationError, match="order is for the chip"):
        steps.social_step(card, social)
    with pytest.raises(PersonalisationError, match="order is for chip"):
        steps.bank_step(card, bank)


def test_the_bodies_cannot_begin_before_the_maker(world):
    _, card, _, social, bank = orders(world)
    for step, order in ((steps.social_step, social), (steps.bank_step, bank)):
        with pytest.raises(PersonalisationError):
            step(card, order)


def test_a_missing_root_is_named_before_the_first_card(world, tmp_path):
    store = KeyFile(Owner.SOCIAL)
    lock = world.lock.lock({})
    for key in KeyFile.open(world.folder / "social", lock).entries():
        if key.label != "RKSSSE/2":
            store.add(key.name, key.purpose, key.algorithm, bytes.fromhex(key.value), version=key.version)
    store.save(tmp_path / "social", lock)
    with pytest.raises(ServiceError, match=r"no root RKSSSE/2, which 2\.0 cards need"):
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
    batch = batches.Batch(header=world.some(world.both, 3).header, records=(good[0], bad, good[2]))
    with StockRegister(tmp_path / "stock.db") as register:
        report = run(world.setting(tmp_path / "cards"), batch, register)
    assert report.counts == {"made": 2, "rejected": 1}
    assert "card 2 (chip 00000002) rejected at bank: no issuer master keys with index 09" in outputs.summary(report)


def test_a_wrong_key_check_value_spoils_the_card_before_use(world, monkeypatch):
    """9000 with other check values: the card answers 6A80, the application stays unmade."""
    _, card, birth, _, bank = orders(world)
    steps.initialise(card, birth)
    wrong = bank.data.keys._replace(ac=bank.data.keys.mac)
    monkeypatch.setattr("cos.personalise.bank._application_groups", _with_wrong_check_values(wrong))
    with pytest.raises(PersonalisationError, match=r"STORE DATA 9000.*6A80"):
        steps.bank_step(card, bank)
    monkeypatch.undo()
    assert not steps.bank_made(card, AID)
    steps.bank_step(card, bank, resuming=True)
    assert steps.bank_made(card, AID)


def _with_wrong_check_values(keys):
    original = make._application_groups

    def groups(data, second, session):
        for group in original(data, second, session):
            yield group._replace(value=b"".join(key.check_value for key in keys)) if group.dgi == 0x9000 else group

    return groups


def test_a_bad_data_group_is_refused_by_name(world):
    _, card, birth, _, bank = orders(world)
    steps.initialise(card, birth)
    groups = tuple((0x7FFF if dgi == 0x0401 else dgi, value) for dgi, value in bank.data.groups)
    with pytest.raises(PersonalisationError, match=r"STORE DATA 7FFF.*6A88"):
        steps.bank_step(card, bank._replace(data=bank.data._replace(groups=groups)))
    steps.bank_step(card, bank, resuming=True)


def test_pins_under_the_transport_key(world):
    store = KeyFile.open(world.folder / "bank", world.lock.lock({}))
    bench = Workshop(world.setting(world.folder / "none"))
    under = store.handle("pin-transport")
    block = under.encrypt(bytes.fromhex("26123456FFFFFFFF")).hex()
    data = world.both.records[0].bank
    kcv = under.check_value.hex()
    order = bench.bank.order(msgspec.structs.replace(data, pin=f"{block}:{kcv}"), bytes(13))
    assert order.data.pin_block.hex().upper() == "26123456FFFFFFFF"
    with pytest.raises(ServiceError, match="column offline_pin: under a key with check value 000000"):
        bench.bank.order(msgspec.structs.replace(data, pin=f"{block}:000000"), bytes(13))
    with pytest.raises(ServiceError, match="no PIN block") as error:
        bench.bank.order(msgspec.structs.replace(data, pin=f"{'00' * 8}:{kcv}"), bytes(13))
    assert "123456" not in str(error.value)


# --- RSA from the pool -------------------------------------------------------------------------------------------


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
    keys = [bench.bank.order(data, bytes(13), CardRsa(n, bench.pool.key(n))).data.private.modulus for n in range(3)]
    assert len(set(keys)) == 3
    with pytest.raises(ServiceError, match="none was given"):
        bench.bank.order(data, bytes(13))


# --- files between the parties -------------------------------------------------------------------------------------


def test_a_personalisation_file_comes_back(world, tmp_path):
    path = tmp_path / "b.perso"
    record.write(path, world.both.header, world.both.records, MAC)
    assert record.read(path, MAC) == world.both
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (lambda lines: lines[:-1], "the file was cut"),
        (lambda lines: [*lines[:2], *lines[3:]], "line 3: its MAC is wrong"),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], "line 2: its MAC is wrong"),
        (lambda lines: [lines[0], lines[1].replace(b"T0000001", b"T0000009"), *lines[2:]], "line 2: its MAC is wrong"),
        (lambda _: [], "is empty"),
    ],
)
def test_a_changed_personalisation_file_is_refused(world, tmp_path, fault, said):
    path = tmp_path / "b.perso"
    record.write(path, world.both.header, world.both.records, MAC)
    path.write_bytes(b"\n".join(fault(path.read_bytes().splitlines())))
    with pytest.raises(RecordError, match=said):
        record.read(path, MAC)


def test_a_personalisation_file_of_another_key_is_refused(world, tmp_path):
    record.write(tmp_path / "b.perso", world.both.header, world.both.records, MAC)
    with pytest.raises(RecordError, match="line 1: its MAC is wrong"):
        record.read(tmp_path / "b.perso", bytes(32))


@pytest.mark.parametrize("dialect", ["own", "tec", "kio"])
def test_feedback_in_every_dialect(tmp_path, dialect):
    rows = (
        feedback.FeedbackRow(1, "T0000001X", "1", "测试", atr="3B", bank_pan="62", result="made"),
        feedback.FeedbackRow(2, "T00000028", "2", "测试", fail_stage="card", fail_reason="x" * 60, result="failed"),
    )
    path = tmp_path / "f.csv"
    feedback.write(path, rows, MAC, dialect)
    one, two = feedback.read(path, MAC)
    assert (one.atr, one.bank_pan, one.result, two.result) == ("3B", "62", "made", "failed")
    assert len(two.fail_reason) == 50
    path.write_bytes(path.read_bytes().replace(b"T0000001X", b"T0000001Y"))
    with pytest.raises(FeedbackError, match="MAC is wrong"):
        feedback.read(path, MAC)


def test_a_feedback_file_without_mac(tmp_path):
    (tmp_path / "f.csv").write_text("seq,atr\n1,3B\n", encoding="utf-8")
    with pytest.raises(FeedbackError, match="not a MAC"):
        feedback.read(tmp_path / "f.csv", MAC)


def test_a_register_gives_a_serial_number_once(world, tmp_path):
    with StockRegister(tmp_path / "stock.db") as register:
        (claim,) = register.claim("A", world.both.records[:1])
        with pytest.raises(RegisterError, match="claimed already"):
            register.claim("B", world.both.records[1:2], serial=claim.serial)
        register.finish(claim.serial, State.SPOILED, "test", "")
        (again,) = register.claim("A", world.both.records[:1])
        assert again.serial == claim.serial + 1


def test_a_locked_store_is_one_clear_line(world, tmp_path):
    with pytest.raises(KeyFileError, match=r"key store .*none"):
        Workshop(world.setting(tmp_path, bank=StoreAt(str(tmp_path / "none"), world.lock)))


@pytest.mark.parametrize("template", ["dual-3.0-sm4"])
def test_three_point_zero_with_sm4(tmp_path, template):
    world = build(tmp_path, 2, template=template)
    setting = world.setting(tmp_path / "cards")._replace(template=template)
    with StockRegister(tmp_path / "stock.db") as register:
        assert run(setting, world.both, register).counts == {"made": 2}
