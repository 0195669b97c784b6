"""The share stops to answer: everybody says so, can be ended, and goes on by itself when it answers again.

One silence is played for all of these tests, because each must last longer than answering.SILENT."""

import json
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from spool import answering, beats
from tests.system import silent_share
from tests.system.farm import BIN, BLENDS, FAKE_BLENDER, Farm, farm

pytestmark = pytest.mark.skipif(bool(silent_share.reason_to_skip()), reason=silent_share.reason_to_skip())


class Systemd:
    """What a service says to systemd, with the time of each message."""

    def __init__(self, path: Path) -> None:
        self.path, self.heard = path, list[tuple[float, str]]()
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        while True:
            text = self.socket.recv(4096).decode()
            self.heard.append((time.monotonic(), text))

    def said(self, what: str) -> bool:
        return any(what in text for _, text in self.heard)


@dataclass
class Silence:
    """What was said and what happened while the share was silent, and afterwards."""

    log: dict[str, str] = field(default_factory=dict)               # of each daemon
    systemd: dict[str, Systemd] = field(default_factory=dict)
    fed: list[float] = field(default_factory=list)                  # seconds of silence at each WATCHDOG=1 of alpha
    before_the_end: str = ""                                        # stderr of the command that was ended then
    code: dict[str, int] = field(default_factory=dict)              # of what was ended, and of what went on
    out: str = ""
    err: str = ""
    same: bool = False                                              # the daemon that went on is the one that was there
    frames: list[str] = field(default_factory=list)


@pytest.fixture(scope="module", name="silence")
def fixture_silence(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Silence]:
    root = tmp_path_factory.mktemp("silence")
    with silent_share.share(root / "behind", root / "spool") as share, farm(root) as made:
        yield _play(made, share, root)


def _play(made: Farm, share: silent_share.Share, root: Path) -> Silence:
    seen, blend = Silence(), BLENDS / "one_20.blend"
    made.environ |= {"RENDERD_BLENDER": str(FAKE_BLENDER), "RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*",
                     "RENDERD_STOP_GRACE": "0.2", "FAKE_SECONDS": "0.3"}
    seen.systemd = {name: Systemd(root / f"{name}.notify") for name in ("alpha", "beta", "late")}

    def start(name: str) -> subprocess.Popen[bytes]:
        return made.host(name, NOTIFY_SOCKET=str(seen.systemd[name].path), WATCHDOG_USEC="6000000")

    def command(name: str, *words: str) -> subprocess.Popen[str]:
        with (root / f"{name}.err").open("w") as err:
            return subprocess.Popen([BIN / "render", *words], env=made.environ, text=True, stdout=subprocess.PIPE,
                                    stderr=err)

    job = made.add(blend, "Shot", "1-40", chunk=20)
    alpha, beta = start("alpha"), start("beta")
    made.until(lambda: len(made.blenders()) == 2 and len(made.frames()) > 2)
    mine = [pid for pid in made.blenders() if f".{beta.pid}." in _command_line(pid)]
    assert mine
    share.stop()
    began = time.monotonic()
    try:
        beta.send_signal(signal.SIGTERM)
        late, early = start("late"), made.host("early")
        ended, goes_on = command("ended", "jobs"), command("on", "jobs", "--json")
        made.until(lambda: _waits(early.pid) and _waits(ended.pid))
        early.send_signal(signal.SIGINT)
        seen.code["early"] = early.wait(timeout=30)
        seen.code["beta"] = beta.wait(timeout=40)
        made.until(lambda: not any(map(_renders, mine)), 10)
        made.until(lambda: seen.systemd["alpha"].said("does not answer") and seen.systemd["late"].said("EXTEND"))
        made.until(lambda: all("not answer" in (root / f"{name}.err").read_text() for name in ("ended", "on")))
        ended.send_signal(signal.SIGINT)
        seen.code["ended"] = ended.wait(timeout=40)
        seen.before_the_end = (root / "ended.err").read_text()
        seen.fed = [when - began for when, text in seen.systemd["alpha"].heard if "WATCHDOG" in text and when > began]
        seen.fed.append(time.monotonic() - began)
    finally:
        share.go_on()
    seen.out = goes_on.communicate(timeout=60)[0]
    seen.err = (root / "on.err").read_text()
    seen.code["goes on"] = goes_on.returncode
    made.until_state(job, "done")
    made.until(lambda: "late" in {beat.owner.host for beat in beats.living(made.spool)})
    made.until(lambda: seen.systemd["alpha"].said("answers again") and seen.systemd["late"].said("READY=1"))
    seen.same = alpha.poll() is None and late.poll() is None
    seen.frames = made.frames()
    seen.log = {name: (root / f"{name}.log").read_text() for name in ("alpha", "beta", "late", "early")}
    return seen


def _command_line(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")


def _renders(pid: int) -> bool:
    """Whoever shall reap it may be slow."""
    try:
        return _command_line(pid) != ""
    except FileNotFoundError:
        return False


def _waits(pid: int) -> bool:
    return any("request_wait_answer" in task.read_text() for task in Path(f"/proc/{pid}/task").glob("*/wchan"))


def test_a_daemon_says_since_when_the_share_does_not_answer_and_when_it_does(silence: Silence) -> None:
    said = [line.split()[0] for line in silence.log["alpha"].splitlines() if line.startswith("share-")]
    assert said == ["share-silent", "share-answers"]
    assert "waiting=heart" in silence.log["alpha"].replace("chores,", "").replace("MainThread,", "")


def test_systemd_is_told(silence: Silence) -> None:
    statuses = [text for _, text in silence.systemd["alpha"].heard if text.startswith("STATUS=")]
    assert statuses[0].startswith("STATUS=the share does not answer since ")
    assert statuses[-1].startswith("STATUS=the share answers again since ")


def test_the_watchdog_is_fed_all_the_time(silence: Silence) -> None:
    assert silence.fed[-1] > answering.SILENT
    gaps = [after - before for before, after in zip([0.0, *silence.fed], silence.fed, strict=False)]
    assert max(gaps) < 6


def test_a_daemon_that_starts_meanwhile_waits_and_says_so(silence: Silence) -> None:
    assert "share-silent" in silence.log["late"] and "waiting=MainThread" in silence.log["late"]
    texts = [text for _, text in silence.systemd["late"].heard]
    assert texts.index("EXTEND_TIMEOUT_USEC=60000000") < texts.index("READY=1")


def test_nothing_is_lost_and_everybody_goes_on(silence: Silence) -> None:
    assert silence.same
    assert silence.frames == [f"{frame:04}.png" for frame in range(1, 41)]


def test_a_daemon_that_is_asked_to_end_ends_with_its_renders(silence: Silence) -> None:
    assert silence.code["beta"] == 1
    assert "ended-silent" in silence.log["beta"]


def test_ctrl_c_ends_a_daemon_that_has_not_started(silence: Silence) -> None:
    assert silence.code["early"] == 1
    assert "Traceback" not in silence.log["early"]


def test_a_command_says_it_and_ctrl_c_ends_it(silence: Silence) -> None:
    assert silence.code["ended"] == 130
    assert "does not answer since " in silence.before_the_end and "Ctrl-C ends this command" in silence.before_the_end
    assert "answers again" not in silence.before_the_end


def test_a_command_goes_on_and_its_json_stays_pure(silence: Silence) -> None:
    assert silence.code["goes on"] == 0
    assert [job["frames"] for job in json.loads(silence.out)] == [40]
    first, second = silence.err.splitlines()
    assert "/spool does not answer since " in first
    assert "/spool answers again after " in second
