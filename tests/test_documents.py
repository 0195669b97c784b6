"""The documents say what the code does: generated parts fit, and what they name is there.

`python -m tests.test_documents` writes docs/LOGS.md, docs/DOCTOR.md, docs/WHY-NOTHING-RENDERS.md and the table of
reasons again."""

import ast
import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from render_cli.main import MODULES, render
from renderd import logs
from renderd.main import main as renderd
from spool.fitness import troubles
from spool.obstacles import OBSTACLES
from spool.reasons import REASONS
from spool.why import page as why_page

REPO = Path(__file__).resolve().parents[1]
WHY_SYSTEM = sorted((REPO / "tests/system").glob("test_why*.py"))
PAGES = [REPO / "README.md", REPO / "CHANGELOG.md", *sorted((REPO / "docs").glob("*.md"))]
FAILURES = REPO / "docs/FAILURES.md"
MADE_BY = "<!-- reasons: made by python -m tests.test_documents -->\n"
TABLE = re.compile(rf"(?<={MADE_BY}).*(?=<!-- end of reasons -->)", re.DOTALL)
FOLDERS = "assetfs|docs|etc|render_cli|renderd|spool|tests|webview"
OURS = re.compile(rf"(?<![\w/.~*@-])(?:{FOLDERS})/[\w./-]*\w\.(?:py|md|yaml|service|blend)\b")
each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def reasons() -> str:
    """The table of reasons; what is filled in stands in capitals."""
    def row(code: str) -> str:
        reason = REASONS[code]
        said = re.sub(r"\{(\w+)\}", lambda found: found[1].upper(), reason.sentence)
        return f"| `{code}` | {said} | {reason.cure} | {'yes' if reason.another_host else ''} |\n"
    return "| reason | what is said | cure | elsewhere |\n|---|---|---|---|\n" + "".join(map(row, REASONS))


def situations() -> str:
    """A line for each test of tests/system/test_why*.py: its name as a sentence, and the codes that it asks for."""
    lines = []
    for test in (part for path in WHY_SYSTEM for part in ast.parse(path.read_text()).body):
        if isinstance(test, ast.FunctionDef) and test.name.startswith("test_"):
            said = dict.fromkeys(part.value for part in ast.walk(test) if isinstance(part, ast.Constant)
                                 and isinstance(part.value, str) and part.value in {**OBSTACLES, **REASONS})
            told = test.name.removeprefix("test_").replace("_", " ")
            lines.append(f"- {told}: {', '.join(f'`{code}`' for code in said)}\n")
    return "".join(lines)


def code(page: Path) -> Iterator[str]:
    """Every line of code of a page: indented blocks, and what stands in backticks."""
    for line in page.read_text().splitlines():
        yield from [line] if line.startswith("    ") else re.findall(r"`([^`]+)`", line)


def commands(page: Path) -> Iterator[list[str]]:
    """The words of every command in a page, without what a shell does with it."""
    for line in code(page):
        for part in re.split(r"\|\|?|&&|;|(?:^|\s)#\s", line.strip().removeprefix("$ ")):
            try:
                words = shlex.split(part)
            except ValueError:              # a piece of output, no command
                continue
            if words:
                yield [words[0].rpartition("/")[2], *words[1:]]


def flags(command: click.Command) -> set[str]:
    return {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}


def is_there(words: list[str]) -> bool:
    """False for a command of ours that does not exist, or has no such option."""
    match words:
        case ["render", name, *rest] if re.fullmatch("[a-z]+", name):
            if name not in MODULES:
                return False
            command = render.get_command(click.Context(render), name)
            while isinstance(command, click.Group) and rest and re.fullmatch("[a-z]+", rest[0]):
                command, rest = command.get_command(click.Context(command), rest[0]), rest[1:]
            if command is None:
                return False
            known = flags(command)
        case ["renderd", *rest]:
            known = flags(renderd)
        case ["python", "-m", module, *_]:
            return importlib.util.find_spec(module) is not None
        case ["make", *targets]:
            made = (REPO / "Makefile").read_text()
            return all(f"$({target.partition('=')[0]})" in made if "=" in target else f"\n{target}:" in made
                       for target in targets)
        case _:
            return True
    ours = rest[:rest.index("--")] if "--" in rest else rest
    return {word.partition("=")[0] for word in ours if re.match("--?[a-z]", word)} <= known


def test_the_page_of_log_lines_is_what_the_code_says() -> None:
    assert (REPO / "docs/LOGS.md").read_text() == logs.page(), "Write it again: python -m renderd.logs docs/LOGS.md"


def test_the_page_of_the_doctor_is_what_the_code_says() -> None:
    assert (REPO / "docs/DOCTOR.md").read_text() == troubles.page(), "Write it again: python -m tests.test_documents"


def test_the_page_of_obstacles_is_what_the_code_says() -> None:
    said = (REPO / "docs/WHY-NOTHING-RENDERS.md").read_text()
    assert said == why_page.page(situations()), "Write it again: python -m tests.test_documents"


def test_the_table_of_reasons_is_what_the_code_says() -> None:
    assert TABLE.findall(FAILURES.read_text()) == [reasons()], "Write it again: python -m tests.test_documents"


def test_every_reason_that_is_named_is_one() -> None:
    named = re.findall(r"reason (`[a-z-]+`(?:(?:, | or )`[a-z-]+`)*)", FAILURES.read_text())
    assert {name for some in named for name in re.findall("[a-z-]+", some.replace(" or ", " "))} <= REASONS.keys()


@each_page
def test_every_file_that_is_named_is_there(page: Path) -> None:
    assert [name for name in OURS.findall(page.read_text()) if not (REPO / name).exists()] == []


@each_page
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@each_page
def test_every_command_that_is_named_is_there(page: Path) -> None:
    assert [words for words in commands(page) if not is_there(words)] == []


@each_page
def test_no_page_tells_where_it_was_written(page: Path) -> None:
    assert not re.search(r"/(work|root|tmp/\w*renderd)/", page.read_text())


def test_the_commands_of_the_readme_are_seen() -> None:
    """So that the tests above cannot pass because nothing was found."""
    seen = list(commands(REPO / "README.md"))
    assert ["render", "add", "~/film/shot.blend", "--frames", "1-12"] in seen
    assert not is_there(["render", "ad"])
    assert not is_there(["render", "add", "--fast"])
    assert is_there(["render", "asset", "set", "s010", "state=done", "-n"])
    assert not is_there(["render", "asset", "sett"])
    assert not is_there(["render", "asset", "set", "--fast"])
    assert not is_there(["renderd", "--fast"])
    assert not is_there(["python", "-m", "renderd.nothing"])


if __name__ == "__main__":
    (REPO / "docs/LOGS.md").write_text(logs.page())
    (REPO / "docs/DOCTOR.md").write_text(troubles.page())
    (REPO / "docs/WHY-NOTHING-RENDERS.md").write_text(why_page.page(situations()))
    FAILURES.write_text(TABLE.sub(lambda _: reasons(), FAILURES.read_text()))
