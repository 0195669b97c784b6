"""The settings: who wins, what is refused, and what a person reads then."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from renderd import settings_pages
from renderd.errors import SettingsError
from renderd.settings import (
    TABLE,
    Settings,
    as_json,
    handed_on,
    show,
    threads_per_slot,
    with_folders,
)
from renderd.sources import load

REPO = Path(__file__).parents[2]
Loader = Callable[..., Settings]


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    folder = tmp_path / "etc"
    folder.mkdir()
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    (folder / ".config/renderd").mkdir(parents=True)
    return folder


@pytest.fixture
def loaded(etc: Path, home: Path) -> Loader:
    def run(environ: dict[str, str] | None = None, **flags: object) -> Settings:
        return load(environ or {}, flags, etc_dir=etc, home=home, host="WS07.school.example")

    return run


@pytest.fixture
def problem(etc: Path, loaded: Loader) -> Callable[[str | bytes], str]:
    """What is wrong with a settings file, after its path."""

    def run(text: str | bytes) -> str:
        path = etc / "a.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(SettingsError) as error:
            loaded()
        return error.value.message.removeprefix(f"{path}:")

    return run


def test_without_any_source_everything_is_default(loaded: Loader) -> None:
    settings = loaded()
    assert (settings.spool, settings.host, settings.slots) == (None, "ws07", 1)
    assert set(settings.origins.values()) == {"default"} and set(settings.origins) == set(TABLE)


def test_the_later_source_wins(etc: Path, home: Path, loaded: Loader) -> None:
    (etc / "10-room.yaml").write_text("slots: 2\npoll: 2\nthreads: 2\nlinger: 2\nstop_grace: 2\n")
    (etc / "20-desk.yaml").write_text("poll: 3\nthreads: 3\nlinger: 3\nstop_grace: 3\n")
    (home / ".config/renderd/my.yaml").write_text("threads: 4\nlinger: 4\nstop_grace: 4\n")
    s = loaded({"RENDERD_LINGER": "5", "RENDERD_STOP_GRACE": "5"}, stop_grace=6.5)
    assert (s.slots, s.poll, s.threads, s.linger, s.stop_grace) == (2, 3.0, 4, 5.0, 6.5)


def test_named_paths_come_from_files_and_from_the_environment(etc: Path, loaded: Loader) -> None:
    (etc / "a.yaml").write_text("paths: {projects: '/mnt/our projects/', lib: ~/lib}\ngroups: [night, gpu]\n")
    assert loaded().paths == {"projects": "/mnt/our projects", "lib": f"{etc.parent}/home/lib"}
    said = loaded({"RENDERD_PATHS": "projects=/a b, lib=/c", "RENDERD_GROUPS": "day"})
    assert (said.paths, said.groups) == ({"projects": "/a b", "lib": "/c"}, ("day",))
    assert "paths: {lib: /c, projects: /a b}" in show(said) and as_json(said)["paths"]["value"]["lib"] == "/c"


def test_settings_may_name_programs_by_named_paths(loaded: Loader) -> None:
    said = with_folders(loaded({"RENDERD_PROGRAMS": "sh,lib::bin/x", "RENDERD_BLENDER": "lib::b*/blender"}),
                        {"lib": "/mnt/l"})
    assert (said.programs, said.blender) == (("sh", "lib::bin/x", "/mnt/l/bin/x"), ("/mnt/l/b*/blender",))


def test_files_are_read_in_the_order_of_their_names(etc: Path, loaded: Loader) -> None:
    for number in reversed(range(10, 40)):
        (etc / f"{number}.yaml").write_text(f"slots: {number}")
    assert loaded().slots == 39


def test_every_value_knows_its_origin(etc: Path, loaded: Loader) -> None:
    (etc / "10-room.yaml").write_text("# the room\n\nslots: 2\n")
    origins = loaded({"RENDERD_POLL": "5"}, stop_grace=6).origins
    assert origins["slots"] == f"{etc}/10-room.yaml:3"
    assert origins["poll"] == "environment RENDERD_POLL"
    assert origins["stop_grace"] == "flag --stop-grace"


def test_xdg_config_home_moves_the_users_settings(tmp_path: Path, loaded: Loader) -> None:
    (tmp_path / "xdg/renderd").mkdir(parents=True)
    (tmp_path / "xdg/renderd/a.yaml").write_text("slots: 9")
    assert loaded({"XDG_CONFIG_HOME": str(tmp_path / "xdg")}).slots == 9


def test_the_home_folder_comes_from_the_environment(home: Path, etc: Path) -> None:
    (home / ".config/renderd/a.yaml").write_text("spool: ~/farm")
    assert load({"HOME": str(home)}, etc_dir=etc).spool == home / "farm"


@pytest.mark.parametrize("text", ["", "\n", "# nothing yet\n", "---\n", "\ufeff# with a mark\n"])
def test_an_empty_file_says_nothing(etc: Path, loaded: Loader, text: str) -> None:
    (etc / "a.yaml").write_text(text)
    assert loaded().slots == 1


def test_only_yaml_files_are_read(etc: Path, loaded: Loader) -> None:
    (etc / "README").write_text("slots: 2")
    (etc / ".a.yaml").write_text("slots: 2")
    (etc / "a.yaml~").write_text("slots: 2")
    assert loaded().slots == 1


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ("spool: /mnt/spool", Path("/mnt/spool")),
        ("host: lab-3", "lab-3"),
        ('host: "22"', "22"),
        ("threads: 0", 0),
        ("programs: [blender, /usr/bin/bat]", ("blender", "/usr/bin/bat")),
        ("programs: []", ()),
        ("environment:\n  - LC_*\n  - OCIO", ("LC_*", "OCIO")),
        ("poll: 0.5", 0.5),
        ("allow_root: yes", True),
        ("allow_scripts: off", False),
        ("log_limit: 5 MB", 5_000_000),
        ("log_limit: 4096", 4096),
        ("log_level: debug", "debug"),
    ],
)
def test_a_good_line_gives_its_value(etc: Path, loaded: Loader, line: str, value: object) -> None:
    (etc / "a.yaml").write_text(line)
    assert getattr(loaded(), line.partition(":")[0]) == value


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\nslot: 2", "2: there is no setting slot; did you mean slots?"),
        ("log-limit: 2", "1: there is no setting log-limit; did you mean log_limit?"),
        ("slots: two", '1: slots must be a whole number, 1 or more, or auto, not "two".'),
        ("slots: 0", '1: slots must be a whole number, 1 or more, or auto, not "0".'),
        ("threads: '2'", "1: threads must be a whole number, 0 or more; leave out the quotes."),
        ("slots: 2.0", "1: slots must be a whole number, 1 or more, or auto; YAML takes 2.0 for the number 2.0."),
        ("slots: 010", '1: slots must be a whole number, 1 or more, or auto, not "010".'),
        ("slots: [2]", "1: slots must be a whole number, 1 or more, or auto; write one value, not a list."),
        ("slots: {a: 2}", "1: slots must be a whole number, 1 or more, or auto; write one value, not a list."),
        ("slots:", "1: slots has no value; write one, or delete the line."),
        ("poll: 1:30", '1: poll must be a number of seconds, 0.1 or more, not "1:30".'),
        ("poll: .inf", '1: poll must be a number of seconds, 0.1 or more, not ".inf".'),
        ("allow_root: maybe", '1: allow_root must be true or false, not "maybe".'),
        ("allow_root: 1", "1: allow_root must be true or false; YAML takes 1 for the number 1."),
        ("host: no", 'YAML takes no for the switch false, not for a text; write it in quotes: "no".'),
        ("host: on", 'YAML takes on for the switch true, not for a text; write it in quotes: "on".'),
        ("host: 22:00", "YAML takes 22:00 for the number 1320, not for a text"),
        ("host: 2026-11-20", "YAML takes 2026-11-20 for a timestamp, not for a text"),
        ("programs: [on]", "1: programs: YAML takes on for the switch true, not for a text"),
        ("programs: blender", "1: programs must be a list of program names or absolute paths; write"),
        ("programs: [bin/blender]", 'not "bin/blender"'),
        ("programs: [[a]]", "1: programs must be a list"),
        ("host: a.b", '1: host must be a name of a-z, 0-9 and -, 32 characters at most, not "a.b".'),
        ("groups: night", "1: groups must be a list of names"),
        ("tags: [a b]", 'not "a b"'),
        ("paths: /mnt/p", "1: paths must be names with absolute paths, {projects: /mnt/projects}; write paths: {name:"),
        ("paths: {p: mnt}", 'not "p=mnt"'),
        ("paths:\n  p:\n  - /mnt", "p in line 2 has no single value"),
        ("spool: farm", '1: spool must be an absolute path, not "farm".'),
        ("log_level: loud", '1: log_level must be one of debug, info, warning, error, not "loud".'),
        (
            "log_limit: 5 MiB",
            '1: log_limit must be a number of bytes, or one with kB, MB or GB, not "5 MiB".',
        ),
        ("environment: [A=1]", 'not "A=1"'),
        ("slots: 2\n\nslots: 3", "3: slots stands in line 1 already; delete one."),
        ("host:\n\ta", "2: a tab stands here; YAML wants spaces."),
        ("slots: 2\n- a", "2: this is not YAML"),
        ("slots: {", "1: this is not YAML"),
        ("slots: 1\n---\nslots: 2", "2: this is not YAML"),
        ("host: a\x07", "1: it holds control characters; delete them."),
        ("- slots", "1: settings are lines like slots: 2; this is something else."),
        ("slots=2", "1: settings are lines like slots: 2; this is something else."),
        (b"slots: 2\nhost: \xff", "1: line 2 is not UTF-8; save the file as UTF-8."),
        ("[" * 1500, "1: brackets stand in brackets without end"),
        ("# " + "x" * 70_000, "1: this file has more than 65536 bytes"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(problem: Callable[[Any], str], text: Any, said: str) -> None:
    assert said in problem(text)


def test_all_problems_are_told_at_once(etc: Path, home: Path, loaded: Loader) -> None:
    (etc / "a.yaml").write_text("slot: 1\nslots: x\nslots: 3\n")
    (etc / "b.yaml").write_text("\tpoll: 3\n")
    (home / ".config/renderd/c.yaml").write_text("host: no")
    with pytest.raises(SettingsError) as error:
        loaded({"RENDERD_POLL": "often"}, threads="-1")
    assert len(error.value.problems) == 7
    assert error.value.problems[-2].startswith("environment RENDERD_POLL: poll must be a number of seconds")
    assert error.value.problems[-1].startswith("flag --threads: threads must be a whole number, 0 or more")


def test_a_settings_file_that_everyone_may_write_is_refused(etc: Path, loaded: Loader) -> None:
    (etc / "a.yaml").write_text("slots: 2")
    (etc / "a.yaml").chmod(0o666)
    with pytest.raises(SettingsError, match="everyone may write this file"):
        loaded()


def test_a_settings_folder_that_everyone_may_write_is_refused(etc: Path, loaded: Loader) -> None:
    etc.chmod(0o777)
    with pytest.raises(SettingsError, match="everyone may write this folder"):
        loaded()


def test_a_file_that_cannot_be_read_is_a_problem(etc: Path, loaded: Loader) -> None:
    (etc / "a.yaml").symlink_to(etc / "gone")
    (etc / "b.yaml").mkdir()
    with pytest.raises(SettingsError) as error:
        loaded()
    assert [p.partition(":1: ")[2].split(" (")[0] for p in error.value.problems] == ["cannot be read"] * 2


def test_a_pipe_does_not_stop_the_start(etc: Path, loaded: Loader) -> None:
    os.mkfifo(etc / "a.yaml")
    with pytest.raises(SettingsError, match="this is not a file"):
        loaded()


def test_a_yml_file_is_not_passed_over_in_silence(etc: Path, loaded: Loader) -> None:
    (etc / "a.yml").write_text("slots: 2")
    with pytest.raises(SettingsError, match=r"a\.yml:1: only files that end in \.yaml are read; rename it\."):
        loaded()


def test_the_environment_gives_lists_with_commas(loaded: Loader) -> None:
    assert loaded({"RENDERD_PROGRAMS": "blender, bat"}).programs == ("blender", "bat")


def test_an_empty_variable_counts_as_not_set(loaded: Loader) -> None:
    assert loaded({"RENDERD_SLOTS": ""}).slots == 1


def test_a_variable_with_a_slip_is_refused_and_a_strangers_is_not(loaded: Loader) -> None:
    loaded({"RENDERD_WEATHER": "fine"})
    with pytest.raises(SettingsError, match="environment RENDERD_SLOT: there is no setting slot; did you mean"):
        loaded({"RENDERD_SLOT": "2"})


def test_flags_may_be_typed_or_text_or_missing(loaded: Loader) -> None:
    s = loaded(slots=3, threads="4", poll=None, programs=("a", "b"), environment=(), allow_root=True)
    assert (s.slots, s.threads, s.poll, s.programs, s.allow_root) == (3, 4, 2.0, ("a", "b"), True)
    assert s.environment == TABLE["environment"].default


def test_a_path_from_a_shell_counts_from_where_the_shell_is(
    loaded: Loader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert loaded(spool="farm").spool == tmp_path / "farm"


def test_what_show_prints_is_a_settings_file_that_gives_the_same(etc: Path, home: Path, loaded: Loader) -> None:
    first = loaded(spool="/mnt/with: colon # and more", host="no", poll=0.25, programs=("yes", "ffmpeg"))
    text = show(first)
    assert 'spool: "' in text or "spool: '" in text
    assert all(f"# {first.origins[name]}" in text for name in TABLE)
    assert yaml.safe_load(text)["host"] == "no"
    (etc / "a.yaml").write_text(text)
    second = loaded()
    assert {n: getattr(first, n) for n in TABLE} == {n: getattr(second, n) for n in TABLE}


def test_show_can_be_read_again_when_nothing_is_set(etc: Path, loaded: Loader) -> None:
    (etc / "a.yaml").write_text(show(loaded()))
    assert loaded().spool is None


def test_the_json_form_has_value_and_origin(loaded: Loader) -> None:
    shown = json.loads(json.dumps(as_json(loaded(spool="/mnt/spool"))))
    assert shown["spool"] == {"value": "/mnt/spool", "origin": "flag --spool"}
    assert shown["programs"]["value"] == ["blender", "ffmpeg"]


@pytest.mark.parametrize(
    ("slots", "threads", "cores", "each"), [(1, 0, 8, 8), (3, 0, 8, 2), (9, 0, 8, 1), (2, 3, 8, 3)]
)
def test_the_cores_are_divided_by_the_slots(loaded: Loader, slots: int, threads: int, cores: int, each: int) -> None:
    assert threads_per_slot(loaded(threads=threads), cores, slots) == each


def test_renders_get_the_listed_variables_alone(loaded: Loader) -> None:
    environ = {"PATH": "/bin", "SECRET": "x", "BLENDER_USER_SCRIPTS": "/s", "BLENDER": "y", "OCIO_X": "z"}
    assert handed_on(loaded(), environ) == {"PATH": "/bin", "BLENDER_USER_SCRIPTS": "/s"}


def test_the_example_file_fits_the_table() -> None:
    assert (REPO / "etc/renderd.yaml").read_text() == settings_pages.example(), (
        "run: python -m renderd.settings etc/renderd.yaml docs/CONFIG.md"
    )


def test_the_page_fits_the_table() -> None:
    assert (REPO / "docs/CONFIG.md").read_text() == settings_pages.page(), (
        "run: python -m renderd.settings etc/renderd.yaml docs/CONFIG.md"
    )


def test_the_example_file_is_good_with_every_setting_taken_in(etc: Path, loaded: Loader) -> None:
    lines = settings_pages.example().splitlines()
    (etc / "a.yaml").write_text("\n".join(line.lstrip("#") for line in lines if not line.startswith("# ")))
    assert all(origin != "default" for origin in loaded().origins.values())


@pytest.mark.parametrize("given", [{"RENDERD_SLOTS": "auto"}, {}])
def test_slots_may_be_auto(etc: Path, given: dict[str, str], loaded: Loader) -> None:
    (etc / "a.yaml").write_text("slots: auto\n")
    assert loaded(given).slots == "auto"
