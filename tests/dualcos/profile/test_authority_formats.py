"""What programs take: each form read back by the rules of the program's own reader, and its check sum computed.

Rules of ``capk``: emv-tools 0.3, lib/emv_pk.c; of ``emv-utils``: emv-utils after 0.3.1, src/emv_config_xml.c and
tools/emv-config.xsd.
"""

from __future__ import annotations

import hashlib
import re
from xml.etree import ElementTree

import pytest

from dualcos.profile.schema import load, names
from tests.dualcos.profile.printed_keys import printed, told

BANKS = [name for name in names() if (bank := load(name).pse) is not None and bank.rsa]
# Bytes with a colon between, then a blank; the expiry as six digits; the names of the algorithms.
LINE = re.compile(
    r" *((?:[0-9a-fA-F]{2}:){4}[0-9a-fA-F]{2}) +([0-9a-fA-F]{2}) +([0-9]{6}) +rsa"
    r" +((?:[0-9a-fA-F]{2}:){0,2}[0-9a-fA-F]{2})"
    r" +((?:[0-9a-fA-F]{2}:){1,255}[0-9a-fA-F]{2}) +sha1 +((?:[0-9a-fA-F]{2}:){19}[0-9a-fA-F]{2})\n"
)
# A key of another authority, in the form of emv-tools' data/*.keys: the pattern is the program's, not this printer's.
FOREIGN = (
    "a0:00:00:99:99 e1 000000 rsa 03 99:6a:f5:6f:56:91:87:d0 sha1 "
    "42:9c:95:4a:38:59:ce:f9:12:95:f6:63:c9:63:e5:82:ed:6e:b2:53\n"
)


def bytes_of(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def check_sum(rid: bytes, index: bytes, modulus: bytes, exponent: bytes) -> bytes:
    return hashlib.sha1(rid + index + modulus + exponent, usedforsecurity=False).digest()


def capk(text: str) -> tuple[bytes, ...]:
    found = LINE.fullmatch(text)
    assert found is not None
    rid, index, expires, exponent, modulus, digest = found.groups()
    assert (int(expires[2:4]), int(expires[4:6])) <= (12, 31)
    return bytes_of(rid), bytes_of(index), bytes_of(modulus), bytes_of(exponent), bytes_of(digest)


def emv_utils(text: str) -> tuple[bytes, ...]:
    root = ElementTree.fromstring(text)  # noqa: S314 - written by the command under test
    (key,) = root
    assert (root.tag, key.tag, key.attrib["hash_id"]) == ("emv", "capk", "01")
    modulus, exponent, digest = (
        bytes.fromhex("".join((key.findtext(tag) or "").split())) for tag in ("modulus", "exponent", "hash")
    )
    assert [child.tag for child in key] == ["modulus", "exponent", "hash"]
    assert len(modulus) <= 256
    assert len(exponent) <= 4
    return bytes.fromhex(key.attrib["rid"]), bytes.fromhex(key.attrib["index"]), modulus, exponent, digest


READERS = {"capk": capk, "emv-utils": emv_utils}


def test_the_pattern_reads_the_programs_own_lines():
    assert capk(FOREIGN)[1] == b"\xe1"


@pytest.mark.parametrize("form", READERS)
@pytest.mark.parametrize("name", BANKS)
def test_a_program_reads_it_and_its_check_sum_is_right(name, form):
    answer = told("keys", "show-test", name, "--for", "terminal", "--format", form)
    assert answer.code == 0
    *key, digest = READERS[form](answer.out)
    assert digest == check_sum(*key)
    authority = printed(name, "terminal").authority("RSA")
    assert [each.hex().upper() for each in key] == [authority[each] for each in ("rid", "index", "modulus", "exponent")]
    assert ("SM2" in answer.err) is (name == "pboc-sm")


@pytest.mark.parametrize(
    "argv", [("social-2.0", "--for", "terminal"), ("bank-only", "--for", "issuer"), ("blank", "--for", "maker")]
)
def test_where_there_is_no_authority_key_the_command_says_so(argv):
    answer = told("keys", "show-test", *argv, "--format", "capk")
    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert "no RSA authority key" in answer.err
