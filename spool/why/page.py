"""docs/WHY-NOTHING-RENDERS.md, from the table of obstacles."""

from spool.obstacles import ABOUT, OBSTACLES

_HEAD = """\
# Why does nothing render?

    render why                  the whole farm in a few lines
    render why shot010          one job, and what each computer says to it
    render why ws07             one computer, and what it says to each open job
    render why shot010 --json   the same for programs

Each computer is asked with the very rule by which its renderd takes chunks (`spool/verdict.py`), on what it has
written into the spool of itself. What only a daemon can know (it is paused, somebody works there, a job's file cannot
be trusted by its user) it says in its `status.json`; how old that is, is counted in its heartbeats, so no clock
matters. The page of a job on the web says the same, in its reader's language.

Nothing is written and nothing is changed. A share that does not answer is told after some seconds, with exit status
75. Every other answer is exit status 0, whatever it says.

Codes never change their meaning. In capitals: what is filled in. A frame that failed has a reason of
[FAILURES.md](FAILURES.md); `render why` tells it with the frames and the computer.
"""
_TITLES = {"farm": "The whole farm", "job": "A job", "host": "A computer", "note": "Nothing is wrong"}
_TESTED = """
## Situations that are tested

Each of these is made with real daemons, and `render why` must name it (`tests/system/test_why*.py`; the codes are those
that the test asks for; what passes too quickly for them is played by hand in `tests/render_cli/test_why.py`):

"""


def page(situations: str = "") -> str:
    """`situations`: lines of a list."""
    return _HEAD + "".join(map(_table, ABOUT)) + (_TESTED + situations if situations else "")


def _table(about: str) -> str:
    rows = [f"| `{row.code}` | {_shown(row.sentence)} | {_shown(row.cure)} |\n"
            for row in OBSTACLES.values() if row.about == about]
    return f"\n## {_TITLES[about]}\n\n| code | what is said | cure |\n|---|---|---|\n" + "".join(rows)


def _shown(text: str) -> str:
    """With what is filled in as capitals."""
    return text.format_map(_Capitals()).replace("|", "\\|")


class _Capitals(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return name.upper()
