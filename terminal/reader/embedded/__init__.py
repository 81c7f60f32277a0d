"""A PC/SC service in pure Python on pcsc-lite's client socket: no daemon, no root, unmodified programs.

A program that loads libpcsclite finds it through ``PCSCLITE_CSOCK_NAME``. ``layouts`` knows the bytes, ``framing``
cuts the stream, ``reader`` holds what PC/SC promises about one reader, ``session`` serves one connection, and only
``service`` touches sockets.
"""

from terminal.reader.embedded.launch import run_client
from terminal.reader.embedded.service import EmbeddedService, ServiceError

__all__ = ["EmbeddedService", "ServiceError", "run_client"]
