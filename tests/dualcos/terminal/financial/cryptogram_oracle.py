"""What a card has said with GENERATE AC, for tests to hold a kernel's verdict against: read and recovered apart from
the package's own readers.
"""

from __future__ import annotations

from dualcos.profile.published_test_keys import rsa_test_keys


def said_cid(data: bytes, *, signed: bool = False) -> int | None:
    """9F27 of an answer of one template, in which all stands once, and fill bytes (PBOC-5 B.6); None for another.
    ``signed``: CDA was asked for, then it is the one that the test card's key has signed, or an AAC (PBOC-7 §5.3.6).
    """
    told = _objects(data)
    if len(told) != 1 or told[0][0] not in ("80", "77"):
        return None
    tag, raw = told[0]
    if tag == "80":
        cid, signature = raw[:1], b""
    else:
        inside = _objects(raw)
        by_tag = dict(inside)
        cid, signature = by_tag.get("9f27", b""), by_tag.get("9f4b", b"")
        if len(by_tag) != len(inside):
            return None
    if len(cid) != 1 or (signed and cid[0] & 0xC0 and _signed_cid(signature) != cid[0]):
        return None
    return cid[0]


def _objects(raw: bytes) -> list[tuple[str, bytes]]:
    """Tag in hex and value of each; empty for what breaks off. Written apart from the package's own."""
    found, at = [], 0
    while at < len(raw):
        if raw[at] == 0:
            at += 1
            continue
        end = at + 1
        if raw[at] & 0x1F == 0x1F:
            while end < len(raw) and raw[end] & 0x80:
                end += 1
            end += 1
        if end >= len(raw):
            return []
        size = {0x81: 1, 0x82: 2}.get(raw[end], 0)
        length = int.from_bytes(raw[end + 1 : end + 1 + size], "big") if size else raw[end]
        value = raw[end + 1 + size : end + 1 + size + length]
        if len(value) != length or end + 1 + size > len(raw):
            return []
        found.append((raw[at:end].hex(), value))
        at = end + 1 + size + length
    return found


def _signed_cid(signature: bytes) -> int:
    """Of the CID behind the dynamic number (PBOC-7 table 17); -1 for what is no signature of the card."""
    key = rsa_test_keys("test-rsa").card
    modulus = int(key.p, 16) * int(key.q, 16)
    size = (modulus.bit_length() + 7) // 8
    block = pow(int.from_bytes(signature, "big"), 3, modulus).to_bytes(size, "big")
    framed = len(signature) == size and block[:3] == b"\x6a\x05\x01" and block[-1:] == b"\xbc"
    return block[5 + block[4]] if framed else -1
