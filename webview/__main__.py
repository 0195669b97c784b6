"""python -m webview: serves the page. `render web` starts it."""

import argparse
import logging
import os
import signal
import sys
from contextlib import suppress
from types import FrameType

from assetfs.errors import AssetError
from webview import serving, starting
from webview.app import Web
from webview.errors import WebError


def main() -> int:
    said = _arguments().parse_args()
    logging.basicConfig(format="%(levelname)s %(message)s", level=logging.INFO)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)     # that a question waits a moment is no news
    signal.signal(signal.SIGTERM, _leave)
    try:
        environ = {**os.environ, "RENDERD_PROJECTS": said.projects, "RENDERD_SPOOL": said.spool,
                   "RENDERD_WEB_NAMES": " ".join([os.environ.get("RENDERD_WEB_NAMES", ""), said.host, *said.name])}
        web = Web(starting.site(environ))
        sockets = serving.listening(said.host, said.port)
    except (WebError, AssetError) as error:
        return _refuse(error)
    _greet(said.host, sockets[0].getsockname()[1], web)
    with suppress(KeyboardInterrupt, SystemExit):
        serving.serve(web, sockets)
    return 0


def _arguments() -> argparse.ArgumentParser:
    environ = os.environ
    parser = argparse.ArgumentParser(prog="python -m webview", description="Serves the page of films and farm.")
    parser.add_argument("--projects", metavar="DIR", default=environ.get("RENDERD_PROJECTS", ""))
    parser.add_argument("--spool", metavar="DIR", default=environ.get("RENDERD_SPOOL", ""))
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--name", action="append", default=[], help="by which browsers may call it")
    return parser


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _refuse(error: WebError | AssetError) -> int:
    print(f"render web: {error.message}", *(f"  {line}" for line in (error.hint or "").splitlines()), sep="\n",
          file=sys.stderr)
    return error.exit_code


def _greet(host: str, port: int, web: Web) -> None:
    name = starting.own_name() if host in ("0.0.0.0", "::") else host
    shown = f"[{name}]" if ":" in name else name
    print(f"The page is at http://{shown}:{port}/   (Ctrl C ends it)", file=sys.stderr)
    if serving.is_for_all(host):
        print("note: everybody in the network can look at it: there is no password. Nobody can change anything.",
              file=sys.stderr)
    if web.site.cache_dir is None:
        print("note: there is no folder for small pictures; name one: export XDG_CACHE_HOME=DIR", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
