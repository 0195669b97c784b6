"""What can be done to a farm. Each function returns when its fault has ended; the farm heals the rest."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.lab import DISK
from tests.faults.ledger import Had
from tests.faults.world import World

BURST = 4               # light faults that are done before all has healed
TAKEOVER = 150.0        # seconds that a computer without power is left off while its chunks are not elsewhere


@dataclass(frozen=True)
class Fault:
    """One fault of the plan."""

    number: int
    kind: str
    client: int             # which of the two it is for; some are for all
    seconds: float          # how long it lasts, or by how much a clock is set
    pick: float             # 0 to 1, for what is chosen when it is done: a process
    pause: float            # seconds of undisturbed work before it

    def __str__(self) -> str:
        return f"{self.number:4} {self.kind:20} client{self.client + 1} {self.seconds:8.1f} s"


@dataclass
class Done:
    """What was seen while a fault was done."""

    at: float = 0.0                     # when it began and ended
    ended: float = 0.0
    takeover: float | None = None       # seconds until the last of its chunks was elsewhere, where that was waited for
    text: str = ""
    claims: list[Had] = field(default_factory=list)         # who had what when it ended
    idle: list[str] = field(default_factory=list)           # jobs that were to be settled then


Doing = Callable[[World, Fault, Done], None]


def kill_stand_in(world: World, fault: Fault, done: Done) -> None:
    vm = world.clients[fault.client]
    for _ in range(20):
        found = vm.run("pgrep -f 'blender.py [-]b'").out.split()
        if found and vm.run(f"kill -9 {found[int(fault.pick * len(found))]}").rc == 0:
            return
        time.sleep(0.2)
    done.text = "no stand-in was running"


def kill_daemon(world: World, fault: Fault, done: Done) -> None:
    vm = world.clients[fault.client]
    with world.away(vm.name):
        _signal_daemon(vm, 9, done)


def stop_daemon(world: World, fault: Fault, done: Done) -> None:
    vm = world.clients[fault.client]
    with world.away(vm.name):
        _signal_daemon(vm, 15, done)


def _signal_daemon(vm: Any, number: int, done: Done) -> None:
    for _ in range(75):
        if vm.run(f"kill -{number} $(cat /run/renderd.pid)").rc == 0:
            return
        time.sleep(0.2)                 # it was killed just now, and is started again soon
    done.text = "no daemon was running"


def lose_replies(world: World, fault: Fault, done: Done) -> None:
    world.lab.drop_replies(fault.seconds)


def lose_replies_and_cache(world: World, fault: Fault, done: Done) -> None:
    """A request that the server has carried out is sent again, and meets its own success."""
    world.lab.drop_replies()
    time.sleep(fault.seconds)
    world.lab.restart_nfsd(cut=True)
    world.lab.heal()


def restart_nfsd(world: World, fault: Fault, done: Done) -> None:
    world.lab.restart_nfsd()


def break_connections(world: World, fault: Fault, done: Done) -> None:
    world.lab.cut_connections()


def cut_one(world: World, fault: Fault, done: Done) -> None:
    vm = world.clients[fault.client]
    began = time.time()
    with world.away(vm.name):
        world.lab.partition(vm)
        claims = world.ledger.claims_of(vm.name)        # not before: some end while the cut is made
        time.sleep(fault.seconds)
        world.lab.heal(vm)
    done.takeover = world.ledger.taken_over(claims, began) if claims else None


def cut_all(world: World, fault: Fault, done: Done) -> None:
    with world.away(*world.hosts()):
        for vm in world.clients:
            world.lab.partition(vm)
        time.sleep(fault.seconds)
        for vm in world.clients:
            world.lab.heal(vm)


def pause(world: World, fault: Fault, done: Done) -> None:
    vm = world.clients[fault.client]
    with world.away(vm.name):
        vm.pause()
        claims, began = world.ledger.claims_of(vm.name), time.time()
        time.sleep(fault.seconds)
        vm.resume()
    done.takeover = world.ledger.taken_over(claims, began) if claims else None


def set_clock(world: World, fault: Fault, done: Done) -> None:
    world.clients[fault.client].sh(f"date -s @{time.time() + fault.seconds:.0f}")


def fill_share(world: World, fault: Fault, done: Done) -> None:
    # Ever smaller files, until not a block is left.
    fill = "cd /srv/data; for k in 262144 65536 4096 1024 64 4; do i=0; while fallocate -l ${k}K ballast.$k.$i; " \
           "do i=$((i+1)); done; rm -f ballast.$k.$i; done 2>/dev/null; df --output=avail . | tail -1"
    done.text = f"{world.server.sh(fill).strip()} kB were left"
    try:
        time.sleep(fault.seconds)
    finally:
        world.server.sh("rm -f /srv/data/ballast.*; sync -f /srv/data")


def read_only_share(world: World, fault: Fault, done: Done) -> None:
    export = f"no_root_squash,no_subtree_check,fsid=0,insecure '*:{DISK}'"
    world.server.sh(f"exportfs -o ro,sync,{export}; exportfs -f")
    try:
        time.sleep(fault.seconds)
    finally:
        world.server.sh("exportfs -ra; exportfs -f")


def reboot_server(world: World, fault: Fault, done: Done) -> None:
    world.lab.reboot_server()


def power_off(world: World, fault: Fault, done: Done) -> None:
    _power(world, fault, done, leave=False)


def power_off_and_leave(world: World, fault: Fault, done: Done) -> None:
    """Until the other host has all its chunks."""
    _power(world, fault, done, leave=True)


def _power(world: World, fault: Fault, done: Done, *, leave: bool) -> None:
    vm = world.clients[fault.client]
    until = time.monotonic() + 15
    while not world.ledger.claims_of(vm.name) and time.monotonic() < until:
        time.sleep(0.1)
    began, claims = time.time(), world.ledger.claims_of(vm.name)
    with world.away(vm.name):
        vm.kill_hard()
        if leave:
            while world.ledger.taken_over(claims, began) is None and time.time() < began + TAKEOVER:
                time.sleep(0.2)
            done.takeover = world.ledger.taken_over(claims, began) if claims else None
            if done.takeover is None and claims:
                world.ledger.broken("stuck", f"{vm.name} is off for {TAKEOVER:.0f} s, and nobody has {claims}")
        else:
            time.sleep(fault.seconds)
        world.lab.revive(vm)
        world.serve(vm)


@dataclass(frozen=True)
class Kind:
    """How a fault is done, how often it is in a deck, and how long it lasts.

    Light ones are over at once and hit one process or connection: a few are done before all has healed."""

    do: Doing
    cards: int
    seconds: tuple[float, float] = (0.0, 0.0)
    light: bool = False


KINDS: dict[str, Kind] = {
    "kill stand-in": Kind(kill_stand_in, 18, light=True),
    "kill daemon": Kind(kill_daemon, 8, light=True),
    "stop daemon": Kind(stop_daemon, 2, light=True),
    "replies lost": Kind(lose_replies, 8, (1, 10)),
    "replies+cache lost": Kind(lose_replies_and_cache, 8, (0.5, 3)),
    "nfsd restart": Kind(restart_nfsd, 2),
    "connections broken": Kind(break_connections, 2, light=True),
    "short cut, one": Kind(cut_one, 2, (5, 25)),
    "long cut, one": Kind(cut_one, 1, (40, 90)),
    "cut, both": Kind(cut_all, 1, (5, 90)),
    "sleep": Kind(pause, 1, (40, 60)),
    "clock": Kind(set_clock, 4, (-3600, 3600), light=True),
    "share full": Kind(fill_share, 1, (5, 20)),
    "share read-only": Kind(read_only_share, 1, (5, 20)),
    "server reboot": Kind(reboot_server, 1),
    "power off": Kind(power_off, 1, (1, 5)),
    "power off, left": Kind(power_off_and_leave, 1),
}


def plan(seed: int, faults: int, kinds: Sequence[str] = tuple(KINDS)) -> list[list[Fault]]:
    """Faults, each alone or a few light ones together. The same for the same seed; each kind has its share of
    every sixty."""
    rng, made, number = random.Random(seed), [], 0
    deck: list[list[str]] = []
    while number < faults:
        deck = deck or _deck(rng, kinds)
        made.append([_fault(rng, number + n, kind) for n, kind in enumerate(deck.pop()[:faults - number], 1)])
        number += len(made[-1])
    return made


def _deck(rng: random.Random, kinds: Sequence[str]) -> list[list[str]]:
    cards = [kind for kind in kinds for _ in range(KINDS[kind].cards)]
    rng.shuffle(cards)
    light = [kind for kind in cards if KINDS[kind].light]
    deck = [light[at:at + BURST] for at in range(0, len(light), BURST)]
    deck += [[kind] for kind in cards if not KINDS[kind].light]
    rng.shuffle(deck)
    return deck


def _fault(rng: random.Random, number: int, kind: str) -> Fault:
    return Fault(number, kind, rng.randrange(2), round(rng.uniform(*KINDS[kind].seconds), 1), rng.random(),
                 round(rng.uniform(0.2, 2.0), 1))


def do(world: World, fault: Fault) -> Done:
    """Done, and ended."""
    done = Done(at=time.time())
    KINDS[fault.kind].do(world, fault, done)
    done.ended = time.time()
    return done
