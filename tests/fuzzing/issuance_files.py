"""Targets of the issuing side: both bodies' inputs, files between them, stores and key blocks."""

from __future__ import annotations

import csv
import hashlib
import hmac
import io
import json
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path

import msgspec

from dualcos.issuance.bank import bank_rows
from dualcos.issuance.bank.bank_card_records import bank_record
from dualcos.issuance.bank.bank_rows import BankTerms
from dualcos.issuance.bank.rsa_pool import RsaPool, RsaPoolError
from dualcos.issuance.bureau import social_rows
from dualcos.issuance.bureau.social_card_records import social_record
from dualcos.issuance.exchange import feedback_file, personalisation_file
from dualcos.issuance.exchange.feedback_file import FeedbackError
from dualcos.issuance.exchange.input_columns import Policy
from dualcos.issuance.exchange.input_findings import InputError
from dualcos.issuance.exchange.matching import MatchError, MatchKey, match
from dualcos.issuance.personaliser import stock_register as stock
from dualcos.issuance.personaliser.stock_register import RegisterError, StockRegister
from dualcos.profile.published_test_keys import rsa_test_keys
from dualcos.profile.schema import load
from keys import rsa_certificates
from keys.custody import key_blocks, key_transport
from keys.custody.key_store_file import KeyFile, KeyFileError
from keys.custody.key_transport import TransportError
from keys.custody.ownership import KeyOwner, Purpose
from keys.custody.sealing import Lock, SealError
from keys.rsa import RsaPrivate, RsaPublic
from keys.rsa_certificates import BadCertificate
from tests.fuzzing.host_files import as_file, edited, folder
from tests.fuzzing.target import Target

_POLICY = Policy(synthetic=True, today="20261123")
_KEY = bytes(range(32))  # a test key


@cache
def _terms() -> BankTerms:
    return BankTerms({"debit": load("dual-2.0-3des").pse}, plain_pins=True)


# --- the two bodies' inputs -------------------------------------------------------------------------------------------

_SOCIAL = {
    "row_id": "1", "batch_no": "B1", "id_type": "01", "ethnic": "01", "city_code": "999901", "card_class": "3",
    "spec_version": "2.00", "init_org": "915600000299990199990101", "issue_date": "20260101",
    "expiry_date": "20351231", "apply_type": "new", "bank_code": "999", "outlet_code": "001",
    "ssn": "999901198802290011", "name": "测试甲", "sex": "1", "birth_date": "19880229", "card_no": "T0000001X",
}  # fmt: skip
_FULL = _SOCIAL | {
    "row_id": "2", "spec_version": "3.00", "ssn": "99990119880229002X", "name": "测试乙•丙", "sex": "2",
    "photo": "/9j/2Q==", "extra": '{"DF01/EF08/2B": "2"}', "phone": "13900000000",
    "guardian_name": "测试丁", "card_no": "T00000028",
}  # fmt: skip
_BANK = {
    "row_id": "1", "batch_no": "B1", "id_type": "00", "psn": "01", "expiry": "3512", "service_code": "220",
    "profile": "debit", "dki": "1", "kyc_result": "ok", "ssn": "999901198802290011", "name": "测试甲",
    "id_no": "999901198802290011", "pan": "6212340100000043010",
}  # fmt: skip
_RICH = _BANK | {
    "row_id": "2", "pan": "6212340100000043028", "offline_pin": "123456", "ptl": "3", "limits": "9F14=05;9F23=09",
    "name_latin": "CESHI/YIBING CHANG CHANG DE MING", "track1_disc": "0000", "effective": "260101",
    "ssn": "99990119880229002X", "product_flags": "01", "ca_index": "80",
}  # fmt: skip


def _csv(*rows: dict[str, str]) -> bytes:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _lines(*rows: dict[str, str]) -> bytes:
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def _social(suffix: str) -> Callable[[bytes], None]:
    def check(data: bytes) -> None:
        found = social_rows.load(as_file(data, f"social.{suffix}"), _POLICY)
        _told(found)
        for row in found.rows:
            assert social_record(1, row).social is not None

    return check


def _bank(suffix: str) -> Callable[[bytes], None]:
    def check(data: bytes) -> None:
        found = bank_rows.load(as_file(data, f"bank.{suffix}"), _terms(), _POLICY)
        _told(found)
        for row in found.rows:
            made = bank_record(1, row)
            assert made.bank is not None
            assert all(bytes.fromhex(value) is not None for value in made.bank.elements.values())

    return check


def _told(found: social_rows.SocialInput | bank_rows.BankInput) -> None:
    """Every bad row has a finding; every finding can be shown."""
    blamed = {finding.row for finding in found.findings if finding.level == "error"}
    assert found.bad <= blamed
    assert all("\n" not in str(finding.row) and str(finding) for finding in found.findings)


def match_key(data: bytes) -> None:
    """`--key` against two good files."""
    people = social_rows.load(as_file(_csv(_SOCIAL, _FULL), "matched-social.csv"), _POLICY)
    accounts = bank_rows.load(as_file(_csv(_BANK, _RICH), "matched-bank.csv"), _terms(), _POLICY)
    report = match(people, accounts, MatchKey.parse(data.decode()))
    assert len(report.pairs) <= 2


# --- files between the bodies -----------------------------------------------------------------------------------------

_HEADER = {"format": 1, "batch": "B1", "template": "dual-2.0-3des", "sides": "", "count": 1, "mac_kcv": "000000"}
_CARD = {
    "seq": 1, "person": "ab" * 8, "paper": {"ssn": "999901198802290011", "name": "测试甲"},
    "social": {"row": 1, "version": "2.00", "city": "999901", "items": {"DDF1/EF06/08": "999901198802290011"}},
}  # fmt: skip


def personalisation_input(data: bytes) -> None:
    """The first byte odd: the lines as they are. Even: each gets its right MAC, so that the contents are reached."""
    body = data[1:]
    if data[:1] and not data[0] & 1:
        previous, signed = b"dualcos personalisation file", []
        for line in body.splitlines():
            previous = hmac.new(_KEY, previous + line, hashlib.sha256).digest()
            signed.append(line + b" " + previous.hex().encode())
        body = b"\n".join(signed)
    batch = personalisation_file.decode(Path("cards.perso"), body, [_KEY])
    assert len(batch.records) == batch.header.count
    for each in batch.records:
        if each.social is not None:
            assert each.social.edition
            assert len(each.social.placed()) <= len(each.social.items)


def feedback_input(data: bytes) -> None:
    """The same for feedback."""
    body = data[1:]
    if data[:1] and not data[0] & 1:
        body += f"#MAC,{hmac.new(_KEY, body, hashlib.sha256).hexdigest()}\r\n".encode()
    rows = feedback_file.read(as_file(body, "feedback.csv"), [_KEY])
    assert all(row.result and isinstance(row.seq, int) for row in rows)
    again = folder() / "again.csv"
    feedback_file.write(again, rows, _KEY)
    assert [row.seq for row in feedback_file.read(again, [_KEY])] == [row.seq for row in rows]


def _feedback_seed() -> list[bytes]:
    path = folder() / "seed.csv"
    feedback_file.write(
        path, [feedback_file.FeedbackRow(1, "T0000001X", "999901198802290011", "测试甲", result="made")], _KEY
    )
    signed = path.read_bytes()
    return [b"\1" + signed, b"\0" + signed[: signed.index(b"#MAC,")]]


@cache
def _register_image() -> bytes:
    path = folder() / "seed.register"
    card = msgspec.convert(_CARD, personalisation_file.CardRecord)
    with StockRegister(path) as book:
        (claim,) = book.claim("B1", [card])
        book.finish(
            claim.serial, stock.StockState.MADE, "", '{"seq":1,"serial":1,"verdict":"made","stage":"","reason":""}'
        )
    return path.read_bytes()


def stock_register(data: bytes) -> None:
    """Edits of a register, as of a card file."""
    path = as_file(edited(_register_image(), data), "edited.register")
    for suffix in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    with StockRegister(path) as book:
        assert all(claim.state in stock.StockState for claim in book.history("B1"))
        assert book.claims("B1") is not None


# --- keys -------------------------------------------------------------------------------------------------------------


class _Unlocked:
    """Stands where the lock is, so that the contents are reached; age itself is the target ``sealed``."""

    @staticmethod
    def unseal(sealed: bytes) -> bytes:
        return sealed


# Made for this test: it protects the two words below and nothing else.
_LOCK_TEXT = "AGE-SECRET-KEY-1NV6C04D3NXE9R0Y2FQ9VGEZPHSDT607CZKGZ52EZP3FHE8WHUEWS6T8U8U"
_SEALED = bytes.fromhex(
    "6167652d656e6372797074696f6e2e6f72672f76310a2d3e20583235353139206f636e7978414a5846356a7271343366456a427162495750"
    "347a78577a484d413336434b4e31422b5354380a683441663359696d62454847624f6b694742555674382b314445704d4842593836654b52"
    "4c66375a4173510a2d3e20594c612d67726561736520344a572c71716d640a48366b0a2d2d2d2049424e6d6f535a6b4578795a6f75387570"
    "6e436269736f744763662b552f43676d732b6d4d79664d4941550ae0f438b5035dfbbc59418f9135f2b823dacccfc7354193f1a3c67cafa4"
    "e2e599ea193a1408c452"
)


def key_store(data: bytes) -> None:
    store = KeyFile.open(as_file(data, "store"), _Unlocked())
    assert store.owner in KeyOwner
    assert all(repr(key).find(key.value) < 0 for key in store._keys.values())


_BLOCK_KEY = bytes(range(16))


def _store_seed() -> list[bytes]:
    content = {
        "format": 1, "owner": "social", "title": "test", "public": {"a": "b"},
        "keys": [{
            "name": "master", "purpose": Purpose.SOCIAL_MASTER.value, "algorithm": "SM4",
            "value": _BLOCK_KEY.hex().upper(), "kcv": key_transport.check_value("SM4", _BLOCK_KEY).hex().upper(),
        }],
    }  # fmt: skip
    return [json.dumps(content).encode()]


def rsa_pool(data: bytes) -> None:
    pool = RsaPool.open(as_file(data, "pool"), _Unlocked())
    for number in range(len(pool)):
        assert pool.key(number).key.modulus


def _authority() -> RsaPrivate:
    given = rsa_test_keys("test-rsa").ca
    return RsaPrivate.from_primes(int(given.p, 16), int(given.q, 16), int(given.exponent, 16))


@cache
def _key_pair() -> tuple[RsaPrivate, RsaPublic]:
    private = _authority()
    return private, RsaPublic(private.modulus, bytes.fromhex(rsa_test_keys("test-rsa").ca.exponent))


def _pool_seed() -> list[bytes]:
    given = rsa_test_keys("test-rsa").ca
    return [
        msgspec.msgpack.encode((key_transport.rsa_bytes(int(given.p, 16), int(given.q, 16), int(given.exponent, 16)),))
    ]


@cache
def _lock() -> Lock:
    return Lock(_LOCK_TEXT)


def sealed(data: bytes) -> None:
    _lock().unseal(data)


def key_block(data: bytes) -> None:
    """A TR-31 block under a test key; the first byte chooses 3DES or AES."""
    kbpk = bytes(range(16)) if data[:1] != b"A" else bytes(range(32))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        arrived = key_blocks.unwrap_block(kbpk, data[1:].decode("ascii"))
    assert arrived.value.hex() not in repr(arrived)


def _block_seeds() -> list[bytes]:
    key = key_blocks.Arrived(Purpose.SOCIAL_MASTER, "3DES", bytes(range(16, 32)))
    return [
        b"T" + key_blocks.wrap_block(bytes(range(16)), key).encode(),
        b"A" + key_blocks.wrap_block(bytes(range(32)), key, aes=True).encode(),
    ]


def certificate(data: bytes) -> None:
    """The first byte chooses the kind; the rest is the block's body, signed as it is, or the signature itself."""
    private, public = _key_pair()
    kind, body, size = data[0] if data else 0, data[1:], len(private.modulus)
    signature = body
    if kind & 1:
        body = body[: size - 22].ljust(size - 22, b"\xbb")
        signature = private.sign(rsa_certificates.frame(body, b"" if kind & 4 else b"\3"))
    readers = (
        lambda: rsa_certificates.recover_issuer_key(public, rsa_certificates.KeyCertificate(signature, b"", b"\3")),
        lambda: rsa_certificates.recover_icc_key(public, rsa_certificates.KeyCertificate(signature, b"", b"\3"), b""),
        lambda: rsa_certificates.recover_static(public, signature, b""),
        lambda: rsa_certificates.parse_cda_data(rsa_certificates.recover_dynamic(public, signature, b"")),
    )
    assert readers[kind >> 1 & 3]()


def _certificate_seeds() -> list[bytes]:
    private, _ = _key_pair()
    room = len(private.modulus) - 22
    cda = b"\x08" + bytes(range(8)) + b"\x40" + bytes(8) + bytes(20)
    return [
        b"\1" + (b"\x02" + bytes.fromhex("62123401124900000101014001") + b"\xc1" * 64)[:room],
        b"\3" + (b"\x04" + bytes(10) + bytes.fromhex("124900000101014001") + b"\xc1" * 64)[:room],
        b"\5\x03\x01\xda\xc1",
        b"\7\x05\x01" + bytes((len(cda),)) + cda,
    ]


_INPUT = (InputError,)

TARGETS = (
    Target(
        "social-csv",
        _social("csv"),
        _INPUT,
        "each bad row has its finding, each good one becomes a record",
        lambda: [_csv(_SOCIAL, _FULL)],
        1200,
        slow=True,
    ),
    Target(
        "social-jsonl", _social("jsonl"), _INPUT, "as social-csv", lambda: [_lines(_SOCIAL, _FULL)], 1800, slow=True
    ),
    Target(
        "bank-csv",
        _bank("csv"),
        _INPUT,
        "each bad row has its finding, each good one's elements are hex",
        lambda: [_csv(_BANK, _RICH)],
        1000,
        slow=True,
    ),
    Target("bank-jsonl", _bank("jsonl"), _INPUT, "as bank-csv", lambda: [_lines(_BANK, _RICH)], 1200, slow=True),
    Target(
        "match-key",
        match_key,
        (MatchError, UnicodeDecodeError),
        "a key that is taken matches",
        lambda: [b"ssn", b"ssn:id_no+name"],
        60,
        slow=True,
    ),
    Target(
        "personalisation-file",
        personalisation_input,
        (personalisation_file.RecordError,),
        "as many cards as the header says, each item in its place",
        lambda: [b"\0" + _lines(_HEADER, _CARD)],
        1000,
        slow=True,
    ),
    Target(
        "feedback-file",
        feedback_input,
        (FeedbackError,),
        "written and read again: the same rows",
        _feedback_seed,
        1000,
        slow=True,
    ),
    Target(
        "stock-register",
        stock_register,
        (RegisterError,),
        "every claim has a state",
        lambda: [b"", bytes.fromhex("001800")],
        60,
        slow=True,
    ),
    Target("key-store", key_store, (KeyFileError,), "an owner, and no key shown by repr", _store_seed, 800, slow=True),
    Target("rsa-pool", rsa_pool, (RsaPoolError,), "every number gives a key", _pool_seed, 400, slow=True),
    Target("sealed", sealed, (SealError,), "opens or does not", lambda: [_SEALED], 300),
    Target(
        "key-block",
        key_block,
        (TransportError, UnicodeDecodeError),
        "what arrives does not show its value",
        _block_seeds,
        300,
    ),
    Target(
        "certificate",
        certificate,
        (BadCertificate,),
        "a signed block is read or refused, whatever is in it",
        _certificate_seeds,
        200,
    ),
)
