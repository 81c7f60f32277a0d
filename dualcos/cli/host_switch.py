"""What stands between acquirer and bank of ``dualcos host``: nothing, or messages as they pass through a switch."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable

from dualcos.cli.leash_screen import LeashScreen
from dualcos.issuance.acquirer.acquirer_settings import USUAL_ACQUIRER
from dualcos.issuance.acquirer.switched_issuer import SwitchedIssuer
from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.line_in_process import LineInProcess
from dualcos.messages.response_codes import APPROVED, response_code
from dualcos.messages.switch_messages import switch_message
from dualcos.profile.line_test_keys import switch_mac_key


def add_switched(parser: ArgumentParser) -> None:
    """``--switched``."""
    parser.add_argument(
        "--switched",
        action="store_true",
        help="the acquirer asks the bank in the switch's messages (转接报文), a line for each; without it directly",
    )


def switched_issuer(bank: Callable[[bytes], bytes], screen: LeashScreen) -> SwitchedIssuer:
    """The issuer behind ``bank``, which answers frames inside this process; each question is told on ``screen``."""

    def watch(asked: AcquirerMessage, answer: AcquirerMessage) -> None:
        row, code = switch_message(asked), answer.text(39)
        name = "" if row is None else f" {row.zh} {row.en}"
        said = screen.paint("good" if code == APPROVED else "bad", f"{code} {response_code(code).en}")
        screen.say(f"  转接 switch {asked.mti}{name} → {answer.mti} {said}")

    return SwitchedIssuer(LineInProcess(bank), switch_mac_key(), USUAL_ACQUIRER.issuer, watch)
