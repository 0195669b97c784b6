"""A real browser, driven through its debugging port with nothing but a socket."""

import base64
import itertools
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from typing import Any, Self

PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-extensions", "--no-first-run",
         "--disable-background-networking", "--remote-debugging-port=0", "--remote-allow-origins=*")


class Chromium:
    """One window. A context manager."""

    def __enter__(self) -> Self:
        self.profile = tempfile.mkdtemp()
        self.process = subprocess.Popen([str(PROGRAM), *FLAGS, f"--user-data-dir={self.profile}", "about:blank"],
                                        stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.numbers = itertools.count(1)
        self.socket = self._connect(*self._heard())
        window = next(t for t in self.ask("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.ask("Target.attachToTarget", targetId=window["targetId"], flatten=True)["sessionId"]
        self.ask("Emulation.setFocusEmulationEnabled", enabled=True)    # as if somebody looked at it
        return self

    def __exit__(self, *error: object) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()
        self.socket.close()
        shutil.rmtree(self.profile, ignore_errors=True)

    session = ""

    def open(self, address: str) -> None:
        self.ask("Page.navigate", url=address)
        self.wait(lambda: self.run("document.readyState") == "complete" and self.run("location.href") != "about:blank")

    def run(self, script: str) -> Any:
        """What the script says; a promise is waited for."""
        got = self.ask("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in got, got
        return got["result"].get("value")

    def wait(self, told: Callable[[], object], patience: float = 30) -> None:
        end = time.monotonic() + patience
        while not told():
            assert time.monotonic() < end, "it did not come to pass"
            time.sleep(0.1)

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self.numbers)
        window = {"sessionId": self.session} if self.session else {}
        self._send(json.dumps({"id": number, "method": method, "params": params, **window}).encode())
        while True:
            got: dict[str, Any] = json.loads(self._receive())
            if got.get("id") == number:
                assert "error" not in got, got
                result: dict[str, Any] = got["result"]
                return result

    def _heard(self) -> tuple[int, str]:
        """Port and path of the debugger."""
        assert self.process.stderr
        for line in self.process.stderr:
            if found := re.search(r"ws://127\.0\.0\.1:(\d+)(/\S+)", line):
                return int(found[1]), found[2]
        raise AssertionError("chromium does not start")

    def _connect(self, port: int, path: str) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", port), timeout=60)
        key = base64.b64encode(os.urandom(16)).decode()
        made.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                     f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += made.recv(1)
        return made

    def _send(self, text: bytes) -> None:
        """One masked frame (RFC 6455); a mask of zeros changes nothing."""
        self.socket.sendall(b"\x81\xff" + len(text).to_bytes(8, "big") + bytes(4) + text)

    def _receive(self) -> bytes:
        text, last = b"", False
        while not last:
            first, length = self._exactly(2)
            last, length = bool(first & 0x80), length & 0x7F
            if length >= 126:
                length = int.from_bytes(self._exactly(2 if length == 126 else 8), "big")
            text += self._exactly(length)
        return text

    def _exactly(self, count: int) -> bytes:
        data = bytearray()
        while len(data) < count:
            piece = self.socket.recv(count - len(data))
            assert piece, "chromium is gone"
            data += piece
        return bytes(data)
