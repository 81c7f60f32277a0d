"""What may go wrong without a bug: the one list of exceptions whose text is what the user reads.

Apart from ``main``, which needs it only where something went wrong: every room with a fault of its own is loaded here.
"""

from __future__ import annotations

from dualcos.cardfile.card_file_format import CardFileError
from dualcos.cli.user_faults import Fault
from dualcos.dialogue.driver import StepRefused
from dualcos.explain.trace_file_lines import TraceError
from dualcos.issuance.issuance_errors import FAULTS as ISSUANCE_FAULTS
from dualcos.lab.conformance.vector_file import VectorError
from dualcos.lab.evidence.campaign_file import CampaignFileError
from dualcos.lab.evidence.comparison import ComparisonError
from dualcos.lab.evidence.known_faults import KnownFaultsError
from dualcos.lab.evidence.signature import SignatureError
from dualcos.lab.faults.fault_script import ScriptError
from dualcos.leash.leash_rules import LeashError
from dualcos.leash.leash_server import LeashServerError
from dualcos.messages.blacklist import BlacklistError
from dualcos.profile.schema import ProfileError
from dualcos.reader.embedded import ReaderServiceError
from dualcos.reader.pcsc import PcscError
from dualcos.reader.silent_card import CardGone, CardMute
from dualcos.reader.vpcd import VpcdError
from dualcos.textforms.text_files import UnreadableText
from keys.custody.signing_key import SigningKeyError

EXPECTED: tuple[type[Exception], ...] = (
    Fault,
    ProfileError,
    CardFileError,
    StepRefused,
    ReaderServiceError,
    VpcdError,
    PcscError,
    TraceError,
    ScriptError,
    VectorError,
    CampaignFileError,
    ComparisonError,
    KnownFaultsError,
    SigningKeyError,
    SignatureError,
    LeashError,
    LeashServerError,
    CardGone,
    CardMute,
    UnreadableText,
    BlacklistError,
    *ISSUANCE_FAULTS,
)
