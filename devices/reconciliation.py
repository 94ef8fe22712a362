"""After a process that died: the station's memory and the rig are made to agree before anything moves (R14).

Whoever drives the rig holds its lease, so everything that is still open in the log belongs to the dead. What the
instruments can tell is read back; what they cannot is asked; nothing is ever guessed or done again.
"""

from devices.errors import DeviceError
from devices.questions import Questions
from devices.recipe import Recipe
from devices.station.state import Sample
from devices.station.station import Station
from devices.steps.cool import Cool
from devices.steps.load import Load
from devices.steps.step import Step
from devices.steps.store import Store
from devices.steps.transfer import Transfer, bring
from devices.steps.work import Work


def reconcile(work: Work, recipe: Recipe, questions: Questions) -> None:
    """Settle what earlier growths left behind; the working places are free afterwards.

    Raises NeedsPerson if a question is not answered in time, and the errors of the rig, which has then been made safe.
    """
    work.rig.safe()  # whoever drove it before may have lost the line to what he wanted to make safe
    _close_depositions(work.station)
    robot = settle_moves(work, recipe)
    if robot is not None:
        _find_the_lost(work.station, questions)
        _compare_with_sensors(work, recipe, robot, questions)
    for growth in work.station.state().open_growths:
        if growth.key != work.key:
            work.station.end_growth(growth.key, "died", "its process ended without a word")
    _release_untouched(work)
    for sample in _left_behind(work, recipe):
        bring_home(work, recipe, sample)


def settle_moves(work: Work, recipe: Recipe) -> str | None:
    """Read back how moves ended that nobody saw end; returns the robot, if the recipe has one."""
    robot = _robot(work, recipe)
    if robot is not None:
        for move in work.station.state().open_moves:
            work.resolve(move, robot)
    return robot


def bring_home(work: Work, recipe: Recipe, sample: Sample) -> None:
    """Cool as the recipe does, then put a sample away where the recipe does. Raises what these steps raise."""
    work.sample = sample.name
    for place, step in _last(recipe, Cool):
        step.do(work, work.draft(place))
    for place, step in _last(recipe, Store):
        assert isinstance(step, Store)
        draft = work.draft(f"{place}.home.{sample.name}")
        bring(work, draft, draft.word(step.target, draft.rig.positions, "to"), step.device)
    work.sample = None


def working_places(work: Work, recipe: Recipe) -> tuple[str, ...]:
    """Where the recipe puts its sample before it puts it away."""
    places: dict[str, None] = {}
    for place, step in recipe.placed():
        if isinstance(step, Load | Transfer) and not isinstance(step, Store):
            draft = work.draft(place)
            places[draft.word(step.target, draft.rig.positions, "to")] = None
    return tuple(places)


def _last(recipe: Recipe, kind: type[Step]) -> list[tuple[str, Step]]:
    found = [(place, step) for place, step in recipe.placed() if isinstance(step, kind)]
    return found[-1:]


def _robot(work: Work, recipe: Recipe) -> str | None:
    for place, step in recipe.placed():
        if isinstance(step, Load | Transfer):
            return work.draft(place).device("transfer", step.device)
    return None


def _close_depositions(station: Station) -> None:
    for deposition in station.state().open_depositions:
        station.end_deposition(deposition.key, complete=False, reason="its process ended without a word")


def _find_the_lost(station: Station, questions: Questions) -> None:
    """Where a sample is that nobody saw arrive: only a person can say."""
    for name, sample in station.state().samples.items():
        if sample.standing != "lost":
            continue

        def found(name: str = name) -> bool:
            return station.state().samples[name].standing != "lost"

        question = f"Where is sample {name}? It was lost between {' and '.join(sample.suspects)}"
        while not found():
            questions.settle(f"where:{name}", question, [*sample.suspects, "removed"], found, "where", name)


def _compare_with_sensors(work: Work, recipe: Recipe, robot: str, questions: Questions) -> None:
    """What stands where the robot works, as its sensors see it."""

    def free() -> bool:
        return not work.holding(robot)

    while not free():
        questions.settle(f"gripper:{robot}", f"{robot} holds something: take it out of the gripper", ["cleared"], free)
    for place in working_places(work, recipe):
        for slot in work.station.slots(place):
            _compare(work, robot, slot, questions)


def _compare(work: Work, robot: str, slot: str, questions: Questions) -> None:
    known = work.station.state().at(slot)
    seen = work.occupied(robot, slot)
    if known is not None and not seen:
        work.station.lose(known.name, f"{slot} is empty, says {robot}")
        _find_the_lost(work.station, questions)
        if work.station.state().at(slot) is not None:
            raise DeviceError(f"{robot}: says that {slot} is empty, but sample {known.name} was said to be there")
    elif known is None and seen:

        def empty() -> bool:
            return not work.occupied(robot, slot)

        question = f"Something is in {slot} that the station does not know: take it out"
        while not empty():
            questions.settle(f"unknown:{slot}", question, ["cleared"], empty)


def _release_untouched(work: Work) -> None:
    """A sample that its dead growth never moved is as fresh as before."""
    state = work.station.state()
    for sample in state.samples.values():
        owner = sample.growth
        if owner is None or owner == work.key or sample.standing != "here" or sample.moved or sample.coated:
            continue
        if owner not in state.growths or state.growths[owner].outcome is not None:
            work.station.release(sample.name)


def _left_behind(work: Work, recipe: Recipe) -> list[Sample]:
    state = work.station.state()
    slots = [slot for place in working_places(work, recipe) for slot in work.station.slots(place)]
    return [sample for sample in map(state.at, slots) if sample is not None]
