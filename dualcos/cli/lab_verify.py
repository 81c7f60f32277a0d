"""``dualcos lab verify``: is a campaign file whole, is it what was signed, and by whom."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from dualcos.cli.facts.lab_verify_facts import CampaignSigned, CampaignVerified, WrongEvidence
from dualcos.cli.file_arguments import add_input
from dualcos.cli.lab_action import LabAction
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.public_key_argument import given_public_key
from dualcos.cli.signed_campaign import add_laboratory_key, add_signature, signature_beside
from dualcos.cli.user_faults import DIFFERS, DONE, Fault
from dualcos.explain.control_characters import in_one_line
from dualcos.lab.conformance.shipped_vectors import found
from dualcos.lab.conformance.vector_file import VectorError
from dualcos.lab.evidence.campaign_file import CampaignFileError
from dualcos.lab.evidence.record_order import totals_in_words
from dualcos.lab.evidence.verification import Verification, verified
from keys.custody.signing_key import key_fingerprint


def _arguments(parser: ArgumentParser) -> None:
    add_input(parser, "campaign", metavar="CAMPAIGN", help="a campaign file")
    add_signature(parser)
    add_laboratory_key(parser)
    add_input(
        parser,
        "--vectors",
        where=found,
        metavar="PATH",
        nargs="+",
        default=[],
        help="hold the vector files against what was played, too: as the campaign was given them",
    )
    add_json(parser, CampaignVerified)


def _verify(args: Namespace) -> int:
    public = given_public_key(args.public_key)
    campaign = Path(args.campaign)
    signature = signature_beside(campaign, args.signature)
    vectors = [found(path) for path in args.vectors]
    try:
        judged = verified(campaign.read_bytes(), signature, datetime.now(UTC), public=public, vectors=vectors)
    except (CampaignFileError, VectorError) as error:
        raise Fault(f"{campaign}: {error}" if isinstance(error, CampaignFileError) else str(error)) from None
    facts = _facts(args.campaign, judged)
    tell(args, facts, _words(facts, judged))
    return DONE if facts.sound else DIFFERS


def _facts(campaign: str, judged: Verification) -> CampaignVerified:
    signed = judged.signature
    return CampaignVerified(
        campaign=campaign,
        sound=not judged.faults,
        wrong=[
            WrongEvidence(what=each.what, record=each.number, kind=each.kind, id=each.id, text=each.text)
            for each in judged.faults
        ],
        remarks=list(judged.remarks),
        records=len(judged.chain.records),
        bytes=judged.chain.size,
        root=judged.chain.root.hex(),
        laboratory=judged.campaign.laboratory if judged.campaign is not None else "",
        tool=judged.campaign.tool if judged.campaign is not None else "",
        totals=judged.totals,
        signed=None
        if signed is None
        else CampaignSigned(
            public_key=signed.public_key,
            fingerprint=key_fingerprint(signed.public),
            at=signed.at,
            records=signed.records,
            known=judged.key_known and not any(each.what == "key" for each in judged.faults),
        ),
    )


def _words(facts: CampaignVerified, judged: Verification) -> Iterator[str]:
    yield f"{facts.campaign}: {'a' if facts.sound else 'NOT a'} whole, finished and signed campaign"
    yield from (f"  ✗ {in_one_line(str(each))}" for each in judged.faults)
    yield from (f"  note: {in_one_line(each)}" for each in facts.remarks)
    yield f"  records     {facts.records}, {facts.bytes} bytes, root {facts.root}"
    if judged.campaign is not None:
        laboratory = f"laboratory {facts.laboratory}, " if facts.laboratory else ""
        yield f"  campaign    {in_one_line(f'{laboratory}began {judged.campaign.at}, {facts.tool}')}"
    if facts.totals is not None:
        yield f"  verdicts    {totals_in_words(facts.totals)}{'' if facts.sound else ', as far as the records hold'}"
    if facts.signed is not None:
        signed = facts.signed
        yield f"  signed      {signed.at}, {signed.records} records, with the key {signed.fingerprint}"
        yield f"  public key  {signed.public_key}"
        if signed.known:
            yield "              it is the one that was given"
        elif not judged.key_known:
            yield "              that it is the laboratory's, you must know: ask there, then --public-key HEX"


LAB_VERIFY = LabAction("verify", "is a campaign file whole, is it what was signed, and by whom", _arguments, _verify)
