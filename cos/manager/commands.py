"""The manager's commands, one row each.

Selection, proof of transport and master key, creation of MF and environments, hand-over of the first keys, end of
pre-personalisation (社会保障（个人）卡规范 part 10 §5; personalisation dialect; 总体方案 一（四）).
"""

from __future__ import annotations

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.response import OK, ResponseAPDU
from apdu.status import SW, retries
from cos.kernel import dialect, keyloading, stored
from cos.kernel.dialect import MF_FID, DirectoryHeader, Life
from cos.kernel.files import Structure, WrongStructure
from cos.kernel.presenting import Claim, present, prove
from cos.kernel.refusal import Gate, Refusal
from cos.kernel.words import ErrorWord
from cos.manager.environment import ManagerSession
from cos.manager.state import KIND_MASTER, ChipState, Proof
from firewall.mint import NameConflict, NameTaken
from keys.handle import KeyHandle
from keys.mac import same
from keys.social import authentication_data
from keys.store import KeyHeader, KeyRef

KIND_TRANSPORT = 0xF0
TRANSPORT_REF = KeyRef(KIND_TRANSPORT, 0, 0)
_BY_NAME, _NEXT, _SHORTEST_NAME = 0x04, 0x02, 5
_PART_10 = "SSC-10 §5.2"
_PLAN = "总体方案 一（四）"

ERRORS: tuple[ErrorWord, ...] = (
    ErrorWord(NameTaken, SW.FILE_EXISTS, Gate.TARGET),
    ErrorWord(NameConflict, SW.WRONG_DATA, Gate.DATA),
)


def alive(session: ManagerSession, command: CommandAPDU) -> None:
    """Let every command pass: the manager is never blocked; a blocked card is the dispatcher's business."""


def _prove(session: ManagerSession, proof: Proof, why: str) -> None:
    if session.proof is not proof:
        raise Refusal(
            SW.SECURITY_NOT_SATISFIED,
            Gate.RIGHT,
            f"{why} needs proof of the {proof.value}; proved in this session: {session.proof.value}",
            _PLAN,
        )


def _in_state(session: ManagerSession, *states: ChipState) -> None:
    if session.state not in states:
        wanted = " or ".join(state.value for state in states)
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED,
            Gate.LIFE_CYCLE,
            f"the chip must be in state {wanted}, it is in {session.state.value}",
            _PART_10,
        )


def select(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """MF, or an environment that waits for its first key; its creator's right survives this one SELECT.

    A name that nobody has is answered as in every environment: 6700 for none or one too short, 6A82.
    """
    if command.p1 == _BY_NAME:
        header = _named(session, command)
    elif command.p2 == _NEXT:
        raise Refusal(SW.WRONG_P1P2, Gate.PARAMETERS, "P2 02 goes on with a name, P1 00 gives none")
    else:
        header = session.pending.find(int.from_bytes(command.data, "big")) if len(command.data) == 2 else None
    if header is not None:
        keeps = session.current in (MF_FID, header.fid) and session.proof is Proof.MASTER_KEY
        session.proof = Proof.MASTER_KEY if keeps else Proof.NOTHING
        session.current = header.fid
        session.challenge.drop()
        return ResponseAPDU(tlv.encode(0x6F, tlv.encode(0x84, header.name), tlv.encode(0xA5)))
    if command.p1 == _BY_NAME or command.data not in (b"", b"\x3f\x00"):
        raise Refusal(
            SW.FILE_NOT_FOUND,
            Gate.TARGET,
            f"nothing on this card is called {command.data.hex().upper()}",
            "SSC-5 §6.11",
        )
    if session.state is ChipState.BLANK:
        raise Refusal(SW.FILE_NOT_FOUND, Gate.TARGET, "the chip is blank: no MF has been created", _PART_10)
    if session.current != MF_FID:
        session.proof = Proof.NOTHING
        session.current = MF_FID
        session.challenge.drop()
    name = stored.header(session.files, MF_FID).name
    return ResponseAPDU(tlv.encode(0x6F, tlv.encode(0x84, name) if name else b"", tlv.encode(0xA5)))


def _named(session: ManagerSession, command: CommandAPDU) -> DirectoryHeader | None:
    if len(command.data) < _SHORTEST_NAME:
        raise Refusal(SW.WRONG_LENGTH, Gate.LENGTH, "a name has 5 to 16 bytes")
    if command.p2 == _NEXT:
        raise Refusal(SW.FILE_NOT_FOUND, Gate.TARGET, "no further DF carries this name")
    return session.pending.named(command.data)


def get_challenge(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """4, 8 or 16 random bytes, good for one use."""
    return ResponseAPDU(session.challenge.draw(command.le or 8))


def authenticate_transport(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """Prove the transport key (传输密钥): the last six historical bytes enciphered under it.

    It rules until the card master key is there: also over an MF whose making was cut short before that.
    """
    if _has_master_key(session):
        _in_state(session, ChipState.BLANK)
    expected = keyloading.transport_proof(session.keys.key(TRANSPORT_REF), session.manager.chip.historical)
    claim = Claim(session.keys, TRANSPORT_REF, "the transport key", _PART_10)
    shown = present(claim, lambda: same(command.data, expected))
    if not shown.right:
        session.proof = Proof.NOTHING
        raise Refusal(retries(shown.left), Gate.AUTHENTICATION, "the transport key cryptogram is wrong", _PART_10)
    session.proof = Proof.TRANSPORT_KEY
    return OK


def external_authenticate(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """Prove the card master key (卡片主控密钥), key 00 of the MF."""
    ref = session.keys.locate(KIND_MASTER, 0)
    claim = Claim(session.keys, ref, "the card master key", "SSC-7 §6.6")
    cryptogram, original = command.data[:8], command.data[8:16]
    shown = prove(claim, session.challenge, cryptogram, lambda key, random: authentication_data(key, random, original))
    if not shown.right:
        session.proof = Proof.NOTHING
        raise Refusal(
            retries(shown.left),
            Gate.AUTHENTICATION,
            f"authentication data wrong under {session.keys.key(ref)!r}",
            "SSC-7 §6.6",
        )
    session.proof = Proof.MASTER_KEY
    return OK


def set_serial(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """Historical bytes T8 to TD: region digits and serial number (the chip maker's step)."""
    _in_state(session, ChipState.BLANK)
    chip = session.manager.chip
    chip.historical = chip.historical[:7].ljust(7, b"\0") + command.data[2:]
    return OK


def set_maker_bytes(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """The first eleven bytes of the ATR: TS, T0, TB1, TC1 are the hardware's; T1 to T7 are stored."""
    _in_state(session, ChipState.BLANK)
    if command.data[:2] != b"\x3b\x6d":
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "the ATR must start 3B 6D (T=0, 13 historical bytes)", "SSC-2 table 7")
    chip = session.manager.chip
    chip.historical = command.data[4:11] + chip.historical[7:].ljust(6, b"\0")
    return OK


def create(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """MF under the transport key; environments, and the MF's own files, under the card master key."""
    if not dialect.is_directory(command.data):
        return _create_file(session, command)
    header = dialect.parse_directory(command.data)
    if header.fid == MF_FID:
        _in_state(session, ChipState.BLANK)
        _prove(session, Proof.TRANSPORT_KEY, "creating the MF")
        session.files.put_directory(MF_FID, header.encode())
        return OK
    _in_state(session, ChipState.INITIALISED)
    _prove(session, Proof.MASTER_KEY, "creating an environment")
    kind = session.manager.options.environments.get(header.name)
    if kind is None:
        raise Refusal(
            SW.WRONG_DATA, Gate.DATA, f"this COS has no environment called {header.name.hex().upper()}", _PLAN
        )
    session.manager.mint.check(kind, header.fid.to_bytes(2, "big"), header.name)
    if session.pending.find(header.fid) or session.pending.named(header.name):
        text = "this environment is created already and waits for its master key"
        raise Refusal(SW.FILE_EXISTS, Gate.TARGET, text, _PART_10)
    session.pending.add(header)
    session.current = header.fid
    return OK


def _create_file(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    descriptor = dialect.parse_file(command.data)
    _in_state(session, ChipState.INITIALISED)
    _prove(session, Proof.MASTER_KEY, "creating a file in the MF")
    if session.current != MF_FID:
        raise Refusal(
            SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, "the environment's own master key creates its files", _PLAN
        )
    session.files.create(MF_FID, descriptor)
    return OK


def write_key(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """The card master key itself, or the first master key of an environment just created; nothing else."""
    if command.p1 != 0x01:
        raise Refusal(SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, "the MF holds master keys only", _PLAN)
    challenge = session.challenge.take()
    if session.current != MF_FID:
        return _hand_over(session, command, challenge)
    _in_state(session, ChipState.INITIALISED, ChipState.CLOSED)
    first = not _has_master_key(session)
    if first:
        _prove(session, Proof.TRANSPORT_KEY, "loading the first card master key")
        under = session.keys.key(TRANSPORT_REF)
        forms = keyloading.forms(command.cla)
        if not (forms.enciphered or session.manager.options.plain_first_key):
            raise Refusal(SW.SM_MISSING, Gate.MESSAGING, "this COS takes the card master key enciphered only", _PART_10)
    else:
        _prove(session, Proof.MASTER_KEY, "replacing the card master key")
        if not keyloading.forms(command.cla).authenticated:
            raise Refusal(
                SW.SM_MISSING, Gate.MESSAGING, "a master key is replaced enciphered and with MAC only", "SSC-4 §7.3"
            )
        under = session.keys.find(KIND_MASTER, 0)
    header, value = _master_key(command, under, challenge)
    with session.manager.grant.nvm.transaction():
        session.keys.put(header, value)
    session.proof = Proof.NOTHING
    return OK


def _has_master_key(session: ManagerSession) -> bool:
    return session.state is not ChipState.BLANK and any(ref.kind == KIND_MASTER for ref in session.keys.by_kid(0))


def _master_key(command: CommandAPDU, under: KeyHandle, challenge: bytes | None) -> tuple[KeyHeader, bytes]:
    header, value = keyloading.unwrap(command, under, challenge)
    if (header.kind, header.kid) != (KIND_MASTER, 0) or len(value) != 16:
        raise Refusal(SW.WRONG_DATA, Gate.DATA, "a master key has type 00, number 00 and 16 bytes", _PART_10)
    return header, value


def _hand_over(session: ManagerSession, command: CommandAPDU, challenge: bytes | None) -> ResponseAPDU:
    """Load an environment's first master key. From the commit on it belongs to that key alone."""
    born = session.pending.find(session.current)
    if born is None:
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED,
            Gate.LIFE_CYCLE,
            "this environment has its master key already: SELECT it and prove that key",
            _PLAN,
        )
    _prove(session, Proof.MASTER_KEY, "loading an environment's first master key")
    header, value = _master_key(command, session.keys.find(KIND_MASTER, 0), challenge)
    manager = session.manager
    kind = manager.options.environments[born.name]
    manager.mint.create(kind, born.fid.to_bytes(2, "big"), born.name, birth_material(born, header, value))
    session.pending.remove(born.fid)
    session.proof = Proof.NOTHING
    return OK


def birth_material(born: DirectoryHeader, header: KeyHeader, value: bytes) -> bytes:
    """What an environment is born with: its directory header and its master key."""
    return tlv.encode(0x80, born.encode()) + tlv.encode(0x81, header.encode()) + tlv.encode(0x82, value)


def end(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:  # noqa: ARG001 - handlers share a shape
    """Close the card: no further environment can be created."""
    _in_state(session, ChipState.INITIALISED)
    _prove(session, Proof.MASTER_KEY, "closing the card")
    waits = session.pending.all()
    if session.current != MF_FID or waits:
        why = "an environment still waits for its master key" if waits else "END here closes the MF: select it first"
        raise Refusal(SW.CONDITIONS_NOT_SATISFIED, Gate.LIFE_CYCLE, why, _PART_10)
    header = stored.header(session.files, MF_FID)
    session.files.put_directory(MF_FID, header._replace(life=Life.USER).encode())
    return OK


def delete(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """An environment that never got its master key, or the MF while no environment exists.

    An environment that has its master key is out of reach; erasing the MF around it would be control over it.
    """
    _prove(session, Proof.MASTER_KEY, "deleting")
    fid = int.from_bytes(command.data, "big")
    if fid == MF_FID:
        return _delete_mf(session)
    if session.pending.find(fid) is None:
        raise Refusal(
            SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, "an environment is deleted under its own master key only", _PLAN
        )
    session.pending.remove(fid)
    session.current = MF_FID
    return OK


def _delete_mf(session: ManagerSession) -> ResponseAPDU:
    """Back to the blank chip: the transport key is valid again (SSC-10 §5.1.1)."""
    if session.manager.mint.existing or session.pending.all():
        raise Refusal(
            SW.CONDITIONS_NOT_SATISFIED,
            Gate.LIFE_CYCLE,
            "the MF cannot be deleted while an environment exists: delete each under its own master key first",
            _PLAN,
        )
    with session.manager.grant.nvm.transaction():
        session.keys.restore_tries(TRANSPORT_REF)
        session.files.delete_directory(MF_FID)
        for ref in session.keys.by_kid(0):
            if ref.kind == KIND_MASTER:  # whatever version it was given: a blank chip has none
                session.keys.erase(ref)
    session.proof = Proof.NOTHING
    return OK


def read_record(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """A record of the MF's DIR file, by number."""
    sfi = command.p2 >> 3
    if not sfi:
        raise Refusal(SW.NO_CURRENT_EF, Gate.TARGET, "no EF is selected in the MF and none is named", "SSC-5 §6.10")
    file = session.files.by_sfi(MF_FID, sfi)
    record = file.record(command.p1)
    session.tx.expect(command.le, len(record))
    return ResponseAPDU(record)


def update_record(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """A record of the MF's DIR file, under the card master key."""
    _prove(session, Proof.MASTER_KEY, "writing in the MF")
    _write(session, command, command.p2 >> 3)
    return OK


def append_fci(session: ManagerSession, command: CommandAPDU) -> ResponseAPDU:
    """A record of the MF's FCI file, under the card master key."""
    _in_state(session, ChipState.INITIALISED)
    _prove(session, Proof.MASTER_KEY, "writing FCI records")
    _write(session, command, command.p2)
    return OK


def _write(session: ManagerSession, command: CommandAPDU, sfi: int) -> None:
    if session.current != MF_FID:
        raise Refusal(SW.SECURITY_NOT_SATISFIED, Gate.RIGHT, "the environment's own master key writes its files", _PLAN)
    file = session.files.by_sfi(MF_FID, sfi)
    if file.descriptor.structure == Structure.TRANSPARENT:
        raise WrongStructure("the file is transparent")
    if command.p1 in (0, file.records + 1):  # 00: the next one
        file.append(command.data)
    else:
        file.replace(command.p1, command.data)
