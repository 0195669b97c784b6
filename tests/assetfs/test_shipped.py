"""A new project from a configuration that comes with the program, or from one's own."""

import configparser
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from assetfs import project, shipped
from assetfs.errors import AssetError, BadPath, BadProject, Exists, NoProject

REPO = Path(__file__).resolve().parents[2]
ETC = REPO / "etc" / "projects"


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def new(folder: Path, configuration: str = "cycles", title: str = "The Onion") -> project.Project:
    shipped.make(shipped.plan(folder, configuration, title))
    return project.read(folder)


@pytest.mark.parametrize("configuration", ["cycles", "eevee"])
def test_a_new_project_is_the_configuration_with_its_title(configuration: str, tmp_path: Path) -> None:
    made = new(tmp_path / "onion", configuration, 'Čebule: "ja", #1 \\')
    assert (made.ident, made.title, made.problems) == ("onion", 'Čebule: "ja", #1 \\', ())
    there, origin = everything(tmp_path / "onion"), everything(ETC / configuration)
    assert {name: there[name] for name in origin if name != "project.yaml"} == {
        name: data for name, data in origin.items() if name != "project.yaml"}
    assert there.keys() == origin.keys()
    before, after = (text.decode().splitlines() for text in (origin["project.yaml"], there["project.yaml"]))
    assert [line for line in after if line not in before] == ['title: "Čebule: \\"ja\\", #1 \\\\"']


def test_the_folders_that_assets_and_their_pictures_need_are_there(tmp_path: Path) -> None:
    made = new(tmp_path / "onion")
    assert {path.name for path in made.folder.iterdir() if path.is_dir()} == {
        *(kind.directory for kind in made.types.values()), "templates", "render", "test_render", "movies"}


def test_a_plan_writes_nothing(tmp_path: Path) -> None:
    shipped.plan(tmp_path / "onion", "cycles", "The Onion")
    assert os.listdir(tmp_path) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    new(tmp_path / "onion", title="First")
    with pytest.raises(Exists, match="is a project already"):
        shipped.plan(tmp_path / "onion", "eevee", "Second")
    assert project.read(tmp_path / "onion").title == "First"


def test_somebody_who_is_faster_keeps_the_project(tmp_path: Path) -> None:
    planned = shipped.plan(tmp_path / "onion", "cycles", "Second")
    new(tmp_path / "onion", title="First")
    with pytest.raises(Exists):
        shipped.make(planned)
    assert project.read(tmp_path / "onion").title == "First"


def test_a_template_of_that_name_is_not_overwritten(tmp_path: Path) -> None:
    own = tmp_path / "onion" / "templates" / "shot.blend"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    with pytest.raises(Exists, match=r"shot\.blend exists already, and is another file"):
        shipped.plan(tmp_path / "onion", "cycles", "The Onion")
    assert own.read_text() == "mine"


def test_what_a_crash_left_is_no_project_and_is_completed(tmp_path: Path) -> None:
    planned = shipped.plan(tmp_path / "onion", "cycles", "The Onion")
    half = tmp_path / "onion" / "templates"
    half.mkdir(parents=True)
    shutil.copy(planned.copies[0][0], half)
    assert project.listed(tmp_path) == []
    assert new(tmp_path / "onion").problems == ()


def test_a_folder_that_has_files_becomes_a_project_around_them(tmp_path: Path) -> None:
    drawing = tmp_path / "onion" / "shots" / "s010.blend"
    drawing.parent.mkdir(parents=True)
    drawing.write_text("mine")
    assert new(tmp_path / "onion").problems == ()
    assert drawing.read_text() == "mine"


def test_project_yaml_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = shipped.plan(tmp_path / "onion", "cycles", "The Onion")
    (planned.copies[-1][1].parent).mkdir(parents=True)
    planned.copies[-1][1].mkdir()                       # the last template cannot be written
    with pytest.raises(AssetError):
        shipped.make(planned)
    assert not (tmp_path / "onion" / "project.yaml").exists()


@pytest.mark.parametrize("name", ["my film", "größe", ".film", "-film"])
def test_a_name_that_no_project_may_have(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadPath, match="cannot be the name of a project"):
        shipped.plan(tmp_path / name, "cycles", "The Onion")


def test_the_folder_of_the_projects_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(NoProject) as caught:
        shipped.plan(tmp_path / "unmounted" / "onion", "cycles", "The Onion")
    assert "Is the share mounted?" in str(caught.value.hint)


def test_an_unknown_configuration_names_the_known_ones() -> None:
    with pytest.raises(NoProject) as caught:
        shipped.find("blender_internal")
    assert "cycles, eevee" in str(caught.value.hint)


def own_configuration(folder: Path) -> Path:
    """A school's own: it has no title, and one type whose files lie deeper."""
    (folder / "templates").mkdir(parents=True)
    (folder / "templates" / "shot.blend").write_bytes(b"BLENDER")
    (folder / "project.yaml").write_text(
        "# ours\nstates: {todo: {name: To do}}\ntypes: {shot: {directory: work/shots, template: shot.blend, "
        "output: //../../pictures/%(name)s/####}}\n")
    return folder


def test_a_configuration_of_ones_own_is_a_path(tmp_path: Path) -> None:
    made = new(tmp_path / "onion", str(own_configuration(tmp_path / "ours")), "The Onion")
    assert (made.title, made.problems, list(made.types)) == ("The Onion", (), ["shot"])
    assert (made.folder / "work" / "shots").is_dir() and (made.folder / "pictures").is_dir()


def test_a_configuration_with_a_mistake_makes_nothing(tmp_path: Path) -> None:
    ours = own_configuration(tmp_path / "ours")
    (ours / "templates" / "shot.blend").unlink()
    with pytest.raises(BadProject, match=r"shot\.blend, which is not in"):
        shipped.plan(tmp_path / "onion", str(ours), "The Onion")
    (ours / "project.yaml").write_text("title: x\ntitle: y\n")
    with pytest.raises(BadProject, match=r"project\.yaml:2"):
        shipped.plan(tmp_path / "onion", str(ours), "The Onion")
    with pytest.raises(NoProject, match="is no configuration"):
        shipped.plan(tmp_path / "onion", str(tmp_path / "nothing"), "The Onion")
    assert not (tmp_path / "onion").exists()


def data_files() -> dict[str, list[Path]]:
    """What pip puts where, as setup.cfg says it."""
    settings = configparser.ConfigParser()
    settings.read(REPO / "setup.cfg")
    return {target: sorted(path for pattern in patterns.split() for path in REPO.glob(pattern))
            for target, patterns in settings["options.data_files"].items()}


def test_an_installed_program_brings_all_configurations(tmp_path: Path) -> None:
    """An environment as pip makes it, with nothing of the repository around it."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path], check=True)
    python = tmp_path / "bin" / "python"
    packages = tmp_path / Path(sysconfig.get_path("purelib")).relative_to(sys.prefix)
    shutil.copytree(REPO / "assetfs", packages / "assetfs")
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    for target, files in data_files().items():
        (tmp_path / target).mkdir(parents=True)
        for file in files:
            shutil.copy(file, tmp_path / target)
    code = "from assetfs import shipped; print(shipped.__file__, *shipped.configurations().values(), sep='\\n')"
    ran = subprocess.run([python, "-I", "-c", code], check=True, capture_output=True, text=True, cwd=tmp_path)
    place = tmp_path / "share" / "renderd" / "projects"
    assert ran.stdout.split("\n")[:3] == [str(packages / "assetfs" / "shipped.py"), str(place / "cycles"),
                                          str(place / "eevee")]
    assert everything(place) == {name: data for name, data in everything(ETC).items() if name.count("/")}
