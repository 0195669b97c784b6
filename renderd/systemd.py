"""What systemd wants to know from a service of Type=notify, and how long it waits for a sign of life."""

import os
import socket
from collections.abc import Mapping


def notify(environ: Mapping[str, str], **fields: object) -> bool:
    """Tell systemd: notify(os.environ, READY=1, STATUS="2 renders"); also WATCHDOG=1 and STOPPING=1.

    False where nobody listens: not started by systemd, or its socket is gone or full. The daemon goes on.
    """
    address = environ.get("NOTIFY_SOCKET", "")
    if address[:1] not in ("/", "@"):
        return False
    if address[0] == "@":
        address = "\0" + address[1:]
    lines = [f"{name}={' '.join(str(value).splitlines())}" for name, value in fields.items()]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
        channel.setblocking(False)  # a busy systemd must not stop the heartbeats
        try:
            channel.sendto("\n".join(lines).encode(errors="replace"), address)
        except OSError:
            return False
    return True


def watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    """Seconds within which systemd wants WATCHDOG=1 (send it twice as often); None when it does not watch us."""
    microseconds = environ.get("WATCHDOG_USEC", "")
    if not microseconds.isdecimal() or int(microseconds) == 0:
        return None
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None  # meant for the process that started us
    return int(microseconds) / 1_000_000
