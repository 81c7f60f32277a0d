"""``dualcos sample``: a folder with input of every kind, and a script that goes from it to cards in a reader."""

from __future__ import annotations

import shlex
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from dualcos.cli.facts.issuance_facts import SampleWritten
from dualcos.cli.file_arguments import add_output_folder
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.outputs_together import OutputsTogether
from dualcos.cli.subcommand import Subcommand
from dualcos.cli.user_faults import DONE
from dualcos.explain.rendering import columns
from dualcos.issuance.sample.sample_folder import FILES, sample_files
from keys.custody.whole_file import COMMON

_TAKEN = "a sample never replaces a file: choose another folder"
_EXECUTABLE = COMMON | 0o111
_TOUR = "run.sh"


def _arguments(parser: ArgumentParser) -> None:
    add_output_folder(
        parser, "folder", inside=tuple(FILES), fresh=True, taken=_TAKEN, metavar="FOLDER", help="where it is to lie"
    )
    add_json(parser, SampleWritten)


def sample(args: Namespace) -> int:
    """Write the sample; nothing that is there is replaced."""
    folder = Path(args.folder)
    folder.mkdir(parents=True, exist_ok=True)
    with OutputsTogether(replace=False) as outputs:
        for name, content in sample_files(f"{shlex.quote(sys.executable)} -m dualcos").items():
            outputs.begin(folder / name, mode=_EXECUTABLE if name == _TOUR else COMMON).write(content)
    tell(args, SampleWritten(folder=args.folder, files=list(FILES)), _words(args.folder))
    return DONE


def _words(folder: str) -> Iterator[str]:
    yield f"{folder}:"
    yield from columns((f"  {name}", what) for name, what in FILES.items())
    yield f"now `sh {shlex.quote(str(Path(folder) / _TOUR))}`: from invented keys to cards in a reader"


SAMPLE = Subcommand(
    "sample", "write input of every kind, and a script from it to cards in a reader, into a folder", _arguments, sample
)
