"""The one place that knows maker, bureau and bank at once: it opens their stores and lays their data side by side.

Everything else knows one party at most; what the personaliser gets from here are services that give orders, never keys
(集中制卡; 总体方案 五（一）).
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, combinations
from pathlib import Path
from typing import NamedTuple

from dualcos.issuance.bank import bank_columns, bank_rows
from dualcos.issuance.bank.bank_card_records import bank_record
from dualcos.issuance.bank.bank_format import bank_format
from dualcos.issuance.bank.bank_order_service import BankService
from dualcos.issuance.bank.bank_rows import BankInput, BankRow, BankTerms
from dualcos.issuance.bank.invented_bank_keys import invented_bank_keys
from dualcos.issuance.bank.named_bank_keys import NAMED_BANK_KEYS
from dualcos.issuance.bank.rsa_pool import RsaPool
from dualcos.issuance.bureau import social_columns, social_rows
from dualcos.issuance.bureau.invented_bureau_keys import invented_bureau_keys
from dualcos.issuance.bureau.named_bureau_keys import named_bureau_key
from dualcos.issuance.bureau.social_card_records import social_record
from dualcos.issuance.bureau.social_format import social_format
from dualcos.issuance.bureau.social_order_service import SocialService
from dualcos.issuance.bureau.social_rows import SocialInput, SocialRow
from dualcos.issuance.exchange.enciphered_spool import Computed
from dualcos.issuance.exchange.input_columns import Policy
from dualcos.issuance.exchange.input_findings import Finding
from dualcos.issuance.exchange.matching import AlreadyMade, MatchKey, MatchReport, match
from dualcos.issuance.exchange.named_keys import NamedKey
from dualcos.issuance.exchange.order_services import CardKind, Parties
from dualcos.issuance.exchange.personalisation_file import CardRecord, joined
from dualcos.issuance.exchange.shared_keys import FILE_MAC, FIRST_BANK, FIRST_SOCIAL, shared_mac
from dualcos.issuance.maker.birth_order_service import MakerService
from dualcos.issuance.maker.invented_maker_keys import invented_maker_keys
from dualcos.issuance.maker.named_maker_keys import NAMED_MAKER_KEYS
from dualcos.profile.bank_profile import BankProfile
from dualcos.profile.schema import Profile, load
from dualcos.textforms.text_files import decoded
from firewall.hardware.randomness import Rng
from keys.custody.key_store_file import KeyFile
from keys.custody.key_transport import HMAC_NAME
from keys.custody.ownership import KeyOwner, Purpose
from keys.custody.sealing import LockSource

# --- services ----------------------------------------------------------------------------------------------------


class StoreAt(NamedTuple):
    """Where a key store lies and where its lock is found."""

    path: str
    lock: LockSource

    def open(self) -> KeyFile:
        """Raises KeyFileError, SealError."""
        return KeyFile.open(self.path, self.lock.lock(dict(os.environ), decoded))


class PartiesAt(NamedTuple):
    """Template, and the stores of the parties that are here: all three, the maker's alone, one issuer's.

    ``bank_templates``: name in the bank's rows to profile. ``pool``: the bank's RSA keys for cards. ``seed`` empty for
    true randomness. Hashable, and free of secrets: it goes to every worker.
    """

    template: str
    maker: StoreAt | None = None
    social: StoreAt | None = None
    bank: StoreAt | None = None
    pool: StoreAt | None = None
    bank_templates: tuple[tuple[str, str], ...] = ()
    seed: str = ""

    def open(self) -> Parties:
        """The services. Raises KeyFileError, SealError, NotYours, KeyServiceError when a store is wrong."""
        template = load(self.template)
        stores = [at.open() if at else None for at in (self.maker, self.social, self.bank)]
        makers, socials, banks = stores
        maker = MakerService(makers, template, self.seed) if makers else None
        social = SocialService(socials, template.ssse) if socials and template.ssse is not None else None
        bank = self._bank(banks) if banks else None
        debit_aid = bytes.fromhex(template.pse.aid) if template.pse is not None else b""
        kind = CardKind(self.template, template.ssse is not None, debit_aid)
        return Parties(kind, maker, social, bank, all(store.invented for store in stores if store))

    def _bank(self, store: KeyFile) -> BankService:
        pool = RsaPool()
        if self.pool:
            pool = RsaPool.open(self.pool.path, self.pool.lock.lock(dict(os.environ), decoded))
        return BankService(store, bank_templates(self.template, self.bank_templates), pool)


def bank_templates(template: str, further: tuple[tuple[str, str], ...] = ()) -> Mapping[str, BankProfile]:
    """The bank sides by the name the bank's rows use; the card's own template is ``debit`` too."""
    found: dict[str, BankProfile] = {}
    own = load(template)
    if own.pse is not None:
        found["debit"] = found[template] = own.pse
    for name, profile in further:
        bank = load(profile).pse
        if bank is not None:
            found[name] = bank
    return found


def named_key(owner: KeyOwner, name: str, version: int = 1) -> NamedKey | None:
    """What a key called so must be in this party's store; None for a name that its service does not ask for."""
    if owner is KeyOwner.SOCIAL:
        return named_bureau_key(name, version)
    return (NAMED_MAKER_KEYS if owner is KeyOwner.MAKER else NAMED_BANK_KEYS).get(name)


# --- data --------------------------------------------------------------------------------------------------------


class PreparedSide(NamedTuple):
    """One side's file after its checks, and a record per card of its own. ``batch``: what its rows call it.

    ``refused``: people the bank does not take, a line each.
    """

    given: SocialInput | BankInput
    records: Sequence[CardRecord]
    refused: tuple[str, ...] = ()

    @property
    def batch(self) -> str:
        """The batch_no of the first good row; empty without one."""
        return _batch(self.given)


class MatchedSides(NamedTuple):
    """Every row's class, and a record per person both sides have."""

    report: MatchReport[SocialRow, BankRow]
    records: Sequence[CardRecord]


class BothSides(NamedTuple):
    """Both sides' files after their checks, for the centralised mode."""

    social: SocialInput
    bank: BankInput

    @property
    def findings(self) -> Iterator[Finding]:
        """Of both files."""
        return chain(self.social.findings, self.bank.findings)

    @property
    def batch(self) -> str:
        """The batch_no of the bureau's first good row; empty without one."""
        return _batch(self.social)

    def matched(
        self, key: MatchKey | None = None, already_made: AlreadyMade | None = None, *, social_only: bool = False
    ) -> MatchedSides:
        """``social_only``: records of people the bank does not have come behind. Raises MatchError."""
        report = match(self.social, self.bank, key, already_made)
        pairs, alone = report.pairs, report.social_only if social_only else ()

        def record(at: int) -> CardRecord:
            if at >= len(pairs):
                return social_record(at + 1, alone[at - len(pairs)])
            pair = pairs[at]
            return joined(social_record(at + 1, pair.social), bank_record(at + 1, pair.bank))

        return MatchedSides(report, Computed(len(pairs) + len(alone), record))


# Where nothing is matched, a person who is there twice would get two cards.
_ONE_CARD = ("ssn",)


def _batch(given: SocialInput | BankInput) -> str:
    return next((row.values["batch_no"] for row in given.rows), "")


def prepare_social(path: str | Path, policy: Policy) -> PreparedSide:
    """The bureau's rows alone, for the stepwise mode. Raises InputError."""
    given = social_rows.load(path, policy, once=_ONE_CARD)
    rows = given.rows
    return PreparedSide(given, Computed(len(rows), lambda at: social_record(at + 1, rows[at])))


def prepare_bank(path: str | Path, terms: BankTerms, policy: Policy) -> PreparedSide:
    """The bank's rows alone, those it takes. Raises InputError."""
    given = bank_rows.load(path, terms, policy, once=_ONE_CARD)
    rows, taken, refused = given.rows, array("Q"), []
    for at, row in enumerate(rows):
        if row.rejected:
            refused.append(f"bank row {row.number}: BANK_REJECTED: {row.values.get('kyc_reason', '')}")
        else:
            taken.append(at)
    return PreparedSide(given, Computed(len(taken), lambda at: bank_record(at + 1, rows[taken[at]])), tuple(refused))


def prepare_both(social: str | Path, bank: str | Path, terms: BankTerms, policy: Policy) -> BothSides:
    """Both files, for the centralised mode. Raises InputError."""
    return BothSides(social_rows.load(social, policy), bank_rows.load(bank, terms, policy))


def columns_of(*, social: bool, bank: bool) -> frozenset[str]:
    """The names of the columns of one side's input, or of both's."""
    return (social_columns.NAMES if social else frozenset()) | (bank_columns.NAMES if bank else frozenset())


def for_cards_of(template: Profile, policy: Policy) -> Policy:
    """``policy`` for the cards that ``template`` makes."""
    return social_rows.for_template(policy, template.ssse)


class InputFormats(NamedTuple):
    """Both sides' input formats, each as a table in Markdown."""

    social: str
    bank: str


def input_formats() -> InputFormats:
    """Column by column, from the declarations that check the rows."""
    return InputFormats(social_format(), bank_format())


# --- a test world ------------------------------------------------------------------------------------------------


class InventedStores(NamedTuple):
    """The stores of a whole test world."""

    maker: KeyFile
    social: KeyFile
    bank: KeyFile


def invented_stores(template: Profile, rng: Rng, *, own_rsa: bool = False) -> InventedStores:
    """Fresh test keys for ``template``, each party's its own. ``own_rsa``: the bank has an issuer key of its own.

    The two hand-over keys, and the file MAC key every two parties agree on, are in two stores each, as they would be
    after a transport under TR-31; nothing else is.
    """
    maker = invented_maker_keys(rng)
    social = invented_bureau_keys(template.ssse, rng)
    bank = invented_bank_keys(template.pse, rng, own_rsa=own_rsa)
    for issuer, name in ((social, FIRST_SOCIAL), (bank, FIRST_BANK)):
        if issuer.holds(name):
            key = issuer.key(name)
            maker.add(name, key.purpose, key.algorithm, bytes.fromhex(key.value))
    for store in (maker, social, bank):
        store.generate(FILE_MAC, Purpose.FILE_MAC, HMAC_NAME, rng)
    for one, other in combinations((maker, social, bank), 2):
        shared = rng.bytes(32)
        one.add(shared_mac(other.owner), Purpose.FILE_MAC, HMAC_NAME, shared)
        other.add(shared_mac(one.owner), Purpose.FILE_MAC, HMAC_NAME, shared)
    for store in (maker, social, bank):
        store.mark_as_invented()
    return InventedStores(maker, social, bank)
