"""Sentences of refusals by the mechanism of every stack."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_KEY = "key of kind {key.kind:02X}, number {key.kid:02X}, version {key.version:02X}"

ENGLISH: Mapping[str, str] = MappingProxyType(
    {
        # commands and answers
        "class not supported": "class {cla:02X} is not supported here",
        "instruction of another class": "instruction {ins:02X} exists here, but not with class {cla:02X}",
        "unknown instruction": "instruction {ins:02X} is unknown here",
        "fetched under another class": "{row} takes class {needed:02X}, not {received:02X}",
        "fetched under neither class": (
            "{row} takes class {needed:02X} or that of the command whose answer waits, not {received:02X}"
        ),
        "P1 P2 not taken": "{row} does not take P1 P2 = {p1:02X} {p2:02X}",
        "length not taken": "{row} does not take {received} bytes of data",
        "Le missing": "{row} does not take a command without Le",
        "Le not taken": "{row} does not take Le = {received}",
        "Le without answer": "{row} returns no data, yet Le was sent",
        "another Le": "{expected} bytes are there, Le asks for {received}",
        "no answer waits": "no answer is waiting",
        "fewer bytes wait": "{expected} bytes are waiting, Le asks for {received}",
        # files
        "length of an identifier": "selection by file identifier takes 2 bytes, {received} came",
        "length of a name": "a name has 5 to 16 bytes, {received} came",
        "next without a name": "P2 02 goes on with a name, an identifier is none",
        "no further name": "no further DF carries this name",
        "a file of the COS": "{fid:04X} is a file of the COS itself: SELECT does not open it, its commands name it",
        "no current EF": "no EF is selected and none is named",
        "no records by number": "{fid:04X} of {directory:04X} has no records to read or write by number",
        "Le beyond the end": "{expected} bytes are left from offset {offset}",
        "read rule not met": "reading {fid:04X} of {directory:at} needs {needed:rule}; {held:held}",
        "write rule not met": "writing {fid:04X} of {directory:at} needs {needed:rule}; {held:held}",
        "right not held": "{command} needs {needed:rule}; {held:held}",
        "no such directory": "there is no directory {directory:04X}",
        "no such file": "there is no EF {fid:04X} in {directory:04X}",
        "no such short identifier": "there is no file with SFI {sfi:02X} in {directory:04X}",
        "no such record": "no record {number}: there are {count}",
        "no record with that identifier": "no record with identifier {identifier:02X}",
        "no further record": "the file holds {count} records, which is all it can",
        "record of another length": "records of this file have {needed} bytes, not {received}",
        "no room in the file": "{free} bytes free, {needed} wanted",
        "memory spoken for": "{free} bytes are not spoken for, {needed} wanted",
        "file without records": "{fid:04X} of {directory:04X} is transparent",
        "file with records": "{fid:04X} of {directory:04X} has records",
        "offset beyond the file": "offset {offset} of {size}",
        "data beyond the file": "offset {offset} + {received} of {size}",
        "file identifier taken": "{fid:04X} of {directory:04X} has this identifier or short identifier",
        "directory name taken": "{fid:04X} has this identifier or name",
        "environment name taken": "the file identifier or name is that of {environment}",
        "one name begins the other": "of this name and that of {environment} one begins the other",
        "no such name": "nothing here is called {name}",
        "not the current environment": "an environment deletes itself only, while it is current",
        # keys
        "no such key": "no key of kind {kind:02X}, number {kid:02X}",
        "no such entry": f"no {_KEY}",
        "value is no key": f"the {_KEY} is none of a known cipher: algorithm {{algorithm:02X}}, {{length}} bytes",
        "no tries left": f"{_KEY} has no tries left",
        "no such RSA key": "no RSA private key {kid:02X}",
        "parts of no RSA key": "the parts of RSA private key {kid:02X} make none",
        "no such SM2 key": "no SM2 private key {kid:02X}",
        "parts of no SM2 key": "the private and the public SM2 key {kid:02X} make no pair",
        "no master key": "{directory:04X} has no master key",
        "no key header and value": (
            "a key is 8 bytes of header and the value whose length they give, {received} bytes came"
        ),
        "data do not decipher": "{received} bytes of enciphered data do not decipher under {key}",
        # proofs
        "no random number": "no random number: GET CHALLENGE must come first, here",
        "no random number just before": "no random number: GET CHALLENGE must come just before",
        "unfit random number": "a random number of {received} bytes does not serve {key}",
        "wrong authentication data": (
            "authentication data do not match KID {kid:02X}, {key}, with the card's last random number as process "
            "factor; {left} tries left"
        ),
        "wrong MAC": "MAC wrong under {key}",
        "locked": f"{{what}} is locked: the try counter is at zero ({_KEY})",
        "no serial number": "the chip has no serial number: SET SERIAL gives it one",
    }
)
