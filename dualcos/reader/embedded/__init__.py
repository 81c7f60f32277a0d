"""A PC/SC service in pure Python on pcsc-lite's client socket: no daemon, no root, unmodified programs.

A program that loads libpcsclite finds it through ``PCSCLITE_CSOCK_NAME``. ``pcsclite_messages`` knows the
bytes, ``request_framing`` cuts the stream, ``virtual_reader`` holds what PC/SC promises about one reader,
``client_session`` serves one connection, and only ``socket_service`` touches sockets.
"""

from dualcos.reader.embedded.run_client import run_client
from dualcos.reader.embedded.socket_service import EmbeddedService, ReaderServiceError

__all__ = ["EmbeddedService", "ReaderServiceError", "run_client"]
