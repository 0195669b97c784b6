"""Reading .blend files without Blender, at two depths.

    read_rend     the REND blocks behind the header: version, and the frames of the current scene; < 1 ms
    read_scenes   all blocks, decoded with the file's own DNA: every scene with its settings
    version_of    the header alone
    check_complete   whether the file has its end, without unpacking it

Files of Blender 2.4x to 5.x, plain, gzip and zstd, 32 and 64 bit, both byte orders. Every function
raises an AssetError (NotABlend, BlendCutShort, BlendTooNew, BlendDamaged, BlendUnreadable) and
nothing else, needs less than 100 MB for any file, and never waits for a FIFO or a device.
Nothing is kept: a file that changes is read again.
"""

from assetfs.blend.complete import check_complete
from assetfs.blend.header import version_text
from assetfs.blend.rend import Rend, read_rend, version_of
from assetfs.blend.rendblock import RendScene
from assetfs.blend.scenes import BlendFile, Marker, Scene, read_scenes

__all__ = [
    "BlendFile",
    "Marker",
    "Rend",
    "RendScene",
    "Scene",
    "check_complete",
    "read_rend",
    "read_scenes",
    "version_of",
    "version_text",
]
