"""Read-only is a property: a user who may write nothing serves every page, and nothing was written."""

import hashlib
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from spool import opening
from tests.webview import films
from webview.app import PAGES

REPO = Path(__file__).parents[2]
NOBODY = 65534

# Runs as nobody. Everything that python does to a file is heard; what is not in the cache and no device is told.
LOOK = """
import json, os, sys
cache = sys.argv[3]
wrong = []
CHANGES = ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod",
           "os.chown", "os.utime", "os.setxattr", "fcntl.flock", "fcntl.lockf", "shutil.rmtree", "shutil.move",
           "tempfile.mkstemp")
WRITES = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC | os.O_APPEND
LOCKS = (5, 6, 7, 36, 37, 38)       # F_GETLK to F_SETLKW, and of open files
ours = False

def heard(event, args):
    if not ours:
        return
    if event == "open" and isinstance(args[2], int) and args[2] & WRITES:
        what = os.fsdecode(args[0]) if not isinstance(args[0], int) else ""
        if what and not what.startswith((cache, "/dev/")):
            wrong.append([event, what])
    elif event in CHANGES and not str(args[0]).startswith(cache):
        wrong.append([event, str(args[0])])
    elif event == "fcntl.fcntl" and args[1] in LOCKS:
        wrong.append([event, str(args)])

sys.addaudithook(heard)
sys.dont_write_bytecode = True
from tests.webview.browsing import Browser
from webview.app import Web
from webview.starting import site

def look():
    named = {"RENDERD_PROJECTS": sys.argv[1], "RENDERD_SPOOL": sys.argv[2], "CACHE_DIRECTORY": cache}
    browser = Browser(Web(site(named)))
    return {address: browser.get(address, HTTP_ACCEPT_ENCODING=packed).status
            for packed in ("", "gzip", "") for address in json.loads(sys.argv[4])}

look()          # python itself may lie where nobody may read; now all of it is loaded
if os.geteuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
ours = True
seen = look()
ours = False
print(json.dumps({"seen": seen, "wrong": wrong, "uid": os.geteuid()}))
"""


def everything(*roots: Path) -> dict[str, object]:
    """Names, rights, times and contents. Not when something was read last."""
    def facts(path: Path) -> object:
        info = path.lstat()
        data = hashlib.sha256(path.read_bytes()).hexdigest() if stat.S_ISREG(info.st_mode) else ""
        return info.st_mode, info.st_uid, info.st_ino, info.st_nlink, info.st_mtime_ns, info.st_ctime_ns, data
    return {str(path): facts(path) for root in roots for path in (root, *sorted(root.rglob("*")))}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
def test_nobody_serves_every_page_and_changes_nothing(projects: Path) -> None:
    films.add(projects / "film", "shots/old/s01-20261120-101530.blend")
    (projects / "people").mkdir()
    (projects / "people/ana.jpg").write_bytes(b"\xff\xd8\xff")
    (projects / "film/shots/broken.blend.json").write_text("{")
    spool = projects / "spool"
    opening.init(str(spool))
    pages = [page.rule.replace("<project>", "film").replace("<rest:path>", "shots/s01.blend").replace("<rest>", "x")
             for page in PAGES]
    addresses = [*pages, *(f"{page}?as=ana" for page in pages), "/photo/person/ana", "/static/x/style.css", "/healthz",
                 "/metrics"]
    cache = projects / "cache"
    cache.mkdir()
    os.chown(cache, NOBODY, NOBODY)
    before = everything(projects / "film", projects / "people", projects / "people.yaml", spool)
    ran = subprocess.run([sys.executable, "-c", LOOK, str(projects), str(spool), str(cache), json.dumps(addresses)],
                         cwd=REPO, capture_output=True, text=True, timeout=100, check=False)
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout.splitlines()[-1])
    assert told["uid"] == NOBODY
    assert told["wrong"] == []
    failed = {a: s for a, s in told["seen"].items() if s != 200 and not a.startswith("/job/")}
    assert failed == {}
    assert everything(projects / "film", projects / "people", projects / "people.yaml", spool) == before
    assert not list((projects / "film").rglob("*.lock"))


@pytest.mark.parametrize("does", ["open('{}/x', 'w')", "os.mkdir('{}/x')", "os.rename('{}/a', '{}/b')",
                                  "os.utime('{}')", "__import__('fcntl').lockf(0, 2)"])
def test_this_test_hears_what_changes_files(tmp_path: Path, does: str) -> None:
    code = LOOK[:LOOK.index("sys.dont_write")] + f"""
ours = True
try:
    {does.replace("{}", str(tmp_path))}
except OSError:
    pass
print(len(wrong))
"""
    ran = subprocess.run([sys.executable, "-c", code, "", "", "/nowhere", ""], capture_output=True, text=True,
                         check=True, timeout=60)
    assert ran.stdout.strip() == "1"
