"""``dualcos record pcap``: a trace as a capture file for Wireshark and tshark."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Final

from dualcos.cli.file_arguments import add_input, add_output
from dualcos.cli.replay import read_trace
from dualcos.cli.user_faults import DONE
from dualcos.lab.recorder.capture_of_trace import capture
from keys.custody.whole_file import open_whole

NAME: Final = "pcap"
HELP: Final = "a trace as a capture file (pcapng) that Wireshark and tshark show as ISO 7816"


def arguments(parser: ArgumentParser) -> None:
    """Declare them."""
    add_input(parser, "trace", metavar="TRACE", help="a trace of record, serve, run or send")
    add_output(parser, "-o", "--output", metavar="FILE", required=True, help="the capture file, without secrets")


def run(args: Namespace) -> int:
    """Write it."""
    write_capture(args.trace, args.output, replace=args.force)
    return DONE


def write_capture(trace: str, path: str, *, replace: bool, may_be_empty: bool = False) -> None:
    """The file ``trace`` as a capture file. Raises Fault, UnreadableText, OSError."""
    recorded = read_trace(trace, may_be_empty=may_be_empty)
    with open_whole(path, replace=replace) as file:
        for block in capture(recorded):
            file.write(block)
