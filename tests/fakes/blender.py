#!/usr/bin/env python3
"""Plays Blender for what the real one cannot do on demand. It understands -o, -s, -e, -j and -a.

    FAKE_BLENDER=ok       writes every frame, 64x36 PNG, and says so
    FAKE_BLENDER=liar     says "Saved:" and exits 0, but writes the frames of FAKE_FRAMES empty, cut or not at all
    FAKE_BLENDER=clings   writes all frames, and then does not quit
    FAKE_BLENDER=deaf     ignores SIGINT
    FAKE_SECONDS=0.1      how long a frame takes
    FAKE_HOW=empty|cut|none|scene|number     how `liar` lies

Its version is that of FAKE_VERSION (9.9.0)."""

import os
import signal
import struct
import sys
import time
import zlib


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def picture(frame: int, scene: str) -> bytes:
    """A 64x36 PNG whose corner says its frame as those of ../shared/blends do, and its texts too."""
    red, green = 17 * (frame % 16), 17 * (frame // 16 % 16)
    rows = (b"\0" + bytes((red, green, 17)) * 64) * 36
    texts = chunk(b"tEXt", b"Scene\0" + scene.encode()) + chunk(b"tEXt", b"Frame\0%04d" % frame)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 36, 8, 2, 0, 0, 0)) + texts
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def render(pattern: str, frame: int, scene: str, mode: str) -> None:
    time.sleep(float(os.environ.get("FAKE_SECONDS", "0.05")))
    print(f"Fra:{frame} Mem:8.55M (Peak 10.22M) | Time:00:00.01 | {scene}, ViewLayer | Sample 0/1", flush=True)
    how = os.environ.get("FAKE_HOW", "") if mode == "liar" and str(frame) in os.environ["FAKE_FRAMES"].split() else ""
    data = picture(frame + (how == "number"), "Other" if how == "scene" else scene)
    path = pattern.replace("####", f"{frame:04}")
    if how != "none":
        with open(path, "wb") as file:
            file.write({"empty": b"", "cut": data[:len(data) // 2]}.get(how, data))
    print(f"Saved: '{path}'", flush=True)


def main(argv: list[str]) -> None:
    if "--version" in argv:
        print("Blender " + os.environ.get("FAKE_VERSION", "9.9.0"))
        return
    mode = os.environ.get("FAKE_BLENDER", "ok")
    if mode == "deaf":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    value = {}
    for at, word in enumerate(argv):
        if word in ("-o", "-S", "-s", "-e", "-j"):
            value[word] = argv[at + 1]
        if word == "-a":
            for frame in range(int(value["-s"]), int(value["-e"]) + 1, int(value["-j"])):
                render(value["-o"], frame, value["-S"], mode)
    if mode == "clings":
        print("All done, but I like it here.", flush=True)
        time.sleep(600)
    print("Blender quit", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
