"""The signature beside a campaign file (``CAMPAIGN.sig``): one line of JSON that says what was signed, and by whom.

The signature is over these bytes as they stand, from the first to the one before ``,"signature"``, behind a domain of
its own (a key that signs other things too signs none of them by accident). What the line says (number of records,
bytes, root) holds every byte of the campaign; the frame around the signature is fixed. So here, too, none can be
changed unseen, and nobody has to write JSON anew to verify it.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta, Struct, field

from dualcos.lab.evidence.campaign_file import CampaignChain, chain_of
from dualcos.lab.evidence.campaign_records import FORMAT, CampaignBegun, Moment, PublicKeyHex, Sha256
from dualcos.textforms.json_and_toml import BadText, from_json, named_twice
from keys.custody.signing_key import SigningKey, is_signed, key_fingerprint
from keys.custody.whole_file import COMMON, write_whole

SIGNATURE = ".sig"
"""The ending of the file's name behind the campaign's."""
_DOMAIN = b"dualcos campaign signature\n"
_LINE = re.compile(rb'(\{"format":.*),"signature":"([0-9A-F]{128})"\}\n', re.DOTALL)


class SignatureError(Exception):
    """A campaign cannot be signed, or what should be a signature is none; the message says why."""


class CampaignSignature(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is signed of a campaign file: its first ``records`` lines, ``size`` bytes in all, which end at ``root``.

    ``campaign``: the chain behind the first line, by which a campaign is told from others however far it has gone.
    """

    format: Literal[1]
    records: Annotated[int, Meta(ge=1)]
    size: Annotated[int, Meta(ge=1)] = field(name="bytes")
    campaign: Sha256
    root: Sha256
    laboratory: str
    public_key: PublicKeyHex
    at: Moment

    @property
    def public(self) -> bytes:
        """The key that signed, raw."""
        return bytes.fromhex(self.public_key)


class SignedLine(NamedTuple):
    """A signature file taken apart: what it says, the bytes it says it in, and the signature over them."""

    says: CampaignSignature
    signed: bytes
    signature: bytes

    @property
    def fits(self) -> bool:
        """True if the key that it names has signed what it says."""
        return is_signed(_DOMAIN + self.signed, self.signature, self.says.public)


def signature_path(campaign: Path) -> Path:
    """Where the signature of a campaign file lies."""
    return campaign.with_name(campaign.name + SIGNATURE)


def signature_line(chain: CampaignChain, key: SigningKey, at: str) -> bytes:
    """The content of a signature file for a whole campaign file. ``at``: the moment, as in records.

    Raises SignatureError: nothing to sign, a line not whole, a campaign that names another key or none.
    """
    begun = chain.records[0] if chain.records else None
    if not isinstance(begun, CampaignBegun):
        raise SignatureError("no campaign has begun in it: there is nothing to sign")
    if chain.torn:
        raise SignatureError(f"its last {chain.torn} bytes are no whole record: go on with the campaign first")
    if begun.public_key != key.public.hex().upper():
        known = key_fingerprint(bytes.fromhex(begun.public_key)) if begun.public_key else "none"
        raise SignatureError(
            f"the campaign began with the key {known} to sign it, and this is {key_fingerprint(key.public)}"
        )
    says = CampaignSignature(
        format=FORMAT,
        records=len(chain.records),
        size=chain.size,
        campaign=chain.links[0].hex(),
        root=chain.root.hex(),
        laboratory=begun.laboratory,
        public_key=begun.public_key,
        at=at,
    )
    signed = msgspec.json.encode(says)[:-1]
    return signed + b',"signature":"' + key.sign(_DOMAIN + signed).hex().upper().encode() + b'"}\n'


def sign_campaign(campaign: Path, key: SigningKey, at: str) -> Path:
    """Sign a campaign file as it lies on the disk; an older signature is replaced. Returns where the new one is.

    Raises CampaignFileError, SignatureError, OSError.
    """
    try:
        line = signature_line(chain_of(campaign.read_bytes()), key, at)
    except SignatureError as error:
        raise SignatureError(f"{campaign}: {error}") from None
    where = signature_path(campaign)
    write_whole(where, line, replace=True, mode=COMMON)
    return where


def signed_line(content: bytes) -> SignedLine:
    """A signature file taken apart. Raises SignatureError: it is not as it was written."""
    line = _LINE.fullmatch(content)
    if line is None:
        raise SignatureError("it is no line of a campaign's signature")
    try:
        says = from_json(line[1] + b"}", CampaignSignature)
        twice = named_twice(line[1] + b"}")
    except BadText as error:
        raise SignatureError(str(error)) from None
    if twice:
        raise SignatureError(f"it has {twice} twice")
    return SignedLine(says, line[1], unhexlify(line[2]))
