"""The PSAM (终端安全存取模块): the terminal's key card, on the same kernel (社会保障（个人）卡规范 part 9).

Environments, each with its own memory and master key: the MF itself (``sx1.sh.社会保障``), DDF1 (``sx2.sh.社会保障``,
16-byte ciphers) and, seen in a program for 3.0 cards and not in the text, a third (``sx3.sh.社会保障``, SM4); each with
the application DF01 and its key files.

One group of each key (SSC-9 table B1 gives the user card three): whose it is, 001A to 001C announce, and the terminal
appends that version to EXTERNAL AUTHENTICATION of the user card. Purchase keys: all versions of one index.

Not here, and what is missing:

* VERIFY. SSC-9 has no PIN. One program for a sibling card sends three digits' bytes to DF01 first, in a line that is
  commented out: neither where the PIN lives nor what it opens is known.
* UPDATE with MAC (classes 04, 84). SSC-9 §5 names the key that opens a file and asks for cipher text and MAC only of
  key files, whose commands are here. A PSAM has no STK, and no text says which key would make the MAC, with which
  start value, and whether the data are enciphered.
* Deleting the MF. With the MF's master key the transport key is gone, and no text says how a PSAM gets it back.
"""
