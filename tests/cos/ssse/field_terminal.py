"""A terminal's program at two readers, card and PSAM, through pyscard; ``test_field_flows`` starts it and reads it.

What it does comes as JSON on its command line; what it saw goes out as JSON. Its driver deals with 61xx and
6Cxx. Authentication data come from the PSAM, or from the host's keys by the templates of the vectors.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
sys.path[:0] = [str(ROOT), str(ROOT / "tests/cos/psam")]

from test_psam_with_card import R1, R2, Terminal  # noqa: E402 - it needs the paths above

from apdu.response import parse_response  # noqa: E402 - likewise
from apdu.status import SW  # noqa: E402 - likewise
from dualcos.dialogue.driver import perform, send  # noqa: E402 - likewise
from dualcos.lab.conformance import template_functions  # noqa: E402 - likewise
from dualcos.profile.schema import load  # noqa: E402 - likewise
from dualcos.reader.pcsc import PcscLink, readers  # noqa: E402 - likewise

MARK = "00FE00"


class Counter:
    """The counter: a user card, a PSAM, the host's keys."""

    def __init__(self, user: PcscLink, sam: PcscLink, profile: str) -> None:
        self.user, self.sam = user, sam
        self.hand = template_functions.HostHand(load(profile))
        self.wide = load(profile).ssse.algorithm == "SM4"
        self.known: dict[str, bytes] = {}

    def start(self) -> None:
        self.terminal = Terminal(self.user, self.sam, wide=self.wide)  # resets both, selects SSSE and DF01 of the PSAM
        self.known.clear()

    def send(self, text: str) -> tuple[str, str]:
        """A command; data and status word. ``sam:`` to the PSAM; ``raw:`` leaves 61xx and 6Cxx as they are;
        ``unseen:`` forgets the random number that comes."""
        link = self.sam if text.startswith("sam:") else self.user
        command = template_functions.fill(text.rpartition(":")[2], self.known, self.hand)
        answer = parse_response(link.exchange(command)) if text.startswith("raw:") else perform(link, send(command))
        if command[:2] == b"\x00\x84" and not text.startswith("unseen:") and answer.sw == SW.OK:
            self.known["challenge"] = answer.data
        return answer.data.hex().upper(), str(answer.sw)

    def data(self, key: str, psam: tuple[int, int], factor: str, original: str, *, by_host: bool) -> str:
        """Authentication data of the host's ``key``, or of the PSAM's that is its root."""
        if by_host:
            return template_functions.fill(f"{{int_auth({key}, {factor}, {original})}}", {}, self.hand).hex().upper()
        return self.terminal.authentication_data(*psam, factor, original)

    def genuine(self, *, by_host: bool) -> bool:
        """Internal authentication: the card's answer, and what PSAM or host say it must be."""
        answer, _ = self.send(f"0088000010{R1}{R2}")
        right, other = (self.data("IRK", (0x07, 0x08), *way, by_host=by_host) for way in ((R1, R2), (R2, R1)))
        return answer == right != other

    def prove(self, key: str, kid: str, psam: tuple[int, int], *, by_host: bool, one_challenge: bool) -> str:
        """External authentication with one random number or two, the original information being the first."""
        original, _ = self.send("0084000008")
        factor = original if one_challenge else self.send("0084000008")[0]
        return self.send(f"008200{kid}10{self.data(key, psam, factor, original, by_host=by_host)}{original}")[1]


def flow(counter: Counter, way: dict[str, bool]) -> list[str]:
    """The card proved, both keys that matter, then the holder's name and the issue date read, the date written."""
    counter.start()
    how = {"by_host": way["by_host"], "one_challenge": way["one_challenge"]}
    name, date = ("0900", "0528") if way["by_tag"] else ("0204", "052C")
    return [
        str(counter.genuine(by_host=way["by_host"])),
        counter.prove("RKSSSE", "0A", (0x07, 0x0A), **how),
        counter.send(f"00A4{'00' if way['p1_00'] else '02'}0002EF06")[1],
        *counter.send(f"00B2{name}{'00' if way['le_00'] else '20'}"),
        counter.prove("UKSSSE", "04", (0x08, 0x12), **how),
        counter.send(f"00DC{date}06050420240115")[1],
        *counter.send(f"00B2{date}{'00' if way['le_00'] else '06'}"),
    ]


def mistake(counter: Counter, number: int, commands: list[str]) -> str:
    """The last command is the one that must be refused; the mark tells the trace where it begins."""
    counter.start()
    counter.send("0084000008")
    for restores_tries in ("0082000410{ext_auth(UKSSSE)}", "0020000003123456"):
        counter.send(restores_tries)
    counter.start()
    counter.send(f"{MARK}{number:02X}")
    for command in commands[:-1]:
        counter.send(command)
    return counter.send(commands[-1])[1]


def main() -> None:
    """Do what the command line says."""
    asked = json.loads(sys.argv[1])
    card, psam = readers()
    with PcscLink(card) as user, PcscLink(psam) as sam:
        counter = Counter(user, sam, asked["profile"])
        done = {
            "flows": [flow(counter, way) for way in asked["flows"]],
            "mistakes": [mistake(counter, number, one) for number, one in enumerate(asked["mistakes"])],
        }
    sys.stdout.write(json.dumps(done))


if __name__ == "__main__":
    main()
