"""Numbers of picture formats in a .blend, and the names that Blender's -F takes for them.

Source: R_IMF_IMTYPE in Blender's DNA_scene_types.h; each name was given to Blender 3.4.
"""

_NAMES = {
    0: "TGA", 1: "IRIS", 4: "JPEG", 7: "IRIZ", 14: "RAWTGA", 15: "AVIRAW", 16: "AVIJPEG", 17: "PNG", 20: "BMP",
    21: "HDR", 22: "TIFF", 23: "OPEN_EXR", 24: "FFMPEG", 26: "CINEON", 27: "DPX", 28: "OPEN_EXR_MULTILAYER",
    29: "DDS", 30: "JP2", 35: "WEBP",
}  # fmt: skip


def format_name(number: int) -> str | None:
    """None for what no -F of Blender 3.4 takes: QuickTime, XviD and others of old files, and newer ones."""
    return _NAMES.get(number)
