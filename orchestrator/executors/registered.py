"""The functions that installed packages offer to campaigns."""

from orchestrator.executors.errors import UnknownFunction

GROUP = "junkan.functions"


def registered_function(name: str) -> str:
    """Where the factory of the function `name` is: `module:attribute`. Imports nothing of it.

    A package offers a function by an entry point of the group `junkan.functions`. Raises UnknownFunction.
    """
    from importlib.metadata import entry_points

    from orchestrator.campaign.suggestion import not_known

    offered = entry_points(group=GROUP)
    places = sorted({entry.value for entry in offered if entry.name == name})
    if not places:
        raise UnknownFunction(
            f"executor.function: {not_known(name, sorted(offered.names))} "
            f"A function becomes known by an entry point of the group {GROUP} in an installed package."
        )
    if len(places) > 1:
        raise UnknownFunction(
            f"executor.function: '{name}' is offered by several packages: {', '.join(places)}. Remove all but one."
        )
    return places[0]
