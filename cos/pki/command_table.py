"""The command rows of the PKI environment. No standard text: "seen" is an issuing program's run, the rest inferred.

"field" names rows whose wire format a run fixes and whose conditions and words are inferred (``keypairs``).

Columns: CLA, INS, name, Chinese name, handler, source, status words, P1, P2, and what differs from the defaults. What
VERIFY shows is a secret though it is no PIN: beside the random number it tells which of a million PINs it came from.
"""

from __future__ import annotations

from apdu.status import SW
from cos.kernel import file_commands
from cos.kernel.access_rights import BEING_MADE, MASTER_KEY
from cos.kernel.command_rows import NO_DATA, CommandRow, Reach, Secret, Secured
from cos.kernel.engine import Engine, always, get_response, standard_gates
from cos.kernel.refusal import ErrorWord, Gate
from cos.kernel.transmission import TransmissionOptions
from cos.making import create_file as maker
from cos.pki import files, keypairs, security
from cos.pki.session import PINS, PkiKeyEvent, PkiOptions, PkiSession
from keys.sm2 import Sm2Missing

_SEEN = "seen in issuing programs; words after SSC-5"
_PART_10 = "SSC-10 §5.2 (dialect inferred)"
_ONE, _TWO = frozenset((1,)), frozenset((2,))
_FIELD = "field: two issuing programs and one complete run"
_PROOF = frozenset((16,))
_MAKING = (BEING_MADE, MASTER_KEY)
_PAIR = (0x6982, 0x6A80, 0x6A82)
_READ = (0x6982, 0x6986, 0x6B00)


ROWS: tuple[CommandRow[PkiSession], ...] = (
    CommandRow(0x00, 0xA4, "SELECT", "选择文件", files.select, _SEEN, (0x6700, 0x6A82), frozenset((0, 2, 4)), frozenset((0, 2)), lc=frozenset((2, *range(5, 17))), answers=True),
    CommandRow(0x00, 0xC0, "GET RESPONSE", "取响应", get_response, _SEEN, (0x6F00,), answers=True, fetches=True),
    CommandRow(0x00, 0xB0, "READ BINARY", "读二进制", file_commands.read_binary, _SEEN, _READ, range(0x80), range(256), answers=True),
    CommandRow(0x00, 0xD6, "UPDATE BINARY", "更新二进制", file_commands.update_binary, _SEEN, (*_READ, 0x6581), range(0x80), range(256), lc=range(1, 256)),
    CommandRow(0x00, 0x84, "GET CHALLENGE", "取随机数", security.get_challenge, _SEEN, le=frozenset((4, 8, 16)), answers=True),
    CommandRow(0x80, 0xC4, "SM3", "计算摘要", security.digest, _SEEN, (0x6A80,), _ONE, frozenset((3,)), lc=range(2, 256), secret=Secret.DATA, answers=True),
    CommandRow(0x00, 0x20, "VERIFY", "校验口令", security.verify, _SEEN, (0x63C0, 0x6983, 0x6984, 0x6A88), _ONE, frozenset(PINS), lc=_PROOF, secret=Secret.DATA, writes=("PIN tries",)),
    CommandRow(0x84, 0x5E, "CHANGE PIN", "修改口令", security.change_pin, _SEEN, (0x6581, 0x6983, 0x6984, 0x6988, 0x6A80, 0x6A88), _ONE, lc=frozenset((0x14,)), secret=Secret.DATA, secured=Secured.BOTH, writes=("PIN tries",)),
    CommandRow(0x00, 0x82, "EXTERNAL AUTHENTICATION (master key)", "外部认证（主控密钥）", security.prove_master, _SEEN, (0x63C0, 0x6983, 0x6984, 0x6A88), lc=_PROOF, writes=("key tries",)),
    CommandRow(0x80, 0x40, "GENERATE KEY PAIR", "生成密钥对", keypairs.generate, _FIELD, (*_PAIR, 0x6581, 0x6A81), lc=frozenset((8,)), needs=(keypairs.USER,)),
    CommandRow(0x80, 0xC9, "EXPORT PUBLIC KEY (which)", "导出公钥（指定）", keypairs.name_public, _FIELD, _PAIR, frozenset((0x82,)), lc=frozenset((8,)), event=PkiKeyEvent.NAME, needs=(keypairs.USER,)),
    CommandRow(0x80, 0xC9, "EXPORT PUBLIC KEY (fetch)", "导出公钥（取出）", keypairs.fetch_public, _FIELD, (0x6985,), frozenset((0x82,)), frozenset((0x80,)), answers=True, event=PkiKeyEvent.FETCH, needs=(keypairs.FIRST_STEP,)),
    CommandRow(0x80, 0x4E, "SM2 DECIPHER", "私钥解密", keypairs.decipher, _FIELD, (*_PAIR, 0x6A81, 0x6A88), p2=_ONE, lc=range(8, 256), secret=Secret.DATA, answers=True, needs=(keypairs.USER,)),
    CommandRow(0x80, 0x4A, "IMPORT SESSION KEY", "导入会话密钥", keypairs.import_transport, _FIELD, (0x6982, 0x6A80), _TWO, frozenset((0x10,)), lc=frozenset((0x12,)), secret=Secret.DATA, event=PkiKeyEvent.BRING, needs=(keypairs.USER,)),
    CommandRow(0x80, 0xC2, "IMPORT PUBLIC KEY", "导入公钥", keypairs.import_public, _FIELD, (*_PAIR, 0x6581), frozenset((0x40,)), lc=frozenset((0x46,)), needs=(keypairs.USER,)),
    CommandRow(0x80, 0xC2, "IMPORT PRIVATE KEY", "导入私钥", keypairs.import_private, _FIELD, (*_PAIR, 0x6581, 0x6985, 0x6A81), frozenset((0xC0,)), _ONE, lc=frozenset((0x26,)), secret=Secret.DATA, event=PkiKeyEvent.IMPORT, needs=(keypairs.USER, keypairs.FIRST_STEP)),
    CommandRow(0x84, 0xD4, "CHANGE MASTER KEY", "修改主控密钥", security.change_master, _SEEN, (0x6581, 0x6982, 0x6984, 0x6988, 0x6A80), _ONE, lc=frozenset((0x24,)), secret=Secret.DATA, secured=Secured.BOTH, needs=(MASTER_KEY,)),
    CommandRow(0x84, 0xD4, "WRITE KEY", "装载密钥", files.write_key, _PART_10, (0x6581, 0x6982, 0x6984, 0x6985, 0x6988, 0x6A80), lc=frozenset((0x24,)), secret=Secret.DATA, secured=Secured.BOTH, needs=_MAKING),
    CommandRow(0x80, 0xE0, "CREATE FILE", "建立文件", files.create, _PART_10, (0x6982, 0x6985, 0x6A80, 0x6A84, 0x6A89), _ONE, lc=range(16, 33), needs=_MAKING, reach=Reach.ENVIRONMENT),
    CommandRow(0x80, 0xE0, "END", "结束个人化", maker.end, _PART_10, (0x6982, 0x6985), _TWO, lc=NO_DATA, needs=_MAKING),
)  # fmt: skip


def engine(_: PkiOptions, transmission: TransmissionOptions) -> Engine[PkiSession]:
    """What runs the commands."""
    errors = (ErrorWord(Sm2Missing, SW.FUNCTION_NOT_SUPPORTED, Gate.TARGET, "no SM2 here"),)
    return Engine(ROWS, always, standard_gates(transmission), errors)
