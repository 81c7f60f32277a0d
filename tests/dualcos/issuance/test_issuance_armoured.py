"""An age file in armour, as mail and other programs hand it over, is the same file: stores, pools and batches.

The armour is made here from the format, and changed: other line ends, blanks around it, byte order marks, UTF-16 as
some shells write what a program prints.
"""

from __future__ import annotations

import base64
import textwrap

import pyrage
import pyrage.x25519
import pytest
from issuance_world import MAC

from dualcos.issuance.bank.rsa_pool import RsaPool, RsaPoolError
from dualcos.issuance.exchange import personalisation_file
from dualcos.issuance.exchange.personalisation_file import RecordError
from keys.custody.key_store_file import KeyFile, KeyFileError
from keys.custody.ownership import KeyOwner, Purpose
from keys.custody.sealing import Lock, SealError, is_sealed

IDENTITY = pyrage.x25519.Identity.generate()
LOCK = Lock(str(IDENTITY))


def armoured(sealed: bytes) -> str:
    """By the format itself: base64 in lines of 64 between two lines of words."""
    body = "\n".join(textwrap.wrap(base64.b64encode(sealed).decode(), 64))
    return f"-----BEGIN AGE ENCRYPTED FILE-----\n{body}\n-----END AGE ENCRYPTED FILE-----\n"


FORMS = {
    "as it is": str.encode,
    "line ends of Windows": lambda text: text.replace("\n", "\r\n").encode(),
    "no last line end": lambda text: text.rstrip().encode(),
    "blanks around": lambda text: f"\n \n{text}\n\n  \n".encode(),
    "byte order mark": lambda text: b"\xef\xbb\xbf" + text.encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "UTF-16, other byte order": lambda text: b"\xfe\xff" + text.encode("utf-16-be"),
}


@pytest.fixture(scope="module")
def kinds(world, tmp_path_factory):
    """Each kind of sealed file: its bytes, how it is opened, what must be found, what its refusal is."""
    folder = tmp_path_factory.mktemp("sealed")
    store = KeyFile(KeyOwner.BANK)
    store.add("kmc", Purpose.KMC, "3DES", bytes(range(16)))
    store.save(folder / "store", LOCK)
    RsaPool((b"a", b"b")).save(folder / "pool", LOCK)
    few = world.some(world.both, 2)
    personalisation_file.write(folder / "perso", few.header, few.records, MAC, LOCK)

    def read(path):
        return personalisation_file.read(path, [MAC], [LOCK])

    def cards(path):
        return [record.seq for record in read(path).records]

    return {
        "key store": ((folder / "store").read_bytes(), lambda at: KeyFile.open(at, LOCK).key("kmc").kcv, KeyFileError),
        "pool": ((folder / "pool").read_bytes(), lambda at: len(RsaPool.open(at, LOCK)), RsaPoolError),
        "personalisation file": ((folder / "perso").read_bytes(), cards, RecordError),
    }


KINDS = ("key store", "pool", "personalisation file")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_in_armour_opens_as_the_file_itself(kinds, tmp_path, kind, form):
    sealed, found, _ = kinds[kind]
    path = tmp_path / "plain"
    path.write_bytes(sealed)
    wanted = found(path)
    content = FORMS[form](armoured(sealed))
    assert is_sealed(content)
    path.write_bytes(content)
    assert found(path) == wanted


@pytest.mark.parametrize("kind", KINDS)
def test_damaged_armour_is_refused(kinds, tmp_path, kind):
    sealed, found, fault = kinds[kind]
    text = armoured(sealed)
    middle = len(text) // 2
    for damaged in (
        text[: len(text) // 2],
        text.replace("-----END AGE ENCRYPTED FILE-----\n", ""),
        text[:middle] + text[middle + 8 :],
        text[:middle] + ("A" if text[middle] != "A" else "B") + text[middle + 1 :],
        text.replace("BEGIN AGE ENCRYPTED FILE", "BEGIN PGP MESSAGE"),
        f"{text}and more",
    ):
        path = tmp_path / "damaged"
        path.write_text(damaged, encoding="utf-8")
        with pytest.raises(fault):
            found(path)


def test_an_end_that_is_missing_is_told():
    text = armoured(LOCK.seal(b"x"))
    with pytest.raises(SealError, match="was cut off"):
        LOCK.unseal(text[:-40].encode())


def test_what_is_not_enciphered_is_not_taken_for_it():
    for content in (b"", b"ssn,name\n", b"-----BEGIN PGP MESSAGE-----", b"age-encryption", b"\xff\xfe", b"\n\n"):
        assert not is_sealed(content)
