"""A campaign file verified (核验): is it whole, is it what was signed, and by whom; what is wrong first, and where.

One judgement in four parts: chain and order of the records, the end that was signed, the signature and its key, the
vector files. Each part names what it finds; the first of all faults is the first altered record where there is one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

from dualcos.lab.conformance.vector_file import VectorError, load
from dualcos.lab.evidence.campaign_file import (
    CampaignChain,
    CampaignFileError,
    ChainBrokenError,
    kind_in,
    looks_like_campaign,
    sound_part,
    vector_in,
)
from dualcos.lab.evidence.campaign_records import (
    AnyRecord,
    CampaignBegun,
    SessionEnded,
    StepAttested,
    VectorBegun,
    VectorJudged,
    VerdictTotals,
)
from dualcos.lab.evidence.record_order import disorder, totals, verdicts
from dualcos.lab.evidence.signature import CampaignSignature, SignatureError, SignedLine, signed_line
from dualcos.lab.evidence.vector_digests import file_digests
from dualcos.lab.operator_steps.attestations import EXPIRED, standing
from keys.custody.signing_key import key_fingerprint

WhatIsWrong = Literal[
    "altered", "out of order", "cut off", "appended", "unfinished", "unsigned", "signature", "key", "vectors"
]
_OTHERWISE = ("altered", "out of order", "cut off", "appended")
"""What leaves it open how the campaign ended."""


class EvidenceFault(NamedTuple):
    """One thing that is wrong. ``number``: of the record, from 1, 0 where it is no record; ``kind`` it is of and the
    vector's ``id``, as far as they can be read.
    """

    what: WhatIsWrong
    text: str
    number: int = 0
    kind: str = ""
    id: str = ""

    def __str__(self) -> str:
        if not self.number:
            return self.text
        named = " of ".join(each for each in (self.kind, self.id) if each)
        return f"record {self.number}{f' ({named})' if named else ''}: {self.text}"


class Verification(NamedTuple):
    """What was found. Without ``faults`` the campaign is finished, whole and signed; ``remarks`` are no faults.

    ``chain``: as far as it holds; ``campaign``: the first record; ``signature``: what stands in the signature file,
    None if there is none or it is not as it was written; ``key_known``: it was held against a key that was given.
    """

    faults: tuple[EvidenceFault, ...]
    remarks: tuple[str, ...]
    chain: CampaignChain
    campaign: CampaignBegun | None
    signature: CampaignSignature | None
    key_known: bool

    @property
    def totals(self) -> VerdictTotals | None:
        """How many vectors have which verdict, by the records that hold."""
        if self.campaign is None:
            return None
        judged = verdicts(self.chain.records).values()
        return totals(self.campaign.chosen, [each.verdict for each in judged])


def verified(
    content: bytes,
    signature: bytes | None,
    now: datetime,
    *,
    public: bytes | None = None,
    vectors: Sequence[Path] = (),
) -> Verification:
    """Verify a campaign file's ``content``. ``signature``: of the signature file, None if there is none; ``public``:
    the laboratory's key, if it is known; ``vectors``: where the vector files lie, as the campaign was given them; what
    operators answered is worth what it is worth ``now``.

    Raises CampaignFileError: this never was a campaign file; VectorError, OSError: the vectors cannot be used.
    """
    if signature is None and not looks_like_campaign(content):
        raise CampaignFileError("it is no campaign file" if content else "it is empty: no campaign has begun in it")
    chain, broken = sound_part(content)
    begun = chain.records[0] if chain.records else None
    campaign = begun if isinstance(begun, CampaignBegun) else None
    there = {file.path: file.sha256 for file in file_digests(_demand_there(vectors))}
    played = list(_vector_faults(campaign, there)) if campaign is not None and vectors else []
    sealed, unread = _taken_apart(signature)
    faults = [
        *_chain_faults(chain, broken, sealed),
        *_order_faults(chain, () if played else vectors),
        *unread,
        *_end_faults(chain, broken, sealed, campaign),
        *_signer_faults(signature, sealed, campaign, public),
        *played,
    ]
    if campaign is not None and not any(fault.what in _OTHERWISE for fault in faults):
        faults += _unfinished(chain, campaign)
    remarks = [*_clock_remarks(chain, sealed), *_expired_remarks(chain, now)]
    if campaign is not None:
        remarks += _vector_remarks(campaign, there)
    says = sealed.says if sealed is not None else None
    return Verification(tuple(faults), tuple(remarks), chain, campaign, says, public is not None)


def _demand_there(vectors: Sequence[Path]) -> Sequence[Path]:
    for path in vectors:
        if not path.exists():
            raise VectorError(f"{path}: no such vector file or folder")
    return vectors


def _taken_apart(signature: bytes | None) -> tuple[SignedLine | None, list[EvidenceFault]]:
    """The signature, if it is as it was written."""
    if signature is None:
        return None, []
    try:
        sealed = signed_line(signature)
    except SignatureError as error:
        return None, [EvidenceFault("signature", f"the signature file is not as it was written: {error}")]
    if sealed.fits:
        return sealed, []
    fault = (
        "the signature does not fit what it stands under: the file was changed, or the key that it names did not sign"
    )
    return None, [EvidenceFault("signature", fault)]


def _about(what: WhatIsWrong, number: int, record: AnyRecord, text: str) -> EvidenceFault:
    judged = record if isinstance(record, VectorBegun | StepAttested | VectorJudged) else None
    tag = str(record.__struct_config__.tag)
    return EvidenceFault(what, text, number, tag, judged.id if judged is not None else "")


# --- chain and order ---------------------------------------------------------------------------------------------


def _chain_faults(
    chain: CampaignChain, broken: ChainBrokenError | None, sealed: SignedLine | None
) -> Iterator[EvidenceFault]:
    """The first line that is not what was written."""
    if broken is None:
        return
    behind = sealed is not None and _holds(chain, sealed.says) and broken.number > sealed.says.records
    if behind:  # what was signed is whole: this was put behind it
        yield EvidenceFault("appended", f"not signed, and {broken.why}", broken.number, *_told_in(broken.line))
        return
    yield EvidenceFault("altered", f"altered: {broken.why}", broken.number, *_told_in(broken.line))


def _told_in(line: bytes) -> tuple[str, str]:
    return kind_in(line), vector_in(line)


def _holds(chain: CampaignChain, says: CampaignSignature) -> bool:
    """True if the records that were signed are there as they were."""
    there = len(chain.links) >= says.records
    return there and chain.links[says.records - 1].hex() == says.root and chain.ends[says.records - 1] == says.size


def _order_faults(chain: CampaignChain, vectors: Sequence[Path]) -> Iterator[EvidenceFault]:
    """The first record that cannot have come there. With ``vectors``, sound ones, also by what they say."""
    known = {case.id: case for path in vectors for case in load(path)}
    found = disorder(chain.records, {each for each, case in known.items() if case.destructive})
    if found is not None:
        yield _about("out of order", found.number, chain.records[found.number - 1], found.text)
        return
    for number, record in enumerate(chain.records, 1):
        if known and isinstance(record, VectorJudged) and record.id not in known:
            yield _about("out of order", number, record, "the vector files have no such vector")
            return


# --- what was signed ---------------------------------------------------------------------------------------------


def _end_faults(
    chain: CampaignChain, broken: ChainBrokenError | None, sealed: SignedLine | None, campaign: CampaignBegun | None
) -> Iterator[EvidenceFault]:
    """Whether what is there ends where it was signed."""
    if broken is not None or sealed is None:
        if broken is None and campaign is not None and chain.torn:
            yield EvidenceFault("cut off", f"{_torn(chain)}: it was cut off or is being written")
        return
    says, number = sealed.says, len(chain.records)
    if number and chain.links[0].hex() != says.campaign:
        yield EvidenceFault("signature", "the signature is of another campaign, or this one was begun anew behind it")
    elif number < says.records:
        torn = f", in the middle of record {number + 1}" if chain.torn else ""
        yield EvidenceFault("cut off", f"the file ends behind record {number}{torn}; signed are {says.records}")
    elif not _holds(chain, says):
        yield EvidenceFault(
            "altered",
            f"not what was signed: records 2 to {says.records} end otherwise, so some were changed and chained anew",
        )
    elif number > says.records:
        text = f"not signed, nor what is behind it: the signature ends with record {says.records}"
        yield _about("appended", says.records + 1, chain.records[says.records], text)
    elif chain.torn:
        yield EvidenceFault("appended", f"{_torn(chain)}, and not signed")


def _torn(chain: CampaignChain) -> str:
    return f"behind record {len(chain.records)} are {chain.torn} bytes that are no whole record"


def _signer_faults(
    signature: bytes | None, sealed: SignedLine | None, campaign: CampaignBegun | None, public: bytes | None
) -> Iterator[EvidenceFault]:
    """Whether it was signed, and by who should have."""
    began = bytes.fromhex(campaign.public_key) if campaign is not None else b""
    with_which = f"with {_key(began)} to sign it" if began else "without a key"
    if signature is None:
        yield EvidenceFault("unsigned", f"it is not signed{f'; it began {with_which}' if began else ''}")
    if public is not None and began not in (b"", public):
        yield EvidenceFault("key", f"it began {with_which}, and {_key(public)} was given")
    if sealed is None:
        return
    says = sealed.says
    if public is not None and says.public != public:
        yield EvidenceFault("key", f"it was signed with {_key(says.public)}, and {_key(public)} was given")
    if campaign is not None and began != says.public:
        yield EvidenceFault("key", f"it was signed with {_key(says.public)}, and began {with_which}")
    if campaign is not None and campaign.laboratory != says.laboratory:
        yield EvidenceFault("signature", "the signature names another laboratory than the campaign")


def _key(public: bytes) -> str:
    return f"the key {key_fingerprint(public)}"


def _unfinished(chain: CampaignChain, campaign: CampaignBegun) -> Iterator[EvidenceFault]:
    """Whether the last session ended with all that was chosen judged."""
    last = chain.records[-1]
    if isinstance(last, SessionEnded) and last.why == "complete":
        return
    waiting = campaign.chosen - len(verdicts(chain.records))
    how = f"the last session ended: {last.why}" if isinstance(last, SessionEnded) else "the last session has no end"
    yield EvidenceFault("unfinished", f"unfinished: {waiting} of {campaign.chosen} vectors wait; {how}")


def _clock_remarks(chain: CampaignChain, sealed: SignedLine | None) -> Iterator[str]:
    """Where the clock went back: no fault, clocks are set."""
    moments = [record.at for record in chain.records]
    back = [str(number) for number in range(2, len(moments) + 1) if moments[number - 1] < moments[number - 2]]
    if back:
        more = f" and {len(back) - 1} more" if len(back) > 1 else ""
        yield f"the clock went back before record {back[0]}{more}"
    if sealed is not None and moments and sealed.says.at < moments[min(sealed.says.records, len(moments)) - 1]:
        yield "by its clock it was signed before the last record was written"


def _expired_remarks(chain: CampaignChain, now: datetime) -> Iterator[str]:
    """What stands on answers that have expired since: no fault, it was not so when it was judged."""
    worthless = [each.id for each in standing(chain.records, now).values() if each.kind == EXPIRED]
    if worthless:
        yield f"operators' answers have expired; worth nothing: {len(worthless)} verdicts, the first of {worthless[0]}"


# --- vector files ------------------------------------------------------------------------------------------------


def _vector_faults(campaign: CampaignBegun, there: Mapping[str, str]) -> Iterator[EvidenceFault]:
    """Whether the vector files are those that were played."""
    for file in campaign.files:
        if file.path not in there:
            yield EvidenceFault("vectors", f"{file.path} was played, and is not where the vectors lie")
        elif there[file.path] != file.sha256:
            yield EvidenceFault("vectors", f"{file.path} is not what was played: it was changed since")


def _vector_remarks(campaign: CampaignBegun, there: Mapping[str, str]) -> Iterator[str]:
    more = sorted(there.keys() - {file.path for file in campaign.files})
    if more:
        yield f"vector files that are no part of this campaign: {len(more)}, the first is {more[0]}"
