"""The bank environment alone, over its own cells, with injected random numbers and the vectors' test keys."""

from __future__ import annotations

from apdu.command import parse
from apdu.tlv import encode
from cos.kernel.directory_headers import DirectoryHeader, DirectoryKind
from cos.kernel.transmission import TransmissionOptions
from cos.making.birth import material
from cos.pse.options import BankOptions
from cos.pse.stack import STACK
from dualcos.dialogue.bank_channel import GroupOrder, open_channel
from dualcos.dialogue.driver import perform
from firewall.grant import Grant
from firewall.hardware.cells import Cells
from firewall.hardware.power import PowerRail
from firewall.partition import Partition
from firewall.trace import TraceBuffer
from keys import cps_channel
from keys.algorithms import TDES
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle

PMK = bytes.fromhex("D80E6B2A94F3175C40B96E1F8A23C7D5")
KMC = bytes.fromhex("5A1C93E7064FB82D71CE3896A5F04B2D")
KEY_DATA = bytes.fromhex("621234FFFFFF0000A1B2")
RANDOM, CHALLENGE, RTERM = "5AC3907E12F4B86D", "8D3A51E0F792", "0F1E2D3C4B5A6978"
NUMBER = "59276E27D506861A16680F3AD9C02DCCEF3CC1FA3CDBE4CE6D54B80DEAC1BC21"  # of an SM2 signature
AID = "A000000333010101"
PSE = "315041592E5359532E4444463031"


CDOL1 = "9F02069F03069F1A0295055F2A029A039C019F3704"
SIGNED = "5A0A6212340100000042194F" + "5F2403291231" + "9F0D0500000000009F0E0500000000009F0F050000000000"
LISTS = "8C15" + CDOL1 + "8D17" + "8A02" + CDOL1 + "9F08020020"


def template(content):
    return encode(0x70, bytes.fromhex(content)).hex()


WHOLE = (
    (0x9104, "82025C00" + "9408" + "08010100" + "18010201"),
    (0x9102, "A514500A50424F432044454249548701015F2D027A68"),
    (0x0101, "702757136212340100000042194D29122200000000000F5F2002202F9F1F0A30303030303030303030"),
    (0x0301, template(SIGNED)),
    (0x0302, template(LISTS)),
    (0x0E01, "9F510201569F52020000"),
    (0x9200, "9F10080701010300000001"),
)
KEYS = "1052583E2A68CBB5FE4A25A416A89E2AD5D5AE1FEA29A8FD31EF703DEAC4C407B651C83E326DF75D19D367B6D38A0BA2"


def fill(sender):
    for dgi, value in WHOLE:
        assert sender.group(dgi, value) == 0x9000, f"{dgi:04X}"
    assert sender.group(0x8000, KEYS, secret=True) == 0x9000
    assert sender.group(0x9000, "63D8759CA407881F65") == 0x9000


class Injected:
    """A random stream that says what the vectors say."""

    def bytes(self, count):
        return bytes.fromhex({8: RANDOM, 6: CHALLENGE, 32: NUMBER}[count])

    def fork(self, label):
        raise AssertionError(label)


class Bench:
    """The bank environment alone over its own cells, born with the vectors' master key."""

    def __init__(self, **options):
        self.rail = PowerRail()
        self.nvm = Partition(Cells(self.rail, STACK.capacity))
        header = DirectoryHeader(0xDDF2, DirectoryKind.DDF, 0, 0x23, False, bytes.fromhex(PSE))
        key = KeyHeader(0, 0, 0, 0xEF, 0x33, TDES.social, 0xFF, 16)
        STACK.initialise(self.nvm, material(header, key, PMK))
        transmission = TransmissionOptions(case4="direct")
        self.trace = TraceBuffer()
        grant = Grant(self.nvm, Injected(), self.trace.writer("pse"))
        choice = BankOptions(**options)
        self.environment = STACK.build(grant, choice, transmission, STACK.engines(choice, transmission))
        self.session = self.environment.open()

    def restart(self):
        """Power comes back."""
        self.nvm.recover()
        self.session = self.environment.open()

    def send(self, command):
        return self.session.handle(parse(bytes.fromhex(command)))

    def sw(self, command):
        return self.send(command).sw

    def select(self, name=AID):
        return self.sw(f"00A40400{len(name) // 2:02X}{name}00")

    def prove(self):
        self.select(PSE)
        self.send("0084000008")
        return self.sw("0082000008AFA839119EDD1350")

    def skeleton(self):
        """The published bytes of the debit application's skeleton."""
        assert self.prove() == 0x9000
        assert self.sw("80E0010018000000FF01DFB1020000000000000000" + AID) == 0x9000
        for command in (
            "84D40000244C49D3DF97E5517F60FF964A7B69468032CB062E42F287EB0CB8DBA46035A667B6107928",
            "84D4000024DF4AEC7F106D2C266CAC369CB43F23F2B8E0BD69E799F312CF8B383249C114607A7B14C4",
            "84D40000240C7FF7D56B7AE374E01CD768D0350FEFA39293A0972EB9162B93DF1B6472FB98437BF3AC",
        ):
            self.send("0084000008")
            assert self.sw(command) == 0x9000, command
        assert self.sw("80E006000A" + KEY_DATA.hex()) == 0x9000
        return self

    def exchange(self, command):
        """The environment as a link."""
        return self.session.handle(parse(command)).encode()

    def open(self, level=1, name=AID):
        """A channel of our own; answers a sender of STORE DATA."""
        self.select(name)
        keys = cps_channel.card_keys(KeyHandle(TDES, KMC), KEY_DATA)
        return Sender(self, perform(self, open_channel(lambda _data, _version: keys, level)))


class Sender:
    """What says STORE DATA on an open channel; answers status words."""

    def __init__(self, bench, channel):
        self.bench, self.channel = bench, channel

    def raw(self, p1, data):
        return perform(self.bench, self.channel.store(p1, data)).sw

    def group(self, dgi, value, secret=False, last=False):
        value = bytes.fromhex(value) if isinstance(value, str) else value
        value = cps_channel.encipher_dgi(self.channel.keys, value) if secret else value
        (piece,) = GroupOrder(dgi, value).pieces()
        return self.raw((0x60 if secret else 0) | (0x80 if last else 0), piece)
