"""Where the program `renderd` begins: pause and resume are done before all else is imported."""

import os
import sys

ASKS = ("pause", "resume", "status")


def run() -> None:
    if len(sys.argv) > 1 and sys.argv[1] in ASKS:
        sys.exit(ask(sys.argv[1], sys.argv[2:]))
    from renderd import main

    main.run()


def ask(kind: str, rest: list[str]) -> int:
    """Every daemon of this computer, or that of the host that is named."""
    from spool import door

    if len(rest) > 1 or rest[:1] in (["-h"], ["--help"]):
        print(f"Usage: renderd {kind} [HOST]\n\nAsks the daemons on this computer, or the one that is called HOST."
              "\nOn others: render host --help", file=sys.stderr)
        return 0 if rest in (["-h"], ["--help"]) else 2
    said = [reply for path in door.doors(os.environ, *rest) if (reply := door.ask(path, kind))]
    for reply in said:
        print(f"{reply.host}: {reply.text}", file=sys.stdout if reply.ok else sys.stderr)
    if not said:
        print(f"renderd: No daemon answers on this computer{f' as {rest[0]}' if rest else ''}.\n"
              "  Is it running? Start it: renderd   Of another user: kill -USR1 its process, or render host pause",
              file=sys.stderr)
    return 0 if said and all(reply.ok for reply in said) else 1
