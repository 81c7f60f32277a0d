"""Everything issuance raises about its input, its keys and its files, for the one place that turns it into a line."""

from __future__ import annotations

from dualcos.issuance.bureau.blacklist_publisher import PublisherError
from dualcos.issuance.exchange.feedback_file import FeedbackError
from dualcos.issuance.exchange.input_findings import InputError
from dualcos.issuance.exchange.matching import MatchError
from dualcos.issuance.exchange.order_services import KeyServiceError
from dualcos.issuance.exchange.personalisation_file import RecordError
from dualcos.issuance.personaliser.cards_in_readers import ReaderFailed
from dualcos.issuance.personaliser.job_pool import JobPoolError
from dualcos.issuance.personaliser.linking import MixedUp
from dualcos.issuance.personaliser.report_folder import ReportTaken
from dualcos.issuance.personaliser.row_desk import BatchError
from dualcos.issuance.personaliser.stock_register import RegisterError
from dualcos.sqlitefile.double_entry_books import BooksError
from keys.custody.ceremony_log import JournalError
from keys.custody.key_store_file import KeyFileError
from keys.custody.key_transport import TransportError
from keys.custody.ownership import NotYours
from keys.custody.sealing import SealError

FAULTS = (
    BatchError,
    BooksError,
    FeedbackError,
    InputError,
    JournalError,
    KeyFileError,
    MatchError,
    MixedUp,
    NotYours,
    JobPoolError,
    PublisherError,
    ReaderFailed,
    RecordError,
    RegisterError,
    ReportTaken,
    SealError,
    KeyServiceError,
    TransportError,
)
