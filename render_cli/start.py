"""Where the program `render` begins: what must be so before all else is imported."""

import gc

OBJECTS = 50_000        # new ones before Python looks for garbage; imports make some 20,000, and none is garbage


def run() -> None:
    gc.set_threshold(OBJECTS)
    from render_cli import main

    main.run()
