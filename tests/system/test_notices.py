"""Three daemons, and a mail server: people are told once, and nothing waits for the mail."""

import json
import os
import pwd
from collections.abc import Iterator
from pathlib import Path

import pytest

from spool import journal, notices, opening
from tests.system.farm import BLENDS, FAKE_BLENDER, Farm
from tests.system.post_office import free_port, post_office, silent_office, text_of

ONE = BLENDS / "one_20.blend"
ME = pwd.getpwuid(os.geteuid()).pw_name
BAD = {"FAKE_BLENDER": "liar", "FAKE_FRAMES": "2", "FAKE_HOW": "none"}
MAIL = 'mail: {{smtp: "127.0.0.1:{port}", from: farm@film.example, to: "{{owner}}@film.example"}}\n'
HOOK = """#!/bin/sh
cat >"$FAKE_SAID.new"; echo "$RENDERD_NOTICE $RENDERD_NAME" >>"$FAKE_SAID.env"; mv "$FAKE_SAID.new" "$FAKE_SAID"
"""
SENDMAIL = """#!/bin/sh
[ -e "$FAKE_SAID.first" ] || { : >"$FAKE_SAID.first"; echo "come later" >&2; exit 75; }
{ echo "$@"; cat; } >>"$FAKE_SAID"
"""


@pytest.fixture(name="port")
def fixture_port() -> int:
    return free_port()


@pytest.fixture(name="fake")
def fixture_fake(farm: Farm, port: int) -> Farm:
    """A farm whose Blender is the fake one, and that mails to a server at this port."""
    farm.environ |= {"RENDERD_BLENDER": str(FAKE_BLENDER), "RENDERD_ENVIRONMENT": "PATH, HOME, FAKE_*"}
    set_farm(farm, MAIL.format(port=port))
    return farm


def set_farm(farm: Farm, more: str, tries: int = 1) -> None:
    (farm.spool_dir / "farm.yaml").write_text(f"format: 1\nbeat: {farm.beat}\ntries: {tries}\n{more}")
    farm.spool = opening.open_spool(str(farm.spool_dir))


def three(farm: Farm, **environ: str) -> None:
    for name in ("alpha", "beta", "gamma"):
        farm.host(name, **environ)


def told(farm: Farm, job: str) -> list[str]:
    return [e["event"] for e in journal.events(farm.spool, job) if e["event"] in ("told", "untold")]


def tellers(farm: Farm) -> Iterator[str]:
    """The hosts that tell something now."""
    return (one.owner.host for one in notices.listed(farm.spool) if one.owner)


def test_three_daemons_send_one_mail_for_each_job_with_reason_cure_and_picture(fake: Farm, port: int) -> None:
    with post_office(port) as box:
        bad = fake.add(ONE, "Shot", "1-3")
        fake.once(**BAD)
        assert fake.state(bad) == "failed"
        good = fake.add(ONE, "Shot", "11-13", chunk=1)
        quiet = fake.add(ONE, "Shot", "14", mail="no")
        other = fake.add(ONE, "Shot", "15", mail="mia@other.example")
        three(fake)
        fake.until(lambda: len(box.mails) == 3 and not notices.listed(fake.spool))
        mails = {str(letter["Subject"]).split()[1]: (to, letter) for to, letter in box.mails}
        to, letter = mails[bad[16:]]
        assert (to, letter["From"]) == ([f"{ME}@film.example"], "farm@film.example")
        assert "1 of 3 frames missing" in letter["Subject"]
        assert "ended without the picture of frame 2" in text_of(letter)
        assert "Look into the log of the chunk" in text_of(letter) and "render retry" in text_of(letter)
        to, letter = mails[good[16:]]
        assert "is done: 3 frames" in letter["Subject"]
        assert [part.get_content()[:3] for part in letter.iter_attachments()] == [b"\xff\xd8\xff"]
        assert mails[other[16:]][0] == ["mia@other.example"]
        assert (told(fake, bad), told(fake, good), told(fake, quiet)) == (["told"], ["told"], [])

        # A notice of what was told already, as a daemon that was late would leave it.
        notices.leave(fake.spool, fake.detail(good).view.job)
        fake.until(lambda: not notices.listed(fake.spool))
        assert len(box.mails) == 3

        notices.leave_host(fake.spool, "ws07", "ws07 failed chunks of three jobs; look at its disk.")
        fake.until(lambda: len(box.mails) == 4)
        assert box.mails[3][1]["Subject"] == "[farm] ws07 needs somebody" and "its disk" in text_of(box.mails[3][1])


def test_a_real_blender_and_a_digest_when_many_fail(fake: Farm, port: int) -> None:
    with post_office(port) as box:
        set_farm(fake, 'mail: {program: sendmail, from: farm@film.example, to: "{owner}@film.example"}\n')
        jobs = [fake.add(ONE, "Shot", "1-2") for _ in range(5)]
        # This host runs no sendmail, so others tell; and what goes wrong does not look as if the host was sick.
        fake.once(**BAD | {"FAKE_HOW": "scene"})
        assert [fake.state(job) for job in jobs] == ["failed"] * 5
        set_farm(fake, MAIL.format(port=port))
        real = fake.add(ONE, "Shot", "5-6", mail="real@film.example")
        three(fake, RENDERD_BLENDER="blender")
        fake.until(lambda: len(box.mails) == 2 and not notices.listed(fake.spool))
        assert sorted(box.subjects()) == ["[farm] 5 of 5 jobs failed", f"[farm] {real[16:]} is done: 2 frames"]
        digest = next(text_of(letter) for _, letter in box.mails if "5 jobs" in letter["Subject"])
        assert all(job[16:] in digest for job in jobs) and "picture of frame 2" in digest
        assert all(told(fake, job) == ["told"] for job in [*jobs, real])


def test_a_server_that_is_away_is_tried_again_and_one_that_hangs_holds_nothing_up(fake: Farm, port: int) -> None:
    set_farm(fake, MAIL.format(port=port) + "language: de\n")
    first = fake.add(ONE, "Shot", "1-2")
    three(fake)
    fake.until_state(first, "done")
    fake.until(lambda: any("refused" in str(notices.read(fake.spool, one)) for one in notices.listed(fake.spool)))
    with silent_office(port) as calls:
        fake.until(lambda: bool(calls))
        second = fake.add(ONE, "Shot", "3-4", chunk=1)      # while the server holds whoever tells
        fake.until_state(second, "done")
        first_teller = fake.found(lambda: next(tellers(fake), None))
        fake.kill(first_teller)             # with the notice in its hands: another one has to tell it
        last = fake.found(lambda: next((host for host in tellers(fake) if host != first_teller), None))
        assert fake.stop(last) == 0         # it does not wait for its mail server either
    with post_office(port) as box:
        fake.until(lambda: len(box.mails) >= 2 and not notices.listed(fake.spool))
        assert sorted(box.subjects()) == sorted(f"[farm] {job[16:]} ist fertig: 2 Bilder" for job in (first, second))


def test_a_job_that_the_farm_holds_and_a_sick_host_are_told(fake: Farm, port: int) -> None:
    with post_office(port) as box:
        job = fake.add(ONE, "Shot", "1-6", chunk=1)
        fake.host("alpha", FAKE_BLENDER="liar", FAKE_FRAMES="1 2 3 4 5 6", FAKE_HOW="none")
        fake.until_state(job, "held")
        fake.until(lambda: any(job[16:] in subject for subject in box.subjects()))
        held = next(letter for _, letter in box.mails if job[16:] in letter["Subject"])
        assert "was put on hold" in held["Subject"]
        assert "No frame of it succeeded" in text_of(held) and f"render release {job[16:]}" in text_of(held)
        others = [fake.add(ONE, "Shot", "1-2", chunk=2) for _ in range(3)]
        fake.until(lambda: any("alpha needs somebody" in subject for subject in box.subjects()))
        sick = next(letter for _, letter in box.mails if "needs somebody" in letter["Subject"])
        assert "render host resume alpha" in text_of(sick) and len(others) == 3


def test_the_only_host_with_sendmail_mails_through_it(fake: Farm) -> None:
    """A program that refuses the first mail gets it once more; one that is not in `programs` is not run."""
    programs, said = fake.root / "programs", fake.root / "said"
    programs.mkdir()
    (programs / "sendmail").write_text(SENDMAIL)
    (programs / "sendmail").chmod(0o755)
    set_farm(fake, 'mail: {program: sendmail, from: farm@film.example, to: "{owner}@film.example"}\n')
    path = {"PATH": f"{programs}:{fake.environ['PATH']}", "FAKE_SAID": str(said)}
    fake.host("alpha", **path)
    fake.host("beta", **path)
    job = fake.add(ONE, "Shot", "1-2")
    fake.until_state(job, "done")
    fake.host("gamma", RENDERD_PROGRAMS="blender, sendmail", **path)
    fake.until(lambda: told(fake, job) == ["told"] and not notices.listed(fake.spool))
    assert said.read_text().splitlines()[0] == f"-i -f farm@film.example -- {ME}@film.example"
    assert said.read_text().count("Subject: ") == 1 and f"{job[16:]} is done: 2 frames" in said.read_text()
    assert fake.events(job, "told")[0]["host"] == "gamma"


def test_the_hook_of_one_host_is_told_whoever_renders(fake: Farm) -> None:
    hook, said = fake.root / "tell", fake.root / "said"
    hook.write_text(HOOK)
    hook.chmod(0o755)
    set_farm(fake, "hook: true\n")
    job = fake.add(ONE, "Shot", "1-2")
    fake.host("alpha")
    fake.host("beta")
    fake.until_state(job, "done")
    fake.host("gamma", RENDERD_PROGRAMS=f"blender, {hook}", RENDERD_NOTICE_HOOK=str(hook), FAKE_SAID=str(said))
    fake.until(lambda: said.exists() and not notices.listed(fake.spool))
    facts = json.loads(said.read_text())
    assert (facts["notice"], facts["job"], facts["frames"], facts["owner"]) == ("done", job, 2, ME)
    assert Path(f"{said}.env").read_text() == "done one_20\n"
    assert [e["channel"] for e in fake.events(job, "told")] == ["hook"]


def test_a_hook_that_is_not_in_programs_is_refused(fake: Farm) -> None:
    assert "is not in programs" in fake.once(RENDERD_NOTICE_HOOK="/bin/true")
