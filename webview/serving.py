"""Serves the page to browsers, by waitress."""

import errno
import gc
import ipaddress
import logging
import os
import socket

import waitress

from webview.app import Web
from webview.errors import NoPort

THREADS = 16            # of which a share that does not answer stops share.ASKING, and one for each film of it
GARBAGE = 100_000       # new objects until garbage is looked for: nearly all that a first look at a film makes stays
TOGETHER = 1500         # bytes of an answer that are worth a packet: its head goes with its body, not alone before it
CONNECTIONS = 1000      # that are open; one that asks nothing costs nothing
SETTINGS = {
    "threads": THREADS, "connection_limit": CONNECTIONS, "asyncore_use_poll": True, "channel_timeout": 60,
    "ident": "", "max_request_header_size": 16 * 2**10, "max_request_body_size": 1,
    # Nothing is written to a file for want of memory: bodies are whole already.
    "outbuf_overflow": 2**30, "inbuf_overflow": 2**20,
}
_log = logging.getLogger(__name__)


def listening(host: str, port: int) -> list[socket.socket]:
    """Sockets that listen. NoPort says why not."""
    try:
        found = socket.getaddrinfo(host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (socket.gaierror, UnicodeError, OverflowError):
        raise NoPort(f"This computer has no address {host}.", "To be seen by all: --host 0.0.0.0") from None
    return [_listen(family, where) for family, where in dict.fromkeys((row[0], row[4]) for row in found)]


def _listen(family: int, where: tuple[object, ...]) -> socket.socket:
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    try:
        made.bind(where)
        made.listen(1024)
    except OSError as error:
        made.close()
        raise NoPort(*_why(error, where)) from None
    return made


def _why(error: OSError, where: tuple[object, ...]) -> tuple[str, str]:
    host, port = where[0], where[1]
    if error.errno == errno.EADDRINUSE:
        return (f"Another program listens at {host}:{port} already.",
                f"Perhaps this page, in another terminal? Who it is: ss -ltnp sport = :{port}\n"
                f"Or take another port: --port {int(str(port)) + 1}")
    if error.errno == errno.EACCES:
        return f"You may not listen at port {port}.", "Ports below 1024 are for root. Take another one: --port 8080"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"This computer has no address {host}.", "Look for its addresses: ip -br address. All: --host 0.0.0.0"
    return f"Cannot listen at {host}:{port}: {error.strerror}.", "Take another address or port: --host, --port"


def is_for_all(host: str) -> bool:
    """Whether other computers reach it."""
    try:
        return not ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host != "localhost"


def _stay_on_one_cpu() -> None:
    """Python runs one thread at a time. On several CPUs the threads hand each other the lock, and a load costs two and
    a half times as much. Not the first, which most interrupts go to."""
    os.sched_setaffinity(0, [max(os.sched_getaffinity(0))])


def serve(web: Web, sockets: list[socket.socket]) -> None:
    """Until the process ends."""
    _stay_on_one_cpu()
    gc.set_threshold(GARBAGE)
    server = waitress.create_server(web, sockets=sockets, **SETTINGS)
    server.adj.send_bytes = TOGETHER
    server.run()
