"""Messages: read once, whole, from those who may write; all else is removed and told."""

import json
import os
from pathlib import Path

import pytest

from spool import atomic, messages
from spool.errors import NoHost
from spool.layout import Spool
from spool.messages import Message, Refused

GOOD = "20261120-101530-000123-9f2c41aa.json"


@pytest.fixture
def inbox(spool: Spool) -> Path:
    messages.open_inbox(spool, "ws07")
    return Path(spool.inbox("ws07"))


def test_a_message_arrives_once(spool: Spool, inbox: Path) -> None:
    name = messages.send(spool, "ws07", "doctor", step="facts")
    assert list(messages.receive(spool, "ws07")) == [
        Message(name, "doctor", {"kind": "doctor", "step": "facts"}, os.geteuid())]
    assert list(messages.receive(spool, "ws07")) == []
    assert list(inbox.iterdir()) == []


def test_messages_come_in_the_order_in_which_they_were_sent(spool: Spool, inbox: Path) -> None:
    sent = [messages.send(spool, "ws07", "doctor", n=n) for n in range(5)]
    assert [found.name for found in messages.receive(spool, "ws07")] == sent


def test_a_message_is_gone_before_it_is_acted_on(spool: Spool, inbox: Path) -> None:
    messages.send(spool, "ws07", "doctor")
    for _ in messages.receive(spool, "ws07"):
        assert list(inbox.iterdir()) == []


def test_a_host_without_an_inbox_takes_no_messages(spool: Spool) -> None:
    with pytest.raises(NoHost, match="ws08 takes no messages"):
        messages.send(spool, "ws08", "doctor")
    assert list(messages.receive(spool, "ws08")) == []


def test_a_message_can_be_taken_back_until_it_is_read(spool: Spool, inbox: Path) -> None:
    name = messages.send(spool, "ws07", "doctor")
    assert messages.take_back(spool, "ws07", name)
    assert not messages.take_back(spool, "ws07", name)
    assert list(messages.receive(spool, "ws07")) == []


def put(path: Path, kind: str) -> None:
    good = json.dumps({"kind": "doctor"})
    match kind:
        case "no JSON":
            path.write_text("{")
        case "no kind":
            path.write_text('{"kind": 7}')
        case "too large":
            path.write_text(json.dumps({"kind": "doctor", "more": "x" * messages.LIMIT}))
        case "writable by all":
            path.write_text(good)
            path.chmod(0o666)
        case "a link":
            (path.parent.parent / "elsewhere").write_text(good)
            path.symlink_to(path.parent.parent / "elsewhere")
        case "a hard link":
            (path.parent.parent / "elsewhere").write_text(good)
            os.link(path.parent.parent / "elsewhere", path)
        case "a pipe":
            os.mkfifo(path)


@pytest.mark.parametrize("kind", ["no JSON", "no kind", "too large", "writable by all", "a link", "a hard link",
                                  "a pipe"])
def test_what_is_no_message_is_refused_and_removed(spool: Spool, inbox: Path, kind: str) -> None:
    put(inbox / GOOD, kind)
    [found] = messages.receive(spool, "ws07")
    assert isinstance(found, Refused) and found.removed and found.name == GOOD
    assert list(inbox.iterdir()) == []


@pytest.mark.parametrize("name", ["hello", "20261120-101530-000123-9f2c41aa.txt", "a\nb.json"])
def test_a_name_that_is_none_is_refused_and_removed(spool: Spool, inbox: Path, name: str) -> None:
    (inbox / name).write_text('{"kind": "doctor"}')
    [found] = messages.receive(spool, "ws07")
    assert isinstance(found, Refused) and found.removed
    assert list(inbox.iterdir()) == []


def test_folders_in_the_inbox_stay_and_stop_nobody(spool: Spool, inbox: Path) -> None:
    for number in range(messages.AT_ONCE):
        (inbox / f"{number:02}").mkdir()
    sent = messages.send(spool, "ws07", "doctor")
    first, second, *_ = messages.receive(spool, "ws07")
    assert first.name == sent
    assert isinstance(second, Refused) and not second.removed


def test_a_message_that_is_being_written_is_not_there(spool: Spool, inbox: Path) -> None:
    (inbox / f".{GOOD}.00000000.tmp").write_text("{")
    assert list(messages.receive(spool, "ws07")) == []
    assert atomic.names(str(inbox)) == []


def test_a_look_takes_a_bounded_number(spool: Spool, inbox: Path) -> None:
    for n in range(messages.AT_ONCE + 5):
        (inbox / f"{n:03}").write_text("")
    assert len(list(messages.receive(spool, "ws07"))) == messages.AT_ONCE
    assert len(list(messages.receive(spool, "ws07"))) == 5
