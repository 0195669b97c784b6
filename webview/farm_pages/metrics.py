"""The farm as numbers for Prometheus: one line a number, in its text format."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from spool.queue import WORDS
from webview.answer import Answer
from webview.farm import Snapshot
from webview.farm_hosts import Host
from webview.farm_pages import looks
from webview.page import Ask, Plain
from webview.site import Site

TYPE = "text/plain; version=0.0.4; charset=utf-8"
MB = 1_000_000
_ESCAPED = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n"})

Labels = Mapping[str, str]


@dataclass(frozen=True)
class Metric:
    """One name with all its lines. `kind` is gauge or counter."""

    name: str
    help: str
    values: Iterable[tuple[Labels, float | None]]
    kind: str = "gauge"

    def lines(self) -> Iterator[str]:
        yield f"# HELP {self.name} {self.help}"
        yield f"# TYPE {self.name} {self.kind}"
        for labels, value in self.values:
            if value is not None:
                said = ",".join(f'{key}="{text.translate(_ESCAPED)}"' for key, text in labels.items())
                yield f"{self.name}{{{said}}} {_plain(value)}" if said else f"{self.name} {_plain(value)}"


def _plain(value: float) -> str:
    return f"{value:g}" if isinstance(value, float) and not value.is_integer() else str(int(value))


def answer(site: Site, ask: Ask) -> Answer:
    """From memory."""
    metrics = [*_of_page(site), *(_of_farm(site.farm.look()) if site.farm else [])]
    text = "\n".join(line for metric in metrics for line in metric.lines())
    return Answer(f"{text}\n".encode("utf-8", "replace"), TYPE, cache="no-store")


def _of_page(site: Site) -> Iterator[Metric]:
    yield Metric("renderd_web_requests_total", "Requests that this page answered, by status.",
                 [({"status": str(status)}, n) for status, n in site.requests.by_status().items()], "counter")
    if site.farm:
        yield Metric("renderd_spool_up", "1 if the spool could be read at the last look.",
                     [({}, 0 if site.farm.silent() or not site.farm.look().seen else 1)])


def _of_farm(snapshot: Snapshot) -> Iterator[Metric]:
    if not snapshot.seen:
        return
    yield Metric("renderd_jobs", "Jobs by state.", _by(snapshot.counts, WORDS.values()))
    yield Metric("renderd_frames", "Frames of the jobs that are not done yet, by state.",
                 _by(snapshot.frames, ("done", "failed", "running", "waiting")))
    yield Metric("renderd_jobs_unread", "Jobs that the page has not looked at yet.", [({}, snapshot.unread)])
    states = Counter(host.facts["state"] for host in snapshot.found)
    yield Metric("renderd_hosts", "Hosts by state.", _by(states, sorted({*looks.HOSTS, *states})))
    yield from _of_hosts(snapshot.found)


def _by(counts: Mapping[str, int], words: Iterable[str]) -> list[tuple[Labels, float | None]]:
    return [({"state": word}, counts.get(word, 0)) for word in words]


def _of_hosts(hosts: Iterable[Host]) -> Iterator[Metric]:
    def each(name: str, scale: float = 1) -> list[tuple[Labels, float | None]]:
        return [({"host": host.view.name}, _scaled(host.facts.get(name), scale)) for host in hosts]

    yield Metric("renderd_host_beat_age_seconds", "Seconds since the last heartbeat.", each("seen_s"))
    yield Metric("renderd_host_memory_bytes", "Memory that the host has.", each("memory_mb", MB))
    yield Metric("renderd_host_memory_free_bytes", "Memory that programs can still get.", each("memory_free_mb", MB))
    yield Metric("renderd_host_swap_used_bytes", "Swap that is used.", each("swap_used_mb", MB))
    yield Metric("renderd_host_share_unfit", "1 if `render doctor` found something wrong there last.",
                 [({"host": host.view.name}, 1 if host.view.share == "wrong" else 0) for host in hosts])


def _scaled(value: object, scale: float) -> float | None:
    """Hosts may say what they like; only numbers are told."""
    return value * scale if isinstance(value, int | float) and not isinstance(value, bool) else None


PLAIN = Plain("/metrics", answer)
