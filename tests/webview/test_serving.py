"""Real sockets: a server of its own, and browsers that behave badly."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from webview import serving

REPO = Path(__file__).parents[2]


def start(*arguments: str, **environ: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "webview", *arguments]
    return subprocess.Popen(command, cwd=REPO, env={**os.environ, "RENDERD_SPOOL": "", **environ}, text=True,
                            stderr=subprocess.PIPE)


def first_line(server: subprocess.Popen[str]) -> str:
    assert server.stderr
    return server.stderr.readline()


@pytest.fixture(name="port", scope="module")
def fixture_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A server that the tests of this file share."""
    from tests.webview import films
    projects = tmp_path_factory.mktemp("projects")
    (projects / "people.yaml").write_text(films.PEOPLE)
    films.make(projects)
    (projects / "people").mkdir()
    (projects / "people/ana.jpg").write_bytes(os.urandom(10 * 2**20))
    server = start("--projects", str(projects), "--port", "0", XDG_CACHE_HOME=str(projects / "cache"))
    try:
        found = re.search(r":(\d+)/", line := first_line(server))
        assert found, line
        yield int(found[1])
    finally:
        server.send_signal(signal.SIGTERM)
        rest = server.communicate(timeout=30)[1]
    assert (server.returncode, "Traceback" in rest) == (0, False)


def asked(port: int, address: str, method: str = "GET", **headers: str) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as line:
        line.request(method, address, headers=headers)
        got = line.getresponse()
        return got.status, got.read()


def test_a_page_comes(port: int) -> None:
    status, body = asked(port, "/film/")
    assert (status, b"The Onion" in body) == (200, True)


def test_connections_that_ask_nothing_delay_nobody(port: int) -> None:
    """Nor do those that stop in the middle of a question, or that read nothing of the answer."""
    with ExitStack() as lines:
        for number in range(150):
            line = lines.enter_context(closing(socket.create_connection(("127.0.0.1", port))))
            if number % 3:
                line.sendall(b"GET /film/ HTTP/1.1\r\nHost: localhost\r\nX: ")
        for _ in range(serving.THREADS * 2):
            slow = lines.enter_context(closing(socket.create_connection(("127.0.0.1", port))))
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.sendall(b"GET /photo/person/ana HTTP/1.1\r\nHost: localhost\r\n\r\n")
        done: list[int] = []
        threads = [threading.Thread(target=lambda: done.append(asked(port, "/film/assets")[0])) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)         # far less than the 60 s after which such a connection is closed
        assert done == [200] * 20


def test_one_connection_serves_many_questions(port: int) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as line:
        for _ in range(5):
            line.request("GET", "/film/")
            assert line.getresponse().read()
            line.request("HEAD", "/film/")
            assert line.getresponse().read() == b""


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_what_is_sent_is_refused_and_not_kept(port: int, method: str) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as line:
        line.request(method, "/film/", body=b"x" * 100_000)
        assert line.getresponse().status in (405, 413)


@pytest.mark.parametrize("question", [b"POST", b"GET"])
def test_a_body_is_refused_before_it_comes(port: int, question: bytes) -> None:
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as line:
        line.sendall(question + b" /film/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n")
        assert line.recv(4096).startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize("question", [b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
                                      b"GET /" + b"x" * 100_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
                                      b"\0\0\0\r\n\r\n", b"GET /\r\n\r\n",
                                      b"GET /film/%00 HTTP/1.1\r\nHost: localhost\r\n\r\n"])
def test_nonsense_is_refused(port: int, question: bytes) -> None:
    with closing(socket.create_connection(("127.0.0.1", port), timeout=30)) as line:
        line.sendall(question)
        said = line.recv(4096)
        assert re.match(rb"HTTP/1.[01] 4\d\d ", said), said
        assert b"Traceback" not in said
    assert asked(port, "/film/")[0] == 200


def test_a_large_file_comes_whole_and_in_parts(port: int) -> None:
    status, whole = asked(port, "/photo/person/ana")
    assert (status, len(whole)) == (200, 10 * 2**20)
    status, part = asked(port, "/photo/person/ana", Range="bytes=1000000-")
    assert (status, part == whole[1_000_000:1_000_000 + len(part)], len(part)) == (206, True, 4 * 2**20)


# -- it does not start


def refused(*arguments: str, **environ: str) -> tuple[int, str]:
    server = start(*arguments, **environ)
    try:
        return server.wait(60), (server.communicate()[1])
    finally:
        server.kill()


def test_a_port_in_use_is_said_with_the_cure(port: int, tmp_path: Path) -> None:
    code, said = refused("--projects", str(tmp_path), "--port", str(port))
    assert code == 69
    assert f"Another program listens at 127.0.0.1:{port} already." in said
    assert f"--port {port + 1}" in said


@pytest.mark.parametrize(("arguments", "said"), [
    (["--projects", "/nowhere"], "No folder at /nowhere."), ([], "No folder of projects was named."),
    (["--projects", "/", "--host", "192.0.2.7"], "This computer has no address 192.0.2.7."),
    (["--projects", "/", "--host", "no.such.invalid"], "This computer has no address no.such.invalid."),
    (["--projects", "/", "--spool", "/nowhere"], "No spool at /nowhere."),
])
def test_what_is_missing_is_said_with_the_cure(arguments: list[str], said: str) -> None:
    code, told = refused(*arguments, RENDERD_PROJECTS="")
    first, cure = told.splitlines()[:2]
    assert (code != 0, first.removeprefix("render web: "), cure[:2]) == (True, said, "  ")


@pytest.mark.parametrize(("host", "for_all"), [("127.0.0.1", False), ("127.1.2.3", False), ("::1", False),
                                               ("localhost", False), ("0.0.0.0", True), ("::", True), ("ws07", True)])
def test_it_is_known_who_can_look(host: str, for_all: bool) -> None:
    assert serving.is_for_all(host) is for_all


def test_who_opens_it_to_all_is_told(tmp_path: Path) -> None:
    server = start("--projects", str(tmp_path), "--host", "0.0.0.0", "--port", "0")
    try:
        assert "The page is at http://" in first_line(server)
        assert "there is no password" in first_line(server)
    finally:
        server.terminate()
        server.communicate(timeout=30)


def test_the_command_starts_it(tmp_path: Path) -> None:
    (tmp_path / "webview").mkdir()          # is not ours, and is not run
    (tmp_path / "webview/__main__.py").write_text("raise SystemExit(99)")
    command = [str(Path(sys.executable).with_name("render")), "web", "--projects", "/nowhere", "--port", "0"]
    ran = subprocess.run(command, cwd=tmp_path, env={**os.environ, "RENDERD_SPOOL": ""}, capture_output=True, text=True,
                         timeout=60, check=False)
    assert (ran.returncode, "No folder at /nowhere." in ran.stderr) == (1, True)


def test_all_threads_that_answer_stay_on_one_cpu() -> None:
    def application(environ: object, start: Any) -> list[bytes]:
        start("200 OK", [])
        return [str(len(os.sched_getaffinity(0))).encode()]

    sockets, every = serving.listening("127.0.0.1", 0), os.sched_getaffinity(0)
    threading.Thread(target=serving.serve, args=(application, sockets), daemon=True).start()
    with closing(http.client.HTTPConnection(*sockets[0].getsockname())) as connection:
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"1"
    assert os.sched_getaffinity(0) == every         # of the thread that serves, and those that it starts
