"""The names that Blender gives to its file formats, and the extensions it writes for them.

Source: `bpy.types.ImageFormatSettings.file_format` and the files that Blender 3.4.1 wrote for each of them
(`tests/renderd/test_pictures.py` renders them again).
"""

EXTENSION: dict[str, str] = {
    "BMP": ".bmp",
    "CINEON": ".cin",
    "DPX": ".dpx",
    "HDR": ".hdr",
    "IRIS": ".rgb",
    "JPEG": ".jpg",
    "JPEG2000": ".jp2",             # .j2c with the codec J2K
    "OPEN_EXR": ".exr",
    "OPEN_EXR_MULTILAYER": ".exr",
    "PNG": ".png",
    "TARGA": ".tga",
    "TARGA_RAW": ".tga",
    "TIFF": ".tif",
    "WEBP": ".webp",
}
"""Format name -> extension with its dot. Films are not here: their container decides."""

MOVIES: frozenset[str] = frozenset({"FFMPEG", "AVI_RAW", "AVI_JPEG"})
"""Formats that put all frames into one file."""

ARGUMENT: dict[str, str] = {
    "TARGA": "TGA",
    "TARGA_RAW": "RAWTGA",
    "JPEG2000": "JP2",
    "AVI_RAW": "AVIRAW",
    "AVI_JPEG": "AVIJPEG",
}
"""What `blender -F` calls a format, where that is another word: `-F TARGA` is an error, and exits 0.
FFMPEG is FFMPEG there too, whatever `blender --help` says."""
