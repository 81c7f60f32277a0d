"""Everything issuance raises about its input, its keys and its files, for the one place that turns it into a line."""

from __future__ import annotations

from dualcos.issuance.cards_in_readers import ReaderFailed
from dualcos.issuance.data.feedback_file import FeedbackError
from dualcos.issuance.data.findings import InputError
from dualcos.issuance.data.matching import MatchError
from dualcos.issuance.data.personalisation_file import RecordError
from dualcos.issuance.job_pool import JobPoolError
from dualcos.issuance.making.key_services import KeyServiceError
from dualcos.issuance.making.linking import MixedUp
from dualcos.issuance.making.rsa_pool import RsaPoolError
from dualcos.issuance.row_claims import BatchError
from dualcos.issuance.stock_register import RegisterError
from keys.custody.ceremony_log import JournalError
from keys.custody.key_store_file import KeyFileError
from keys.custody.key_transport import TransportError
from keys.custody.ownership import NotYours
from keys.custody.sealing import SealError

FAULTS = (
    BatchError,
    FeedbackError,
    InputError,
    JournalError,
    KeyFileError,
    MatchError,
    MixedUp,
    NotYours,
    JobPoolError,
    ReaderFailed,
    RecordError,
    RegisterError,
    RsaPoolError,
    SealError,
    KeyServiceError,
    TransportError,
)
