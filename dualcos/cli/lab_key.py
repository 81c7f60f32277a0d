"""``dualcos lab key``: the laboratory's key, which signs campaigns, and its public half for those who verify them."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable

from dualcos.cli.facts.lab_key_facts import LaboratoryKeyFacts
from dualcos.cli.file_arguments import add_input, add_output
from dualcos.cli.key_store_locks import add_lock, lock, recipient
from dualcos.cli.lab_action import LabAction
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.user_faults import DONE
from keys.custody.signing_key import SigningKey, key_fingerprint, public_pem
from keys.custody.whole_file import COMMON, write_whole

_KEPT = "campaigns signed with it could not be signed again: choose another name"


def _arguments(parser: ArgumentParser) -> None:
    rooms = parser.add_subparsers(metavar="ACTION", required=True)
    new = rooms.add_parser("new", help="a fresh key, sealed", description="a fresh key, sealed")
    add_output(new, "file", replaceable=False, taken=_KEPT, metavar="FILE")
    add_input(new, "--recipient", metavar="age1…|FILE", help="whose key file may open it too: its public key")
    show = rooms.add_parser("show", help="its public half", description="its public half")
    add_input(show, "file", metavar="FILE")
    add_output(show, "-o", "--output", metavar="FILE", help="write the public key (PEM), for those who verify")
    for room, action in ((new, _new), (show, _show)):
        add_lock(room)
        add_json(room, LaboratoryKeyFacts)
        room.set_defaults(key_action=action)


def _new(args: Namespace) -> int:
    reader = recipient(args.recipient)
    key = SigningKey.generated()
    key.save(args.file, lock(args.lock, args.file), reader)
    return _told(args, key, "keep it and what opens it apart; without it no campaign of yours can be signed")


def _show(args: Namespace) -> int:
    key = SigningKey.open(args.file, lock(args.lock, args.file))
    if args.output is None:
        return _told(args, key)
    write_whole(args.output, public_pem(key.public), replace=args.force, mode=COMMON)
    return _told(args, key, f"{args.output}: the public key, for `dualcos lab verify CAMPAIGN --public-key FILE`")


def _told(args: Namespace, key: SigningKey, *more: str) -> int:
    public, short = key.public.hex().upper(), key_fingerprint(key.public)
    facts = LaboratoryKeyFacts(file=args.file, public_key=public, fingerprint=short)
    tell(args, facts, (f"{args.file}: laboratory key {short}", f"public key  {public}", *more))
    return DONE


def _key(args: Namespace) -> int:
    action: Callable[[Namespace], int] = args.key_action
    return action(args)


LAB_KEY = LabAction("key", "the laboratory's key, which signs campaigns: made, its public half shown", _arguments, _key)
