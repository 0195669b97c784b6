"""The table of targets: everything that reads what somebody else may have written."""

from tests.fuzz import blender_lines, blends, pictures, settings_files, spool_files
from tests.fuzz.target import Target

TARGETS: dict[str, Target] = {
    target.name: target
    for target in (*blends.TARGETS, *spool_files.TARGETS, *settings_files.TARGETS, *pictures.TARGETS,
                   *blender_lines.TARGETS)
}
