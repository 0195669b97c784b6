#!/usr/bin/env python3
"""Plays Blender for what the real one cannot do on demand. It understands -o, -S, -F, -s, -e, -j and -a, and with
FAKE_DRIVEN=yes also the orders of renderd/driver_inside.py.

    FAKE_BLENDER=ok       writes every frame, 64x36, as PNG, TIFF or OPEN_EXR, and says so
    FAKE_BLENDER=liar     says "Saved:" and exits 0, but writes the frames of FAKE_FRAMES empty, cut or not at all
    FAKE_BLENDER=crash    dies of SIGSEGV at the first frame of FAKE_FRAMES
    FAKE_BLENDER=clings   writes all frames, and then does not quit
    FAKE_BLENDER=deaf     ignores SIGINT
    FAKE_BLENDER=mute     falls silent in the first frame of FAKE_FRAMES, for ever
    FAKE_BLENDER=dear     takes FAKE_DEAR seconds for each frame of FAKE_FRAMES
    FAKE_BLENDER=waits    in each frame of FAKE_FRAMES, as long as the file FAKE_MOOD is there
    FAKE_SECONDS=0.1      how long a frame takes
    FAKE_HOW=empty|cut|none|scene|number     how `liar` lies
    FAKE_MOOD=PATH        a file of such lines, read at the start and before each frame if it is there
    FAKE_CONFESSIONS=PATH a file to which it appends what it did wrong: the way, and the pattern of the pictures

Its version is that of FAKE_VERSION (9.9.0)."""

import json
import os
import signal
import struct
import sys
import time
import zlib

WIDTH, HEIGHT = 64, 36
BORN = dict(os.environ)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def corner(frame: int) -> bytes:
    """The pixel that says the frame as those of ../shared/blends do."""
    return bytes((17 * (frame % 16), 17 * (frame // 16 % 16), 17))


def png(frame: int, scene: str) -> bytes:
    rows = (b"\0" + corner(frame) * WIDTH) * HEIGHT
    texts = chunk(b"tEXt", b"Scene\0" + scene.encode()) + chunk(b"tEXt", b"Frame\0%04d" % frame)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)) + texts
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def tiff(frame: int, scene: str) -> bytes:
    """The pixels stand at byte 8; it has no texts."""
    pixels = corner(frame) * WIDTH * HEIGHT
    tags = [(256, WIDTH), (257, HEIGHT), (258, 8), (259, 1), (262, 2), (273, 8), (277, 3), (278, HEIGHT),
            (279, len(pixels))]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return (struct.pack("<2sHI", b"II", 42, 8 + len(pixels)) + pixels
            + struct.pack("<H", len(tags)) + entries + struct.pack("<I", 0))


def exr(frame: int, scene: str) -> bytes:
    box = struct.pack("<4i", 0, 0, WIDTH - 1, HEIGHT - 1)
    attributes = [("channels", "chlist", b"Y\0" + struct.pack("<iIii", 2, 0, 1, 1) + b"\0"),
                  ("compression", "compression", b"\0"), ("dataWindow", "box2i", box), ("displayWindow", "box2i", box),
                  ("lineOrder", "lineOrder", b"\0"), ("pixelAspectRatio", "float", struct.pack("<f", 1)),
                  ("screenWindowCenter", "v2f", bytes(8)), ("screenWindowWidth", "float", struct.pack("<f", 1)),
                  ("Scene", "string", scene.encode()), ("Frame", "string", b"%04d" % frame)]
    head = b"\x76\x2f\x31\x01\x02\0\0\0" + b"".join(
        f"{name}\0{kind}\0".encode() + struct.pack("<i", len(data)) + data for name, kind, data in attributes) + b"\0"
    line = struct.pack("<f", frame) * WIDTH
    first = len(head) + 8 * HEIGHT
    table = struct.pack(f"<{HEIGHT}Q", *(first + at * (8 + len(line)) for at in range(HEIGHT)))
    return head + table + b"".join(struct.pack("<ii", at, len(line)) + line for at in range(HEIGHT))


PICTURES = {"PNG": png, "TIFF": tiff, "OPEN_EXR": exr}


def confess(what: str, pattern: str) -> None:
    if path := os.environ.get("FAKE_CONFESSIONS"):
        with open(path, "a") as file:
            file.write(f"{what} {pattern}\n")


def sins(mode: str, frame: int, kind: str) -> str:
    """How this frame goes wrong; a TIFF cannot say what it is of, so nobody could find it out."""
    if mode not in ("liar", "crash", "mute") or str(frame) not in os.environ["FAKE_FRAMES"].split():
        return ""
    how = os.environ["FAKE_HOW"] if mode == "liar" else mode
    return "" if kind == "TIFF" and how in ("scene", "number") else how


def seconds(mode: str, frame: int) -> float:
    dear = mode == "dear" and str(frame) in os.environ["FAKE_FRAMES"].split()
    return float(os.environ["FAKE_DEAR"] if dear else os.environ.get("FAKE_SECONDS", "0.05"))


def wait(mode: str, frame: int) -> None:
    end = time.monotonic() + 600
    while mode == "waits" and str(frame) in os.environ["FAKE_FRAMES"].split() and os.path.exists(
            os.environ["FAKE_MOOD"]) and time.monotonic() < end:
        time.sleep(0.02)


def render(pattern: str, frame: int, scene: str, kind: str, mode: str) -> None:
    time.sleep(seconds(mode, frame))
    wait(mode, frame)
    print(f"Fra:{frame} Mem:8.55M (Peak 10.22M) | Time:00:00.01 | {scene}, ViewLayer | Sample 0/1", flush=True)
    how = sins(mode, frame, kind)
    if how:
        confess(how, pattern)
    if how == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if how == "mute":
        time.sleep(600)
    data = PICTURES[kind](frame + (how == "number"), "Other" if how == "scene" else scene)
    path = pattern.replace("####", f"{frame:04}")
    if how != "none":
        write(path, {"empty": b"", "cut": data[:len(data) // 2]}.get(how, data))
    print(f"Saved: '{path}'", flush=True)


def write(path: str, data: bytes) -> None:
    try:
        with open(path, "wb") as file:
            file.write(data)
    except OSError as error:            # as Blender does: it says that it saved
        print(f"Error writing {path}: {error.strerror}", flush=True)


def in_the_mood() -> str:
    """How it behaves now. A mood goes when its file does."""
    os.environ |= {name: BORN.get(name, "") for name in os.environ if name.startswith("FAKE_")} | _mood()
    mode = os.environ.get("FAKE_BLENDER") or "ok"
    if mode == "deaf":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    return mode


def _mood() -> dict[str, str]:
    try:
        with open(os.environ.get("FAKE_MOOD", "")) as file:
            return dict(line.strip().split("=", 1) for line in file)
    except FileNotFoundError:
        return {}


def obey(scene: str, kind: str) -> None:
    """Frame after frame, as it is told; what it tells is what driver_inside.py tells."""
    events = int(os.environ["RENDERD_EVENTS"])

    def tell(**event: object) -> None:
        os.write(events, json.dumps(event).encode() + b"\n")

    tell(event="loaded", scene=scene)
    for line in sys.stdin:
        order = json.loads(line)
        render(order["output"], order["frame"], scene, kind, in_the_mood())
        tell(event="written", frame=order["frame"])


def main(argv: list[str]) -> None:
    if "--version" in argv:
        print("Blender " + os.environ.get("FAKE_VERSION", "9.9.0"))
        return
    mode = in_the_mood()
    value = {}
    for at, word in enumerate(argv):
        if word in ("-o", "-S", "-F", "-s", "-e", "-j"):
            value[word] = argv[at + 1]
        if word == "-a":
            for frame in range(int(value["-s"]), int(value["-e"]) + 1, int(value["-j"])):
                render(value["-o"], frame, value["-S"], value["-F"], in_the_mood())
    if os.environ.get("FAKE_DRIVEN") and argv[-1].endswith("/driver_inside.py"):
        obey(value["-S"], value["-F"])
    if mode == "clings" and "-a" in argv:
        print("All done, but I like it here.", flush=True)
        time.sleep(600)
    print("Blender quit", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
