"""Types, states and priorities of a project's assets, as its project.yaml has them."""

from collections.abc import Mapping
from dataclasses import dataclass

from assetfs.taking import Taker
from assetfs.yaml_lines import Block

# Each has a colour and a sign on the page.
LOOKS = ("waiting", "rendering", "done", "failed", "held", "silent")


@dataclass(frozen=True)
class State:
    ident: str
    name: str
    look: str
    boost: bool                     # what depends on an asset in this state may raise its priority
    render: bool                    # an asset in this state is to be rendered
    priority: int | None            # of its renders


@dataclass(frozen=True)
class AssetType:
    ident: str
    name: str
    directory: str
    template: str                   # a file in templates/; "" for none
    states: tuple[str, ...]
    state: str                      # of a new asset
    priority: int
    render: bool
    final: bool
    output: str                     # with %(name)s; "" leaves what the template says
    time_budget: Mapping[str, float]    # state -> minutes


@dataclass(frozen=True)
class Priorities:
    lowest: int = 0
    highest: int = 100
    names: tuple[str, ...] = ()     # spread evenly from the lowest to the highest
    boosting: bool = True
    boost: int = 1
    visible: bool = True

    def number(self, text: str) -> int | None:
        """What a person wrote, a name or a number; None if it is neither, or out of range."""
        for i, name in enumerate(self.names):
            if name.casefold() == text.strip().casefold():
                return self._of(i)
        try:
            number = int(text[:12])
        except ValueError:
            return None
        return number if self.lowest <= number <= self.highest else None

    def name(self, number: int) -> str:
        """The nearest name, or the number if there are none."""
        if not self.names:
            return str(number)
        return self.names[min(range(len(self.names)), key=lambda i: abs(self._of(i) - number))]

    def _of(self, i: int) -> int:
        return self.lowest + round(i * (self.highest - self.lowest) / max(1, len(self.names) - 1))


def take_priorities(take: Taker, block: Block) -> Priorities:
    plain = Priorities()
    take.only(block, ("lowest", "highest", "names", "boosting", "boost", "visible"))
    lowest, highest = take.number(block, "lowest", plain.lowest), take.number(block, "highest", plain.highest)
    boost = take.number(block, "boost", plain.boost)
    if lowest >= highest:
        take.wrong(block.line, f"lowest must be less than highest; {lowest} and {highest} are not.")
        lowest, highest = plain.lowest, plain.highest
    if boost < 0:
        take.wrong(block.line, "boost must be 0 or more; write boost: 1.")
        boost = plain.boost
    return Priorities(lowest, highest, take.texts(block, "names"), take.switch(block, "boosting", True), boost,
                      take.switch(block, "visible", True))


def take_states(take: Taker, block: Block) -> dict[str, State]:
    states = {}
    for ident, inside in take.named_blocks(block):
        take.only(inside, ("name", "look", "boost", "render", "priority"))
        states[ident] = State(
            ident, take.text(inside, "name", ident), take.one_of(inside, "look", LOOKS, "waiting"),
            take.switch(inside, "boost", False), take.switch(inside, "render", False),
            take.number_or_none(inside, "priority"),
        )
    return states


def take_types(take: Taker, block: Block, states: Mapping[str, State], lowest: int) -> dict[str, AssetType]:
    types = {}
    for ident, inside in take.named_blocks(block):
        take.only(inside, ("name", "directory", "template", "states", "state", "priority", "render", "final", "output",
                           "time_budget"))
        own = take.texts(inside, "states")
        for state in own:
            if state not in states:
                take.wrong(inside.line, f"the states of {ident} name {state}, which is none; add it to states.")
        own = tuple(state for state in own if state in states) or tuple(states)
        types[ident] = AssetType(
            ident, take.text(inside, "name", ident), take.path_inside(inside, "directory", ident),
            take.path_inside(inside, "template"), own, take.one_of(inside, "state", own, own[0] if own else ""),
            take.number(inside, "priority", lowest), take.switch(inside, "render", False),
            take.switch(inside, "final", False), take.text(inside, "output"),
            take.amounts(inside, "time_budget", "minutes"),
        )
    return types
