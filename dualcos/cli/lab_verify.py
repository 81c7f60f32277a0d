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
from dualcos.cli.user_faults import DIFFERS, DONE, Fault, without_hex
from dualcos.explain.control_characters import in_one_line
from dualcos.lab.conformance.shipped_vectors import found
from dualcos.lab.conformance.vector_file import VectorError
from dualcos.lab.evidence.campaign_file import CampaignFileError
from dualcos.lab.evidence.laboratory_key import LaboratoryKeyError, key_fingerprint, laboratory_public_key
from dualcos.lab.evidence.record_order import totals_in_words
from dualcos.lab.evidence.signature import signature_path
from dualcos.lab.evidence.verification import Verification, verified
from dualcos.textforms.text_files import text_of
from keys.custody.lock_texts import holds_secret_key


def _arguments(parser: ArgumentParser) -> None:
    add_input(parser, "campaign", metavar="CAMPAIGN", help="a campaign file")
    add_input(parser, "--signature", metavar="FILE", help="its signature; default: CAMPAIGN.sig")
    add_input(
        parser,
        "--public-key",
        where=_key_file,
        metavar="HEX|FILE",
        help="the laboratory's public key, or a file with it: without, it is said which key signed",
    )
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


def _key_file(text: str) -> Path | None:
    """The file that a public key is in, if it is in one."""
    try:
        laboratory_public_key(text)
    except LaboratoryKeyError:
        return Path(text)
    return None


def _public_key(text: str | None) -> bytes | None:
    """The key that --public-key gives. Raises Fault, UnreadableText."""
    if text is None:
        return None
    if holds_secret_key(text):
        raise Fault("--public-key takes a public key; a secret one stays with its owner, off any command line")
    file = _key_file(text)
    if file is not None and not file.exists():
        raise Fault(f"--public-key takes 64 hex digits or a file with the key, and {without_hex(text)} is neither")
    try:
        return laboratory_public_key(text if file is None else text_of(file))
    except LaboratoryKeyError as error:
        raise Fault(f"--public-key{f' {text}' if file is not None else ''}: {error}") from None


def _verify(args: Namespace) -> int:
    public = _public_key(args.public_key)
    campaign = Path(args.campaign)
    beside = Path(args.signature) if args.signature is not None else signature_path(campaign)
    signature = beside.read_bytes() if args.signature is not None or beside.exists() else None
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
