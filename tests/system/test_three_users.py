"""One spool, several users: real uids, real daemons. Nobody needs an account of the group; root starts them all."""

import json
import os
import pwd
import shlex
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

from render_cli import border
from render_cli.main import MODULES
from render_cli.main import render as render_command
from spool import check, opening, queue
from spool.layout import Spool
from tests.spool.played import MEMORY
from tests.system.farm import BIN, BLENDS

for module in {*MODULES.values()}:      # a child that is somebody else may not be able to read them
    import_module(f"render_cli.{module}")
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be several users")

GROUP = 54_777                      # the farm's; no group of this computer
ANN, BOB, EVE, DAEMON, ADMIN = (entry.pw_uid for entry in sorted(pwd.getpwall(), key=lambda e: e.pw_uid)[1:6])
MEMBERS = (ANN, BOB, DAEMON, ADMIN)


def name(uid: int) -> str:
    return pwd.getpwuid(uid).pw_name


@cache
def _powers() -> list[str]:
    """Where Python itself lies in a place that only root may read, users may read everything here. Never write."""
    able = subprocess.run(["setpriv", f"--reuid={ANN}", "--clear-groups", "sh", "-c", '"$0" -c "import json"',
                           sys.executable], capture_output=True, check=False).returncode == 0
    return [] if able else ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]


def _become(uid: int, home: Path, spool: Path) -> None:
    os.chdir(home)
    os.umask(0o022)
    os.setgroups([GROUP] if uid in MEMBERS else [])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)
    os.environ.update(HOME=str(home), XDG_CONFIG_HOME=str(home), RENDERD_SPOOL=str(spool))


@dataclass
class Studio:
    """A spool, a folder for pictures, and people with real uids."""

    root: Path
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root.chmod(0o755)
        for uid in (ANN, BOB, EVE, DAEMON, ADMIN):
            (self.root / f"home-{uid}").mkdir()
            os.chown(self.root / f"home-{uid}", uid, uid)
        self.dir, self.out = self.root / "spool", self.root / "out"
        for folder, owner in ((self.dir, ADMIN), (self.out, ANN)):
            folder.mkdir()
            os.chown(folder, owner, GROUP)
            folder.chmod(0o2775)

    def as_user(self, uid: int, *words: object) -> list[str]:
        home, groups = self.root / f"home-{uid}", f"--groups={GROUP}" if uid in MEMBERS else "--clear-groups"
        return ["setpriv", f"--reuid={uid}", f"--regid={uid}", groups, *_powers(), "env", f"HOME={home}",
                f"XDG_CONFIG_HOME={home}", f"TMPDIR={home}", f"RENDERD_SPOOL={self.dir}", "RENDERD_PROGRAMS=sh",
                "RENDERD_POLL=0.2", *map(str, words)]

    def run(self, uid: int, *words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(self.as_user(uid, *words), cwd=self.root, capture_output=True, text=True, timeout=60,
                              check=False)

    def be(self, uid: int, act: Callable[[], int]) -> tuple[int, str, str]:
        """What a child that is this user does: exit code, stdout, stderr. No new Python is started: it is quick."""
        said = [self.root / f"home-{uid}" / what for what in ("out", "err")]
        child = os.fork()
        if child == 0:
            _become(uid, self.root / f"home-{uid}", self.dir)
            sys.stdout, sys.stderr = (path.open("w") for path in said)
            code = 99
            try:
                code = act()
            except BaseException:
                traceback.print_exc()
            sys.stdout.flush(), sys.stderr.flush()
            os._exit(code)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return code, *(path.read_text() for path in said)  # type: ignore[return-value]

    def call(self, uid: int, *words: object) -> tuple[int, str, str]:
        """`render WORDS`, said by this user."""
        return self.be(uid, lambda: border.run(render_command, "render", [str(word) for word in words]))

    def render(self, uid: int, *words: object) -> str:
        """What `render` says to somebody who may do it."""
        code, out, err = self.call(uid, *words)
        assert code == 0, (words, out, err, self.show())
        return out

    def refused(self, uid: int, *words: object) -> str:
        """What it says to somebody who may not."""
        code, out, err = self.call(uid, *words)
        assert code not in (0, 2) and "Traceback" not in err, (words, out, err)
        return err

    def add(self, uid: int, called: str, *flags: object) -> str:
        """The name of a job of two frames that says who it is."""
        said = self.render(uid, "add", "--json", "--frames", "1-2", "--chunk", 1, "--name", called, "--output",
                           f"{self.out}/{called}_####.txt", *flags, "--", "sh", "-c",
                           "echo {first} > $(echo {output} | sed s/####/000{first}/)")
        return str(json.loads(said)["jobs"][0]["job"])

    def init(self, *flags: str) -> None:
        self.render(ADMIN, "init", *flags, self.dir)
        farm = self.dir / "farm.yaml"
        farm.write_text(farm.read_text().replace("beat: 5 ", "beat: 0.2 "))

    def daemon(self, uid: int) -> None:
        with (self.root / f"{name(uid)}.log").open("ab") as log:
            self.running.append(subprocess.Popen(self.as_user(uid, BIN / "renderd", "--host", name(uid)),
                                                 cwd=self.root, stdout=log, stderr=log, start_new_session=True))

    @property
    def spool(self) -> Spool:
        return opening.open_spool(str(self.dir))

    def until(self, what: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not what():
            assert time.monotonic() < end, self.show()
            time.sleep(0.05)

    def until_state(self, job: str, state: str) -> None:
        self.until(lambda: queue.state_of(self.spool, job) == state)

    def show(self) -> str:
        tree = subprocess.run(["ls", "-lR", self.dir, self.out], capture_output=True, text=True, check=False).stdout
        return tree + "\n".join(p.read_text()[-3000:] for p in self.root.glob("*.log"))

    def whole(self) -> dict[str, tuple[int, int, bytes]]:
        """Every file of the spool: owner, mode, content."""
        return {str(p.relative_to(self.dir)): (p.lstat().st_uid, p.lstat().st_mode,
                                               p.read_bytes() if p.is_file() else b"")
                for p in sorted(self.dir.rglob("*"))}

    def close(self) -> None:
        for process in self.running:
            process.terminate()
            process.wait(30)


@pytest.fixture(name="studio")
def fixture_studio() -> Iterator[Studio]:
    with tempfile.TemporaryDirectory(dir=MEMORY) as root:
        made = Studio(Path(root))
        try:
            yield made
        finally:
            made.close()


# -- a group whose members may do everything


def test_members_of_a_group_change_each_other_s_jobs_and_a_daemon_renders_all(studio: Studio) -> None:
    studio.init("--group", str(GROUP))
    first, second = studio.add(ANN, "ann"), studio.add(BOB, "bob", "--hold")
    studio.render(BOB, "hold", first)
    studio.render(ANN, "release", first)
    studio.render(BOB, "cancel", first)
    studio.render(ANN, "undo", first)
    studio.render(BOB, "priority", first, 70)
    studio.render(ANN, "release", second)
    studio.daemon(DAEMON)
    for job in (first, second):
        studio.until_state(job, "done")
    assert {one["name"]: one["owner"] for one in json.loads(studio.render(EVE, "jobs", "--json"))} == {
        "ann": name(ANN), "bob": name(BOB)}
    _again(studio, first)
    assert not check.check(studio.spool).problems, studio.show()
    studio.render(BOB, "clean", "--older-than", "0s")
    studio.render(ANN, "clean", "--older-than", "0s")
    assert os.listdir(studio.dir / "jobs") == [], studio.show()


def _again(studio: Studio, job: str) -> None:
    """Both ask for frames anew, in turn: what one wrote, the other replaces, and the daemon both."""
    for uid in (BOB, ANN, BOB):
        studio.render(uid, "redo", job, "--frames", "1")
        studio.until_state(job, "done")
    (studio.out / "ann_0002.txt").unlink()
    studio.out.chmod(0o555)             # the daemon cannot publish: the chunk fails
    studio.render(ANN, "redo", job, "--frames", "2")
    studio.until_state(job, "failed")
    studio.out.chmod(0o2775)
    studio.render(BOB, "retry", job)
    studio.until_state(job, "done")


def test_who_is_no_member_can_change_nothing_and_hears_what_to_do(studio: Studio) -> None:
    studio.init("--group", str(GROUP))
    job = studio.add(ANN, "ann")
    before = studio.whole()
    for words in (["hold", job], ["cancel", job], ["priority", job, 90], ["redo", job, "--frames", 1], ["clean"],
                  ["add", "--frames", "1", "--", "sh", "-c", "true"]):
        said = studio.refused(EVE, *words)
        assert str(studio.dir) in said and f"usermod -aG {GROUP} {name(EVE)}" in said, said
    _tries_everything(studio, EVE)
    said = studio.run(EVE, BIN / "renderd", "--once")
    assert said.returncode == 1 and str(studio.dir) in said.stderr and "Traceback" not in said.stderr
    assert studio.whole() == before


def test_a_closed_spool_tells_a_stranger_whom_to_ask(studio: Studio) -> None:
    studio.dir.chmod(0o2770)
    studio.init("--group", str(GROUP))
    assert f"usermod -aG {GROUP} {name(EVE)}" in studio.refused(EVE, "jobs")


# -- members can add jobs only


def _tries_everything(studio: Studio, uid: int, *, but: str = "") -> None:
    """Whatever does damage, on every path of the spool and the spool itself. `but`: a folder in which he may write."""
    paths = [str(p) for p in (studio.dir, *studio.dir.rglob("*"))]
    open_folder = f"{studio.dir}/{but}" if but else ""
    tries = [(act, path) for path in paths for act in DAMAGE if not (path == open_folder and act in INSIDE)]
    done = studio.be(uid, lambda: sum([_succeeds(act, path) for act, path in tries]))
    assert done == (0, "", ""), done


def _succeeds(act: Callable[[str], object], path: str) -> bool:
    with open("evil", "w") as mine:
        mine.write("evil")
    try:
        act(path)
    except OSError:
        return False
    print(f"user {os.getuid()} could do number {DAMAGE.index(act)} of DAMAGE to {path}")
    return True


# In somebody's own home: `evil` is a file of his own.
INSIDE: tuple[Callable[[str], object], ...] = (
    lambda path: os.mkdir(f"{path}/x"), lambda path: os.symlink("/etc/passwd", f"{path}/x"),
    lambda path: os.rename("evil", f"{path}/x"), lambda path: open(f"{path}/x", "w").close())
DAMAGE: tuple[Callable[[str], object], ...] = (
    *INSIDE, os.unlink, os.rmdir, lambda path: os.rename(path, "taken"),  # type: ignore[assignment]
    lambda path: os.rename(path, f"{path}.x"), lambda path: os.rename("evil", path),
    lambda path: os.link(path, "hard"), lambda path: os.chmod(path, 0o777), lambda path: os.utime(path, (1, 1)),
    lambda path: os.chown(path, os.getuid(), -1), lambda path: open(path, "a").close(),
    lambda path: os.truncate(path, 0))


def test_a_member_s_job_is_admitted_rendered_and_nobody_else_s(studio: Studio) -> None:
    studio.init("--group", str(GROUP), "--inbox")
    job = studio.add(ANN, "ann")
    sent = studio.dir / "inbox" / f"{job}.json"
    assert (sent.stat().st_uid, os.listdir(studio.dir / "jobs")) == (ANN, [])
    assert [(one["job"], one["state"], one["owner"]) for one in json.loads(studio.render(BOB, "jobs", "--json"))] == [
        (job, "inbox", name(ANN))]
    assert "waits to be admitted" in studio.refused(ANN, "show", "ann")
    before = studio.whole()
    _tries_everything(studio, BOB, but="inbox")
    assert studio.whole() == before
    waiting = subprocess.Popen(studio.as_user(ANN, BIN / "render", "wait", job), stderr=subprocess.DEVNULL)
    studio.daemon(ADMIN)
    assert waiting.wait(60) == 0, studio.show()
    assert [(p.name, p.read_text()) for p in sorted(studio.out.glob("*.txt"))] == [("ann_0001.txt", "1\n"),
                                                                                   ("ann_0002.txt", "2\n")]
    assert os.listdir(studio.dir / "inbox") == ["README.txt"]
    (one,) = json.loads(studio.render(BOB, "jobs", "--json"))
    assert (one["owner"], one["state"]) == (name(ANN), "done")
    assert not check.check(studio.spool).problems, studio.show()


def test_nobody_alters_a_job_after_its_admission_not_even_who_sent_it(studio: Studio) -> None:
    studio.init("--group", str(GROUP), "--inbox")
    studio.daemon(ADMIN)
    job = studio.add(ANN, "ann", "--hold")
    studio.until_state(job, "held")
    studio.close()
    before = studio.whole()
    assert {uid for uid, _, _ in before.values()} == {ADMIN}
    for uid in (ANN, BOB, EVE):
        _tries_everything(studio, uid, but="inbox")
        for words in (["release", job], ["cancel", job], ["priority", job, 90], ["redo", job, "--frames", 1]):
            said = studio.refused(uid, *words)
            assert f"only {name(ADMIN)} may change jobs" in said and f"sudo -u {name(ADMIN)}" in said
    assert studio.whole() == before
    studio.render(ADMIN, "cancel", job)


def test_an_owner_cannot_be_forged_and_what_is_broken_comes_back(studio: Studio) -> None:
    studio.init("--group", str(GROUP), "--inbox")
    honest = studio.add(ANN, "ann", "--hold")
    inbox = studio.dir / "inbox"
    forged, broken = (honest[:-4] + tail for tail in ("bob1", "bob2"))
    said = json.loads((inbox / f"{honest}.json").read_text())
    text = json.dumps(said | {"job": forged, "submitter": ANN, "owner": name(ANN)})
    for called, said in ((forged, text), (broken, "nonsense")):
        assert studio.run(BOB, "sh", "-c", f"echo {shlex.quote(said)} > {inbox}/{called}.json").returncode == 0
    assert studio.run(BOB, "sh", "-c", f"echo no > {inbox}/{honest}.json.txt").returncode == 0
    studio.daemon(ADMIN)
    studio.until_state(honest, "held")
    studio.until_state(forged, "held")
    studio.until(lambda: (inbox / f"{broken}.json.txt").exists())
    owners = {one["job"]: (one["owner"], one["state"]) for one in json.loads(studio.render(ANN, "jobs", "--json"))}
    assert owners == {honest: (name(ANN), "held"), forged: (name(BOB), "held"), broken: (name(BOB), "sent back")}
    assert "is not JSON" in studio.run(BOB, "cat", inbox / f"{broken}.json.txt").stdout
    assert "was not admitted" in studio.refused(BOB, "show", broken)
    assert studio.run(BOB, "rm", inbox / f"{broken}.json").returncode == 0
    studio.until(lambda: os.listdir(inbox) == ["README.txt"])


def test_who_is_no_member_cannot_even_add(studio: Studio) -> None:
    studio.init("--group", str(GROUP), "--inbox")
    before = studio.whole()
    said = studio.refused(EVE, "add", "--frames", "1", "--", "sh", "-c", "true")
    assert f"{studio.dir}/inbox" in said and f"usermod -aG {GROUP} {name(EVE)}" in said
    assert studio.whole() == before


def test_root_does_not_render_what_members_put_into_an_inbox(studio: Studio) -> None:
    os.chown(studio.dir, 0, GROUP)
    opening.init(str(studio.dir), str(GROUP), by_inbox=True)
    said = studio.run(0, BIN / "renderd", "--once")
    assert said.returncode == 1 and "Others than root may put jobs into" in said.stderr, said


# -- the drop-box

@pytest.mark.parametrize(("flags", "daemon"), [((), DAEMON), (("--inbox",), ADMIN)])
def test_what_a_member_drops_is_his_job_and_what_is_no_job_has_an_answer_that_he_can_read(
        studio: Studio, flags: tuple[str, ...], daemon: int) -> None:
    studio.init("--group", str(GROUP), *flags)
    box, data = studio.dir / "inbox", (BLENDS / "one_20.blend").read_bytes()

    def drop() -> int:
        (box / "shot.blend").write_bytes(data)
        (box / "notes.odt").write_text("no blend")
        return 0

    assert studio.be(ANN, drop)[0] == 0
    studio.daemon(daemon)
    studio.until(lambda: len(queue.entries(studio.spool)) == 1 and (box / "notes.odt.txt").exists())
    (one,) = json.loads(studio.render(BOB, "jobs", "--json"))
    assert one["owner"] == name(ANN), studio.show()
    taken = box / one["job"] / "shot.blend"
    studio.until(lambda: not any(path.name.startswith(".taking~") for path in box.iterdir()))
    assert (taken.read_bytes(), taken.stat().st_uid) == (data, ANN)
    assert "no .blend" in studio.be(ANN, lambda: print((box / "notes.odt.txt").read_text()) or 0)[1]  # type: ignore[func-returns-value]
    assert studio.be(ANN, lambda: (box / "notes.odt").unlink() or 0)[0] == 0    # type: ignore[func-returns-value]
    studio.until(lambda: not (box / "notes.odt.txt").exists())
    assert not check.check(studio.spool).problems, studio.show()
