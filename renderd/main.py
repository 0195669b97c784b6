"""The program `renderd`: flags, settings, one daemon in the foreground."""

import json
import os
import sys
from dataclasses import replace
from typing import Any

import click

from renderd import alone, door, leftovers, logs
from renderd.daemon import Daemon
from renderd.errors import DaemonError
from renderd.settings import as_json, show
from renderd.silence import Watch
from renderd.sources import load
from spool.errors import SpoolError
from spool.opening import open_spool


@click.command(context_settings={"help_option_names": ["-h", "--help"]}, epilog="""
Settings come from /etc/renderd/*.yaml, ~/.config/renderd/*.yaml, the environment (RENDERD_SPOOL,
RENDERD_SLOTS ...) and these flags; later ones win. See docs/CONFIG.md.

Exit status: 0 it ended as asked, 1 it could not start, 2 a setting or flag is wrong.
""")
@click.option("--spool", metavar="DIR", help="The spool to serve.")
@click.option("--host", metavar="NAME", help="This computer's name in the farm; by default its own name.")
@click.option("--slots", metavar="N|auto", help="How many renders run at the same time; auto: by cores and memory.")
@click.option("--threads", metavar="N", type=int, help="Threads of one render; 0: cores divided by slots.")
@click.option("--once", is_flag=True, help="Render what waits, then end.")
@click.option("--allow-root", is_flag=True, default=None, help="Run as root on a spool that others may write.")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), help="The least that is told.")
@click.option("--show-config", is_flag=True, help="Print every setting and where it came from, then end.")
@click.option("--json", "as_data", is_flag=True, help="With --show-config: as JSON.")
def main(once: bool, show_config: bool, as_data: bool, **flags: Any) -> None:
    """Render chunks from the spool, until SIGTERM or Ctrl-C.

    Takes chunks by renaming them, runs their commands at the lowest priority, publishes the frames that are
    whole. When it ends, unfinished frames go back to the spool at once.

    \b
    Examples
      renderd --spool /mnt/spool                        serve the farm from this terminal
      renderd --spool /tmp/try --host two --slots 2    a second daemon on the same machine
      renderd --once                                   render what waits, then end
      renderd pause                                    those that run here stand still at once; resume: they go on
    """
    settings = load(os.environ, flags)
    if show_config:
        click.echo(json.dumps(as_json(settings), indent=1) if as_data else show(settings), nl=as_data)
        return
    logs.set_up(settings.log_level)
    door.take_signals()
    environ, place = dict(os.environ), str(settings.spool or "")
    watch = Watch(environ, place)
    watch.start()
    spool = open_spool(place)
    alone.refuse_root(spool, settings.allow_root)
    lock = alone.lock_name(spool, settings.host)
    try:
        with leftovers.warden():
            Daemon(spool, replace(settings, spool=None), environ, watch, once=once,
                   load=lambda: load(os.environ, flags)).run()
    finally:
        lock.release()


def run() -> None:
    """The console script. Errors that were foreseen are one sentence and a cure; a bug is a traceback."""
    try:
        main.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (SpoolError, DaemonError) as error:
        print(f"renderd: {error.message}", *([f"  {error.hint}"] if error.hint else []), sep="\n", file=sys.stderr)
        sys.exit(error.exit_code)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except (KeyboardInterrupt, click.Abort):
        sys.exit(130)
