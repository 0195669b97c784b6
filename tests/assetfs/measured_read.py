"""Run as a program: read one file with every function, within a limit of memory, and say what came of it."""

import json
import resource
import sys
import time

from assetfs.blend import check_complete, read_rend, read_scenes, version_of
from assetfs.errors import AssetError

ADDRESS_SPACE = 400 << 20


def main(path: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    before = _peak()
    said = {}
    for read in (version_of, read_rend, check_complete, read_scenes):
        start = time.process_time()
        try:
            read(path)
            outcome = {"error": None}
        except AssetError as wrong:
            outcome = {"error": type(wrong).__name__, "message": wrong.message, "hint": wrong.hint}
        said[read.__name__] = outcome | {"seconds": time.process_time() - start}
    print(json.dumps({"megabytes": (_peak() - before) / 1024, "said": said}))


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


if __name__ == "__main__":
    main(sys.argv[1])
