"""A card whose refusals are kept, and whose cells the laboratory's hand may change."""

from __future__ import annotations

import dualcos
from cos.kernel.files import Descriptor
from dualcos.explain.diagnosis.laboratory_view import LaboratoryView
from firewall.trace import Refused, TraceBuffer
from keys.key_handle import KeyHandle

SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
DF04 = "00A4040006D15600000503"
FREE = bytes(5)


class CardByHand:
    """A card of a profile, powered; what it refuses is in ``refused``."""

    def __init__(self, profile: str, **how):
        self.trace = TraceBuffer()
        self.card = dualcos.card(profile, seed=1, trace=self.trace, **how)
        self.card.power_on()

    def send(self, *commands: str | bytes) -> bytes:
        """All of them; the last answer."""
        answer = b""
        for command in commands:
            answer = self.card.exchange(bytes.fromhex(command) if isinstance(command, str) else command)
        return answer

    def refused(self) -> list[Refused]:
        """What was refused since this was last asked."""
        return refusals(self.trace)

    def cell(self, region: str, cell: str) -> bytes:
        return self.card.dump()[region][bytes.fromhex(cell)]

    def write(self, region: str, cell: str, value: bytes | None) -> None:
        """A cell as it should not be; the card starts anew."""
        self.card.overwrite(region, bytes.fromhex(cell), value)
        self.card.power_on()

    def describe(self, region: str, path: str, **otherwise) -> None:
        """Another descriptor of the file at ``path``: directory and identifier in hex."""
        raw = self.cell(region, "46" + path)
        self.write(region, "46" + path, Descriptor.decode(int(path[4:], 16), raw)._replace(**otherwise).encode())

    def key(self, region: str, directory: str, kind: int, kid: int, version: int = 0) -> KeyHandle:
        """A key of the card, of a directory in hex."""
        for each in LaboratoryView(self.card.dump, test=True).card_keys():
            name = each.key.name
            found = (each.region, each.directory, name.kind, name.number, name.version)
            if found == (region, int(directory, 16), kind, kid, version):
                return each.key.handle
        raise LookupError(f"{region} {directory} {kind:02X}/{kid:02X}/{version:02X}")


def refusals(trace: TraceBuffer) -> list[Refused]:
    return [event for _, event in trace.take() if isinstance(event, Refused)]
