"""What a mail says, whatever a job is called."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from renderd import letter, postman

POSTMAN = Path(postman.__file__)
EVIL = "a\r\nBcc: all@film.example\r\n\r\n<script>"


def said(**more: Any) -> dict[str, Any]:
    return {"smtp": "", "program": ["/bin/false"], "from": "farm@film.example", "to": "mia@film.example",
            "subject": "s", "text": "t", "id": "<1@film.example>", "picture": ""} | more


def test_a_subject_ends_no_header() -> None:
    made = postman.written(said(subject=EVIL, id=EVIL))
    assert "Bcc" not in made.keys()  # noqa: SIM118  (a header's name, not its text)
    assert len(made.as_bytes().split(b"\r\n\r\n")[0].split(b"\r\nBcc")) == 1


def test_a_text_ends_no_mail(tmp_path: Path) -> None:
    out = tmp_path / "mail"
    program = tmp_path / "sendmail"
    program.write_text(f"#!/bin/sh\nprintf '%s ' \"$@\" >{out}; cat >>{out}\n")
    program.chmod(0o755)
    subprocess.run([sys.executable, "-I", "-S", POSTMAN], check=True, timeout=60,
                   input=json.dumps(said(text=f"{EVIL}\n.\nMAIL FROM:<x>\n", program=[str(program)])).encode())
    assert out.read_text().startswith("-i -f farm@film.example -- mia@film.example From: farm@film.example")


def test_a_program_that_fails_is_told() -> None:
    done = subprocess.run([sys.executable, "-I", "-S", POSTMAN], input=json.dumps(said()).encode(), check=False,
                          capture_output=True, timeout=60)
    assert done.returncode == 1 and b"/bin/false" in done.stderr


def test_a_letter_has_no_control_characters() -> None:
    job = SimpleNamespace(job="20261120-101530-a-7f3a", output="/x/\x1b[2J####.png", blend="", owner="mia", name=EVIL)
    view = SimpleNamespace(job=job, state="failed", frames=3, done=1, failed=2, warning=EVIL)
    chunk = SimpleNamespace(state="failed", reason=EVIL, frames="2-3", host="ws01")
    made = letter.of_job(SimpleNamespace(view=view, chunks=(chunk,), per_frame={}, ready=lambda: {1}))  # type: ignore[arg-type]
    assert made.subject == "a-7f3a failed: 2 of 3 frames missing"
    assert all(line.isprintable() for line in made.text.splitlines())
    assert "Frames 2-3, last tried on ws01" in made.text
