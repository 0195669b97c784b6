"""What a mail says, whatever a job is called."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from string import Formatter
from types import SimpleNamespace
from typing import Any

from renderd import drop_words, letter, postman, telling
from renderd.letter_words import WORDS, Words
from spool.farm_settings import LANGUAGES

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
    made = letter.of_job(Words("en"), SimpleNamespace(view=view, chunks=(chunk,), per_frame={}, ready=lambda: {1}))  # type: ignore[arg-type]
    assert made.subject == "a-7f3a failed: 2 of 3 frames missing"
    assert all(line.isprintable() for line in made.text.splitlines())
    assert "Frames 2-3, last tried on ws01" in made.text


def test_a_mail_that_was_taken_is_sent_though_the_server_says_no_goodbye() -> None:
    with taking_office() as (port, taken):
        done = subprocess.run([sys.executable, "-I", "-S", POSTMAN], check=False, capture_output=True, timeout=60,
                              input=json.dumps(said(smtp=["127.0.0.1", port], text="Grüße")).encode())
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(taken) == 1 and taken[0].isascii()


@contextmanager
def taking_office() -> Iterator[tuple[int, list[bytes]]]:
    """A server that takes a mail, and falls silent for as long as it is called."""
    taken: list[bytes] = []

    def serve() -> None:
        call, _ = listening.accept()
        with call, call.makefile("rwb", buffering=0) as line:
            line.write(b"220 here\r\n")
            while (said := line.readline()) and said.upper()[:4] != b"QUIT":
                if said.upper()[:4] == b"DATA":
                    line.write(b"354 go on\r\n")
                    taken.append(b"".join(iter(line.readline, b".\r\n")))
                line.write(b"250 fine\r\n")
            line.write(b"421 no goodbye\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1], taken
        thread.join(timeout=60)


def found(name: str, warning: str = "", state: str = "done") -> Any:
    job = SimpleNamespace(job=f"20261120-101530-{name}-7f3a", output="/x/####.png", blend="/x/a.blend", scene="Shot",
                          owner="mia", name=name)
    view = SimpleNamespace(job=job, state=state, frames=3, done=3 if state == "done" else 1, failed=2, warning=warning)
    return SimpleNamespace(view=view, chunks=(), per_frame={}, ready=lambda: {1})


def test_a_letter_about_many_jobs_warns_of_mixed_sequences() -> None:
    made = letter.of_several(Words("en"), [found("a"), found("b", "Frames 1-2 come from another version.")])
    assert made.text.splitlines()[2:5] == ["a-7f3a: is done, 3 of 3 frames", "b-7f3a: is done, 3 of 3 frames",
                                           "    Look at the pictures: Frames 1-2 come from another version."]


def test_a_letter_speaks_the_language_of_the_farm() -> None:
    assert letter.of_job(Words("de"), found("a", state="failed")).subject == \
        "a-7f3a ist gescheitert: 2 von 3 Bilder fehlen"
    assert letter.of_host(Words("de"), "ws07", "x").subject == "ws07 braucht jemanden"


def test_no_name_breaks_the_environment_of_a_hook() -> None:
    assert os.fsencode(telling._word("a\n\ud800\0b")) == b"a???b"
    assert telling._word(["a", "b"]) == "a; b"


def test_every_language_has_every_word_with_the_same_places() -> None:
    def places(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    assert set(WORDS) == set(drop_words.WORDS) == set(LANGUAGES)
    for language in LANGUAGES:
        assert {key: places(text) for key, text in WORDS[language].items()} == \
            {key: places(text) for key, text in WORDS["en"].items()}
        assert {key: places("".join(texts)) for key, texts in drop_words.WORDS[language].items()} == \
            {key: places("".join(texts)) for key, texts in drop_words.WORDS["en"].items()}
