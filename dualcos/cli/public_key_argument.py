"""``--public-key``: the key of whoever signed, as hex or in a file."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path

from dualcos.cli.file_arguments import add_input
from dualcos.cli.user_faults import Fault, without_hex
from dualcos.textforms.text_files import text_of
from keys.custody.lock_texts import holds_secret_key
from keys.custody.signing_key import SigningKeyError, signing_public_key


def add_public_key(parser: ArgumentParser, words: str, *, required: bool = False) -> None:
    """Declare --public-key."""
    add_input(parser, "--public-key", where=_key_file, metavar="HEX|FILE", help=words, required=required)


def _key_file(text: str) -> Path | None:
    """The file that a public key is in, if it is in one."""
    try:
        signing_public_key(text)
    except SigningKeyError:
        return Path(text)
    return None


def given_public_key(text: str | None) -> bytes | None:
    """The key that --public-key gives. Raises Fault, UnreadableText."""
    if text is None:
        return None
    if holds_secret_key(text):
        raise Fault("--public-key takes a public key; a secret one stays with its owner, off any command line")
    file = _key_file(text)
    if file is not None and not file.exists():
        raise Fault(f"--public-key takes 64 hex digits or a file with the key, and {without_hex(text)} is neither")
    try:
        return signing_public_key(text if file is None else text_of(file))
    except SigningKeyError as error:
        raise Fault(f"--public-key{f' {text}' if file is not None else ''}: {error}") from None
