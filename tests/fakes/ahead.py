"""renderd on a computer whose clock is FAKE_AHEAD seconds ahead.

libfaketime cannot do it: with it Python 3.11 either fails to sleep or sleeps for an hour."""

import datetime
import os
import time
from datetime import timedelta, tzinfo
from typing import Self

AHEAD = float(os.environ["FAKE_AHEAD"])


class Ahead(datetime.datetime):
    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) + timedelta(seconds=AHEAD)


if __name__ == "__main__":
    right = time.time
    time.time = lambda: right() + AHEAD
    datetime.datetime = Ahead           # type: ignore[misc]
    from renderd.main import run  # after the clock: it takes `datetime` when it is imported

    run()
