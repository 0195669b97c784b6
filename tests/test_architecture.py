"""The arrows between the packages; who changes the spool; that importing a module does nothing."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
OURS = ("spool", "assetfs", "renderd", "render_cli", "webview")

# Package -> what of ours it may import.
ARROWS = {
    "spool": (),
    "assetfs": (),
    "renderd": ("spool", "assetfs.blend", "assetfs.errors", "assetfs.yaml_lines"),  # what assetfs.blend raises
    "render_cli": ("spool", "assetfs"),
    "webview": ("spool", "assetfs"),
}

# Functions of these modules that change files. What only reads, or is about this process, is not here.
CHANGES = {
    "os": {"rename", "renames", "replace", "unlink", "remove", "removedirs", "link", "symlink", "mkdir", "makedirs",
           "rmdir", "chmod", "chown", "lchown", "truncate", "ftruncate", "write", "pwrite", "writev", "utime", "mkfifo",
           "mknod", "fsync", "setxattr", "sendfile", "copy_file_range"},
    "shutil": {"copy", "copy2", "copyfile", "copytree", "move", "rmtree", "copyfileobj", "chown", "copymode"},
    "tempfile": {"mkstemp", "mkdtemp", "NamedTemporaryFile", "TemporaryDirectory", "TemporaryFile"},
}
METHODS = {"write_text", "write_bytes", "touch", "unlink", "rmdir", "symlink_to", "hardlink_to", "rename"}
WRITING = {"O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND", "O_TRUNC"}


def modules(package: str) -> list[Path]:
    return sorted((REPO / package).rglob("*.py"))


def every_module() -> list[str]:
    paths = [path.relative_to(REPO).with_suffix("") for package in OURS for path in modules(package)]
    return [".".join(path.parts).removesuffix(".__init__") for path in paths if path.name != "__main__"]


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("package", OURS)
def test_a_package_imports_only_along_the_arrows(package: str) -> None:
    wrong = []
    for path in modules(package):
        for name in imported(ast.parse(path.read_text())):
            allowed = (package, *ARROWS[package])
            if name.split(".")[0] in OURS and not any(f"{name}.".startswith(f"{a}.") for a in allowed):
                wrong.append(f"{path.relative_to(REPO)} imports {name}")
    assert not wrong


def changing_calls(tree: ast.AST) -> Iterator[str]:
    """Calls of, and names imported from, what changes files."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in CHANGES:
            yield from (f"from {node.module} import {a.name}" for a in node.names if a.name in CHANGES[node.module])
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in CHANGES.get(node.value.id, ()) or (node.value.id == "os" and node.attr in WRITING):
                yield f"{node.value.id}.{node.attr}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "open":
            if _writes(node):
                yield f"open for writing in line {node.lineno}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_change(node.func):
            yield f".{node.func.attr}() in line {node.lineno}"


def _is_change(called: ast.Attribute) -> bool:
    ours = isinstance(called.value, ast.Name) and called.value.id == "atomic"
    return called.attr in METHODS and not ours


def _writes(call: ast.Call) -> bool:
    modes = call.args[1:2] + [k.value for k in call.keywords if k.arg == "mode"]
    return any(not isinstance(m, ast.Constant) or set(str(m.value)) & set("wax+") for m in modes)


def test_only_atomic_changes_the_spool() -> None:
    found = {path.name: sorted(changing_calls(ast.parse(path.read_text()))) for path in modules("spool")}
    assert {name: calls for name, calls in found.items() if calls and name != "atomic.py"} == {}


def test_only_writing_changes_the_film() -> None:
    found = {path.name: sorted(changing_calls(ast.parse(path.read_text()))) for path in modules("assetfs")}
    assert {name: calls for name, calls in found.items() if calls and name != "writing.py"} == {}


@pytest.mark.parametrize("code", ["os.rename(a, b)", "from os import unlink", "open(p, 'w')", "open(p, m)",
                                  "open(p, mode='r+b')", "shutil.rmtree(p)", "Path(p).write_text('')",
                                  "os.open(p, os.O_WRONLY)"])
def test_this_test_sees_what_changes_files(code: str) -> None:
    assert list(changing_calls(ast.parse(code)))


@pytest.mark.parametrize("code", ["open(p)", "open(p, 'rb')", "os.listdir(p)", "os.open(p, os.O_RDONLY)",
                                  "atomic.touch(p)", "text.replace('a', 'b')"])
def test_this_test_lets_readers_be(code: str) -> None:
    assert not list(changing_calls(ast.parse(code)))


IMPORT = """
import importlib, os, sys
import sysconfig
sys.dont_write_bytecode = True
wrong, now = [], ""

def heard(event, args):
    writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_ACCMODE | os.O_CREAT)
    if writes or event in ("socket.__new__", "subprocess.Popen", "os.system", "os.exec", "os.fork", "os.mkdir",
                           "os.remove", "os.rename", "os.posix_spawn", "signal.signal"):
        wrong.append(f"{now}: {event} {args[:2]}")

for name in sys.argv[2:]:               # what others do when they are imported is not ours to judge
    try:
        importlib.import_module(name)
    except ImportError:
        pass
sys.addaudithook(heard)
for now in sys.argv[1].split(","):
    importlib.import_module(now)
print("\\n".join(wrong))
"""
OTHERS = ("bottle", "click", "filelock", "inotify_simple", "psutil", "yaml", "zstandard", "subprocess", "socket",
          "ctypes", "asyncio", "logging", "multiprocessing", "json", "pwd", "uuid", "platform", "selectors")


def test_importing_any_module_does_nothing() -> None:
    ran = subprocess.run([sys.executable, "-c", IMPORT, ",".join(every_module()), *OTHERS], cwd=REPO, text=True,
                         capture_output=True, timeout=120, check=False)
    assert (ran.returncode, ran.stderr, ran.stdout.strip()) == (0, "", "")
