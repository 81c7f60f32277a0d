"""The social-security environment SSSE (社会保障系统环境): one stay in it."""

from __future__ import annotations

from types import MappingProxyType

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from cos.kernel.directory_headers import Life, own_header
from cos.kernel.engine import Engine
from cos.kernel.file_commands import BY_CHILD, BY_EF, BY_FID
from cos.kernel.refusal import setting
from cos.kernel.security_state import Finds, Standing, Ways
from cos.kernel.stack import Tenant
from cos.ssse.medical.medical_states import Medical
from cos.ssse.options import SocialOptions
from cos.ssse.security.key_types import PIN_REF, earn_unset_pin
from firewall.grant import CardBlocked, Outcome

Ssse = Tenant[SocialOptions, Engine["SsseSession"]]


_STANDARD: Finds = MappingProxyType({BY_FID: (True, False), BY_CHILD: (False, False), BY_EF: (False, True)})
"""What SELECT finds by an identifier: each only as SSC-5 table 35 has it."""
_WHOLE_READS = setting(SocialOptions(read_binary_le00="transmission"), "read_binary_le00", "data")


class SsseSession:
    """Where it stands, what directories answer when they are selected, and the state of the medical commands."""

    __slots__ = ("at", "environment", "fci", "medical")

    def __init__(self, environment: Ssse) -> None:
        self.environment = environment
        grant, options = environment.grant, environment.options
        finds = None if options.select_ef_p1 == "field" else _STANDARD
        whole = options.read_binary_le00 == "data"
        by = None if whole else _WHOLE_READS
        ways = Ways(PIN_REF, whole, "SSC-4 §6, V2.0 §5", own_bit=0x80, finds=finds, by_setting=by)
        self.at = Standing(grant, environment.transmission, own_header(grant.nvm), ways)
        earn_unset_pin(self.at)
        self.fci: dict[int, bytes] = {}
        self.medical = Medical(next_command_only=options.medical.initialize_lasts == "next command")

    def handle(self, command: CommandAPDU) -> Outcome:
        """Answer one command."""
        environment = self.environment
        response = environment.engine.handle(self, command, environment.grant.trace)
        if type(response) is ResponseAPDU:
            if self.medical.opened is not None and not self.at.tx.continued:
                self.medical.after(self.at.tx.row, response.sw)
            if environment.card_wide and self.at.home.life is Life.BLOCKED:
                return CardBlocked(response)
        return response

    def refused_elsewhere(self) -> None:
        """As a SELECT that this environment refuses: what waits is dropped, a medical transaction ends."""
        self.at.tx.drop()
        self.medical.end()
