"""Runs inside Blender (2.80 or newer, its own Python), behind the open .blend: renders the frames that it is told.

    blender -b ... FILE.blend -S SCENE -F PNG -x 1 -P driver_inside.py

stdin has an order a line, and its end means: leave. The file descriptor in RENDERD_EVENTS gets an event a line:

    {"frame": 7, "output": "/film/render/.renderd/CLAIM/####"}

    {"event": "loaded", "scene": ..., "frames": [first, last, step], "camera": ..., "engine": ...,
     "missing": {"images": [...], "libraries": [...], "files": [...]}, "refused_drivers": [...]}
    {"event": "unfit", "reason": ...}           the plain command must do it; Blender leaves
    {"event": "started", "frame": 7}
    {"event": "progress", "frame": 7, "text": ...}
    {"event": "written", "frame": 7, "seconds": 0.48, "cpu": 1.71, "peak_mb": 225.1}
    {"event": "error", "frame": 7, "reason": ...}

What was printed before an event is in the pipe of stdout before the event is told.
Each frame is an animation of one frame, so that names and pixels are those of `-a`.
"""

import ctypes
import json
import os
import runpy
import sys
import time

MOST = 50           # drivers that are named
PAUSE = 0.5         # seconds between two events `progress`


def main():
    import bpy
    channel = Channel(int(os.environ.pop("RENDERD_EVENTS")))
    try:
        reason = unfit(bpy)
        if reason:
            channel.tell(event="unfit", reason=reason)
        else:
            serve(bpy, channel)
    except Exception as error:          # of any kind: nobody else can say why this Blender leaves
        channel.tell(event="unfit", reason=repr(error))
    leave()


class Channel:
    """Where the events go."""

    def __init__(self, file):
        self.file, self.flush = file, ctypes.CDLL(None).fflush      # of what Blender itself has printed
        os.set_inheritable(file, False)

    def tell(self, **event):
        sys.stdout.flush()
        self.flush(None)
        data = json.dumps(event).encode() + b"\n"
        try:
            while data:
                data = data[os.write(self.file, data):]
        except OSError:                 # the daemon is gone
            leave()


def leave():
    """Some versions hang when they quit in the ordinary way; there is nothing to save."""
    sys.stdout.flush()
    ctypes.CDLL(None).fflush(None)
    os._exit(0)


def unfit(bpy):
    """Why frames one by one would not look like those of `-a`; or nothing."""
    if bpy.app.version < (2, 80, 0):
        return "this Blender is older than 2.80"
    render = bpy.context.scene.render
    if render.use_stamp and (render.use_stamp_frame or render.use_stamp_frame_range):
        return "the number of the frame is burnt into the pictures, and its width depends on the range of frames"
    return ""


def serve(bpy, channel):
    scene, missing = bpy.context.scene, report()
    channel.tell(event="loaded", scene=scene.name, camera=scene.camera.name if scene.camera else None,
                 frames=[scene.frame_start, scene.frame_end, scene.frame_step], engine=scene.render.engine,
                 missing={kind: missing.get(kind) for kind in ("images", "libraries", "files")},
                 refused_drivers=refused_drivers(bpy))
    work = Work(bpy, scene, channel)
    for line in sys.stdin:
        order = json.loads(line)
        work.render(order["frame"], order["output"])


def report():
    """Says on stdout what the file misses, for who reads that (report.py), and gives it."""
    return runpy.run_path(os.path.join(os.path.dirname(os.path.abspath(__file__)), "report_inside.py"))["say"]()


def refused_drivers(bpy):
    """Drivers that Blender has found broken when it opened the file, or did not run because they need Python."""
    found = []
    for kind in dir(bpy.data):
        for thing in things(bpy, getattr(bpy.data, kind)):
            animated = getattr(thing, "animation_data", None)
            found += [f"{thing.name}: {curve.data_path}" for curve in (animated.drivers if animated else ())
                      if not curve.driver.is_valid]
    return sorted(found)[:MOST]


def things(bpy, collection):
    """The data-blocks of a collection of bpy.data, with the node trees that lie inside them."""
    for thing in collection if isinstance(collection, bpy.types.bpy_prop_collection) else ():
        yield thing
        if getattr(thing, "node_tree", None):
            yield thing.node_tree


class Work:
    """One scene that is rendered again and again."""

    def __init__(self, bpy, scene, channel):
        self.bpy, self.scene, self.channel = bpy, scene, channel
        self.frame, self.told = None, 0.0
        self.window = bpy.context.window
        if self.window:
            # After each render Blender evaluates the scene of the window once more. With the rendered scene there,
            # that costs as much again, and sets physics in motion that stand still with `-a`.
            self.window.scene = bpy.data.scenes.new("renderd")
        bpy.app.handlers.render_stats.append(self.progress)

    def render(self, frame, output):
        self.frame = frame
        self.channel.tell(event="started", frame=frame)
        since, used = time.time(), time.process_time()
        try:
            self.operate(frame, output)
        except Exception as error:      # RuntimeError has what Blender reports; others must not pass for a picture
            print(str(error).strip())
            self.channel.tell(event="error", frame=frame, reason=str(error).strip())
            return
        self.channel.tell(event="written", frame=frame, seconds=round(time.time() - since, 3),
                          cpu=round(time.process_time() - used, 3), peak_mb=peak_mb())

    def operate(self, frame, output):
        scene = self.scene
        scene.frame_start, scene.frame_end, scene.frame_step = frame, frame, 1
        scene.render.filepath = output
        self.bpy.context.scene.frame_current = frame
        self.bpy.ops.render.render(animation=True, scene=scene.name)

    def progress(self, *told):
        text = next((one for one in told if isinstance(one, str)), "")
        if time.time() - self.told > PAUSE:
            self.told = time.time()
            self.channel.tell(event="progress", frame=self.frame, text=text)


def peak_mb():
    with open("/proc/self/status") as file:
        return next((round(int(line.split()[1]) / 1024, 1) for line in file if line.startswith("VmHWM:")), None)


if __name__ == "__main__":
    main()
