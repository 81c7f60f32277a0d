"""Everything issuance raises about its input, its keys and its files, for the one place that turns it into a line."""

from __future__ import annotations

from issuance.data.feedback import FeedbackError
from issuance.data.findings import InputError
from issuance.data.matching import MatchError
from issuance.data.record import RecordError
from issuance.desk import BatchError
from issuance.making.linking import MixedUp
from issuance.making.rsa_pool import PoolError as RsaPoolError
from issuance.making.services import ServiceError
from issuance.pool import PoolError
from issuance.readers import ReaderFailed
from issuance.register import RegisterError
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
    PoolError,
    ReaderFailed,
    RecordError,
    RegisterError,
    RsaPoolError,
    SealError,
    ServiceError,
    TransportError,
)
