"""``dualcos lab schema``: the JSON Schema of what a laboratory's files are made of, for editors and other programs."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace

from dualcos.cli.file_arguments import add_output
from dualcos.cli.lab_action import LabAction
from dualcos.cli.machine_output import for_stream
from dualcos.cli.user_faults import DONE
from dualcos.lab.schemas.published_schemas import PUBLISHED
from keys.custody.whole_file import write_whole


def _arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", choices=PUBLISHED, help="of what (docs/schemas says which files these are)")
    add_output(parser, "-o", "--output", metavar="FILE", help="write it here (default: to the standard output)")


def schema(args: Namespace) -> int:
    """The schema as text; what is printed is JSON anyway."""
    text = PUBLISHED[args.name].text(args.name)
    if args.output is not None:
        write_whole(args.output, text.encode(), replace=args.force)
        print(f"{args.output}: JSON Schema of {PUBLISHED[args.name].title}")
    else:
        print(for_stream(text, sys.stdout), end="")
    return DONE


LAB_SCHEMA = LabAction("schema", "the JSON Schema of vectors, statements, campaigns …, for editors", _arguments, schema)
