"""A real mail server on this machine, and one that says nothing."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller


class Box:
    """The mails that came."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], EmailMessage]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        letter = message_from_bytes(envelope.content, _class=EmailMessage, policy=policy.default)
        self.mails.append((envelope.rcpt_tos, letter))
        return "250 taken"

    def subjects(self) -> list[str]:
        return [str(letter["Subject"]) for _, letter in self.mails]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def post_office(port: int) -> Iterator[Box]:
    box = Box()
    server = Controller(box, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield box
    finally:
        server.stop()


@contextmanager
def silent_office(port: int) -> Iterator[list[socket.socket]]:
    """Whoever calls is heard, and gets no answer. The calls."""
    import threading
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.bind(("127.0.0.1", port))
        door.listen()
        calls: list[socket.socket] = []

        def hear() -> None:
            with suppress(OSError):
                while True:
                    calls.append(door.accept()[0])

        threading.Thread(target=hear, daemon=True).start()
        try:
            yield calls
        finally:
            with suppress(OSError):
                door.shutdown(socket.SHUT_RDWR)
            for call in calls:
                call.close()


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    return str(body.get_content()) if body else ""
