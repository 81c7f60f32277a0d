"""A PC/SC service in pure Python on pcsc-lite's client socket: no daemon, no root, unmodified programs.

A program that loads libpcsclite finds it through ``PCSCLITE_CSOCK_NAME``. ``layouts`` knows the bytes, ``framing``
cuts the stream, ``reader`` holds what PC/SC promises about one reader, ``session`` serves one connection, and only
``service`` touches sockets.
"""

from dualcos.reader.embedded.run_client import run_client
from dualcos.reader.embedded.socket_service import EmbeddedService, ReaderServiceError

__all__ = ["EmbeddedService", "ReaderServiceError", "run_client"]
