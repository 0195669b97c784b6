"""Make the templates of the configurations beside this file anew: Blender builds them, zstd packs them.

    python etc/projects/make_templates.py [FOLDER] [--blender PROGRAM]

FOLDER gets cycles/templates/*.blend and eevee/templates/*.blend; without one, those of the repository are replaced.
Made with Blender 3.4, so every newer one opens them. A file made again has the same content, not the same bytes.
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import zstandard

HERE = Path(__file__).resolve().parent
ENGINES = {"cycles": "CYCLES", "eevee": "EEVEE"}
LEVEL = 19          # a sixth smaller than what Blender itself packs: most of a template is Blender's own description


def build(engine: str, folder: Path, blender: str) -> None:
    """The templates of one configuration, as Blender writes them."""
    subprocess.run([blender, "-b", "--factory-startup", "-noaudio", "--python-exit-code", "9",
                    "-P", HERE / "inside_blender.py", "--", ENGINES[engine], folder],
                   check=True, stdout=subprocess.DEVNULL, timeout=600)


def pack(plain: Path, packed: Path) -> int:
    """Bytes of the packed file."""
    packed.parent.mkdir(parents=True, exist_ok=True)
    return packed.write_bytes(zstandard.compress(plain.read_bytes(), LEVEL))


def make(folder: Path, blender: str = "blender") -> dict[Path, int]:
    """Every template made, and its size."""
    sizes = {}
    for engine in ENGINES:
        with tempfile.TemporaryDirectory() as plain:
            build(engine, Path(plain), blender)
            for path in sorted(Path(plain).glob("*.blend")):
                packed = folder / engine / "templates" / path.name
                sizes[packed] = pack(path, packed)
    return sizes


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the templates of the shipped configurations anew.")
    parser.add_argument("folder", nargs="?", type=Path, default=HERE)
    parser.add_argument("--blender", default="blender")
    given = parser.parse_args()
    sizes = make(given.folder, given.blender)
    for path, size in sizes.items():
        print(f"{size:7,}  {path.relative_to(given.folder)}")
    print(f"{sum(sizes.values()):7,}  together")


if __name__ == "__main__":
    main()
