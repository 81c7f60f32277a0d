"""The command rows of the PKI environment. No standard text: "seen" is an issuing program's run, the rest inferred.

Columns: CLA, INS, name, Chinese name, handler, source, status words, P1, P2, and what differs from the defaults.
"""

from __future__ import annotations

from apdu.command import CommandAPDU
from cos.kernel.engine import get_response
from cos.kernel.rows import NO_DATA, Row, Secret, Table
from cos.pki import files, making, security
from cos.pki.environment import PkiSession

_SEEN = "seen in issuing programs; words after SSC-5"
_PART_10 = "SSC-10 §5.2 (dialect inferred)"
_ONE, _TWO = frozenset((1,)), frozenset((2,))
_PROOF = frozenset((16,))
_READ = (0x6982, 0x6986, 0x6B00)


def alive(session: PkiSession, command: CommandAPDU) -> None:
    """Nothing blocks this environment: no source shows a block command."""


ROWS: tuple[Row[PkiSession], ...] = (
    Row(0x00, 0xA4, "SELECT", "选择文件", files.select, _SEEN, (0x6A82,), frozenset((0, 2, 4)), lc=frozenset((2, *range(5, 17))), answers=True),
    Row(0x00, 0xC0, "GET RESPONSE", "取响应", get_response, _SEEN, (0x6F00,), answers=True, fetches=True),
    Row(0x00, 0xB0, "READ BINARY", "读二进制", files.read_binary, _SEEN, _READ, range(0x80), range(256), answers=True),
    Row(0x00, 0xD6, "UPDATE BINARY", "更新二进制", files.update_binary, _SEEN, (*_READ, 0x6581), range(0x80), range(256), lc=range(1, 256)),
    Row(0x00, 0x84, "GET CHALLENGE", "取随机数", security.get_challenge, _SEEN, le=frozenset((4, 8, 16)), answers=True),
    Row(0x80, 0xC4, "SM3", "计算摘要", security.digest, _SEEN, (0x6A80,), _ONE, frozenset((3,)), lc=range(2, 256), secret=Secret.DATA, answers=True),
    Row(0x00, 0x20, "VERIFY", "校验口令", security.verify, _SEEN, (0x63C0, 0x6983, 0x6984, 0x6A88), _ONE, frozenset(security.PINS), lc=_PROOF, writes=("PIN tries",)),
    Row(0x84, 0x5E, "CHANGE PIN", "修改口令", security.change_pin, _SEEN, (0x6581, 0x6983, 0x6984, 0x6988, 0x6A80, 0x6A88), _ONE, lc=frozenset((0x14,)), secret=Secret.DATA, writes=("PIN tries",)),
    Row(0x00, 0x82, "EXTERNAL AUTHENTICATION (master key)", "外部认证（主控密钥）", security.prove_master, _SEEN, (0x63C0, 0x6983, 0x6984, 0x6A88), lc=_PROOF, writes=("key tries",)),
    Row(0x84, 0xD4, "CHANGE MASTER KEY", "修改主控密钥", security.change_master, _SEEN, (0x6581, 0x6982, 0x6984, 0x6988, 0x6A80), _ONE, lc=frozenset((0x24,)), secret=Secret.DATA),
    Row(0x84, 0xD4, "WRITE KEY", "装载密钥", making.write_key, _PART_10, (0x6581, 0x6982, 0x6984, 0x6985, 0x6988, 0x6A80, 0x6A88), lc=frozenset((0x24,)), secret=Secret.DATA),
    Row(0x80, 0xE0, "CREATE FILE", "建立文件", making.create, _PART_10, (0x6982, 0x6985, 0x6A80, 0x6A84, 0x6A89), _ONE, lc=range(16, 33)),
    Row(0x80, 0xE0, "END", "结束个人化", making.end, _PART_10, (0x6982, 0x6985), _TWO, lc=NO_DATA),
)  # fmt: skip

TABLE: Table[PkiSession] = Table(ROWS)
