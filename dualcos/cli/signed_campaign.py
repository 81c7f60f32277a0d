"""Arguments of whoever verifies a signed campaign: its signature, and the laboratory's public key."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from dualcos.cli.file_arguments import add_input
from dualcos.cli.public_key_argument import add_public_key
from dualcos.lab.evidence.signature import signature_path


def add_signature(parser: ArgumentParser) -> None:
    """Declare --signature."""
    add_input(parser, "--signature", metavar="FILE", help="its signature; default: CAMPAIGN.sig")


def add_laboratory_key(parser: ArgumentParser) -> None:
    """Declare --public-key."""
    add_public_key(parser, "the laboratory's public key, or a file with it: without, it is said which key signed")


def signature_beside(campaign: Path, named: str | None) -> bytes | None:
    """The content of the signature file that was named, else of the one beside the campaign; None if there is none.

    Raises OSError.
    """
    beside = Path(named) if named is not None else signature_path(campaign)
    return beside.read_bytes() if named is not None or beside.exists() else None
