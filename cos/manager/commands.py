"""The manager's commands, one row each.

Selection, proof of transport and master key, creation of MF and environments, hand-over of the first keys, end of
pre-personalisation (社会保障（个人）卡规范 part 10 §5; personalisation dialect; 总体方案 一（四）).
"""

from __future__ import annotations

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW, retries
from cos.kernel import directory_headers
from cos.kernel.command_rows import Need
from cos.kernel.directory_headers import MASTER, MF_FID, DirectoryHeader, Life, stored_header
from cos.kernel.file_commands import BY_NAME, NEXT, name_in, stored_fci, whole_record
from cos.kernel.presenting_secrets import SecretClaim, prove
from cos.kernel.refusal import Gate, Refusal, but_for
from cos.making import birth
from cos.making.create_file import fid_in
from cos.making.write_key import MASTER_KEY, forms, loaded
from cos.manager.chip_states import TABLE, ChipEvent, ChipState
from cos.manager.session import ManagerProof, ManagerSession
from keys.social_cryptography import authentication_data

_PLAN = "总体方案 一（四）"
_MF = MF_FID.to_bytes(2, "big")


def _demand(session: ManagerSession, proof: ManagerProof) -> None:
    if session.proof is not proof:
        raise Refusal(
            SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, "not proved to the MF", _PLAN, needed=proof, received=session.proof
        )


def _demand_state(session: ManagerSession, event: ChipEvent) -> None:
    """Refuse what the table of the chip's life does not allow in this state."""
    word = TABLE.cells[session.state, event].sw
    if word is not None:
        raise Refusal(
            word, Gate.LIFE_CYCLE, "chip in another state", needed=TABLE.allowing(event), received=session.state
        )


CARD_MASTER: Need[ManagerSession] = Need(
    "the card master key", lambda session, _: _demand(session, ManagerProof.MASTER_KEY)
)
LIFE: Need[ManagerSession] = Need(
    "the life of the chip", lambda session, row: _demand_state(session, ChipEvent(row.event))
)


def select(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """MF, or an environment that waits for its first key; its creator's right survives this one SELECT.

    The MF answers the FCI that was laid down when it was made (APPEND FCI), whatever environments there are; else the
    least there is.
    A name that nobody has is answered as in every environment: 6700 for none or one too short, 6A82.
    """
    header = _waiting(session, command)
    if header is not None:
        keeps = session.current in (MF_FID, header.fid) and session.proof is ManagerProof.MASTER_KEY
        _go(session, header.fid, ManagerProof.MASTER_KEY if keeps else ManagerProof.NOTHING)
        return ResponseAPDU(tlv.encode(0x6F, tlv.encode(0x84, header.name), tlv.encode(0xA5)))
    if command.p1 == BY_NAME or command.data not in (b"", _MF):
        raise Refusal(SW.FILE_NOT_FOUND, Gate.TARGET, "no such name", name=command.data)
    if session.state is ChipState.BLANK:
        raise Refusal(SW.FILE_NOT_FOUND, Gate.TARGET, "the chip is blank", "SSC-10 §5.2")
    if session.current != MF_FID:
        _go(session, MF_FID, ManagerProof.NOTHING)
    if session.fci is None:
        header = stored_header(session.at.files, MF_FID)
        session.fci = stored_fci(session.at.files, header, MF_FID) or _least_fci(header)
    return ResponseAPDU(session.fci)


def _least_fci(header: DirectoryHeader) -> bytes:
    return tlv.encode(0x6F, tlv.encode(0x84, header.name) if header.name else b"", tlv.encode(0xA5))


def _go(session: ManagerSession, fid: int, proof: ManagerProof) -> None:
    session.proof, session.current = proof, fid
    session.at.challenge.drop()


def _waiting(session: ManagerSession, command: CommandAPDU) -> DirectoryHeader | None:
    """The environment that waits for its first key, if a SELECT means one. Refuses with 6700, 6A82, 6A86."""
    if command.p1 == BY_NAME:
        return session.pending.named(name_in(command))
    if command.p2 == NEXT:
        raise Refusal(SW.WRONG_P1P2, Gate.PARAMETERS, "next without a name")
    return session.pending.find(fid_in(command)) if len(command.data) == len(_MF) else None


def authenticate_transport(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """Prove the transport key (传输密钥): the last six historical bytes enciphered under it.

    It rules until the card master key is there: also over an MF whose making was cut short before that.
    """
    _demand_state(session, ChipEvent.TRANSPORT_KEY)
    if session.has_master_key():
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "card master key there")
    session.proof = ManagerProof.NOTHING
    birth.show_transport_key(session.keys, session.powers.chip, command.data)
    session.proof = ManagerProof.TRANSPORT_KEY
    return OK


def external_authenticate(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """Prove the card master key (卡片主控密钥), key 00 of the MF."""
    ref = session.keys.locate(MASTER.kind, MASTER.kid)
    claim = SecretClaim(session.keys, ref, "the card master key", "SSC-7 §6.6")
    shown, original = command.data[:8], command.data[8:16]
    result = prove(claim, session.at.challenge, shown, lambda key, random: authentication_data(key, random, original))
    if not result.right:
        session.proof = ManagerProof.NOTHING
        raise Refusal(
            retries(result.left),
            Gate.AUTHENTICATION,
            "wrong authentication data",
            "SSC-7 §6.6",
            kid=ref.kid,
            key=repr(session.keys.key(ref)),
            left=result.left,
            ref=ref,
            directory=MF_FID,
        )
    session.proof = ManagerProof.MASTER_KEY
    return OK


def set_serial(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """SET SERIAL."""
    return birth.set_serial(session.powers.chip, command)


def set_maker_bytes(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """SET ATR."""
    return birth.set_maker_bytes(session.powers.chip, command)


def create(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """MF under the transport key; environments, and the MF's own files, under the card master key."""
    if not directory_headers.is_directory(command.data):
        return _create_file(session, command)
    header = directory_headers.parse_directory(command.data)
    if header.fid == MF_FID:
        _demand_state(session, ChipEvent.CREATE_MF)
        _demand(session, ManagerProof.TRANSPORT_KEY)
        session.at.put_header(header)
        return OK
    _demand_state(session, ChipEvent.CREATE)
    _demand(session, ManagerProof.MASTER_KEY)
    label = session.powers.labels.get(header.name)
    if label is None:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "no such environment to create", _PLAN, name=header.name)
    session.powers.mint.check(label, header.fid.to_bytes(2, "big"), header.name)
    if session.pending.find(header.fid) or session.pending.named(header.name):
        raise Refusal(SW.FILE_EXISTS, Gate.TARGET, "an environment waits already", fid=header.fid)
    session.pending.add(header)
    session.current = header.fid
    return OK


def _create_file(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    descriptor = directory_headers.parse_file(command.data)
    _demand_state(session, ChipEvent.CREATE)
    _demand(session, ManagerProof.MASTER_KEY)
    _in_mf(session)
    session.at.files.create(MF_FID, descriptor)
    session.fci = None
    return OK


def _in_mf(session: ManagerSession) -> None:
    if session.current != MF_FID:
        raise Refusal(SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, "the environment's own key does that", _PLAN)


def write_key(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """The card master key itself, or the first master key of an environment just created; nothing else."""
    if command.p1 != MASTER_KEY.p1:
        raise Refusal(SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, "the MF holds master keys only", _PLAN)
    if session.current != MF_FID:
        return _hand_over(session, command)
    _demand_state(session, ChipEvent.WRITE_KEY)
    if session.has_master_key():
        _demand(session, ManagerProof.MASTER_KEY)
        if not forms(command.cla).authenticated:
            raise Refusal(SW.SM_MISSING, Gate.MESSAGING, "a key without protection", "SSC-4 §7.3")
        under = session.keys.find(MASTER.kind, MASTER.kid)
    else:
        _demand(session, ManagerProof.TRANSPORT_KEY)
        if not (forms(command.cla).enciphered or session.environment.options.plain_first_key):
            refusal = Refusal(SW.SM_MISSING, Gate.MESSAGING, "a key without protection")
            raise but_for(refusal, session.environment.options, "plain_first_key", True)
        under = session.keys.key(birth.TRANSPORT)
    header, value = loaded(session.at, command, under, (MASTER_KEY,))
    session.keys.put(header, value)
    session.proof = ManagerProof.NOTHING
    return OK


def _hand_over(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """Load an environment's first master key. From the commit on it belongs to that key alone."""
    born = session.pending.find(session.current)
    if born is None:
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "the environment has its master key", _PLAN)
    _demand(session, ManagerProof.MASTER_KEY)
    under = session.keys.find(MASTER.kind, MASTER.kid)
    header, value = loaded(session.at, command, under, (MASTER_KEY,))
    birth.hand_over(session.powers, born, header, value)
    session.pending.remove(born.fid)
    session.proof = ManagerProof.NOTHING
    return OK


def end(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:  # noqa: ARG001 - handlers share a shape
    """Close the card: no further environment can be created."""
    waits = session.pending.all()
    if session.current != MF_FID or waits:
        why = "an environment waits for its master key" if waits else "the MF is not current"
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, why)
    header = stored_header(session.at.files, MF_FID)
    session.at.put_header(header._replace(life=Life.USER))
    return OK


def delete(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """An environment that never got its master key, or the MF while no environment exists.

    An environment that has its master key is out of reach; erasing the MF around it would be control over it.
    """
    fid = fid_in(command)
    if fid == MF_FID:
        return _delete_mf(session)
    if session.pending.find(fid) is None:
        raise Refusal(SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, "the environment's own key does that", _PLAN)
    session.pending.remove(fid)
    session.current = MF_FID
    return OK


def _delete_mf(session: ManagerSession) -> ResponseAPDU:
    """Back to the blank chip: the transport key is valid again (SSC-10 §5.1.1)."""
    if session.powers.mint.existing or session.pending.all():
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, "an environment exists", _PLAN)
    with session.at.nvm.transaction():
        session.keys.restore_tries(birth.TRANSPORT)
        session.at.files.delete_directory(MF_FID)
        for ref in session.keys.by_kid(MASTER.kid):
            if ref.kind == MASTER.kind:  # whatever version it was given: a blank chip has none
                session.keys.erase(ref)
    session.proof = ManagerProof.NOTHING
    session.fci = None
    return OK


def read_record(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """A record of the MF's DIR file, by number."""
    sfi = command.p2 >> 3
    if not sfi:
        raise Refusal(SW.NO_CURRENT_EF, Gate.TARGET, "no current EF")
    return whole_record(session.at, command, session.at.files.by_sfi(MF_FID, sfi), command.p1)


def update_record(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """A record of the MF's DIR file, under the card master key."""
    return _write(session, command, command.p2 >> 3)


def append_fci(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """A record of the MF's FCI file, under the card master key."""
    return _write(session, command, command.p2)


def _write(session: ManagerSession, command: CommandAPDU, sfi: int) -> ResponseAPDU:
    _in_mf(session)
    session.at.files.by_sfi(MF_FID, sfi).put(command.p1, command.data)
    session.fci = None
    return OK
