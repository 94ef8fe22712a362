"""The optimizers of parameter spaces that can be compared, by name; one is imported only when it is used."""

from dataclasses import dataclass
from importlib import import_module

from benchmarks.machine import installed_version
from benchmarks.peers_parameters.searcher import Contest, ParameterSearcher

OURS = "junkan"


@dataclass(frozen=True)
class Method:
    """A column of the table: where its adapter lives, and the distribution whose version it measures."""

    name: str
    adapter: str
    distribution: str
    several_objectives: bool = True

    def version(self) -> str | None:
        """Its version; for ours a digest of the source. None where it is not installed."""
        if self.distribution == OURS:
            from benchmarks.peers.registry import PEERS

            return PEERS[OURS].version()
        return installed_version(self.distribution)

    def plays(self, contest: Contest) -> bool:
        """Whether the problem is one it can be given."""
        return self.several_objectives or len(contest.problem.objectives) == 1

    def build(self, contest: Contest, seed: int) -> ParameterSearcher:
        """A searcher for one search. Raises ImportError where the optimizer is not installed."""
        module, _, name = self.adapter.partition(":")
        made: ParameterSearcher = getattr(import_module(f"benchmarks.peers_parameters.{module}"), name)(contest, seed)
        return made


METHODS = {
    method.name: method
    for method in (
        Method("junkan box", "junkan:BoxSearcher", OURS, several_objectives=False),
        Method("junkan ax", "junkan:AxSearcher", OURS),
        Method("junkan botorch", "junkan:BotorchSearcher", OURS),
        Method("ax default", "ax:AxSearcher", "ax-platform"),
        Method("optuna GP", "optuna:GpSearcher", "optuna"),
        Method("optuna TPE", "optuna:TpeSearcher", "optuna"),
        Method("CMA-ES", "cma:CmaSearcher", "cma", several_objectives=False),
        Method("random", "random_search:RandomSearcher", "numpy"),
    )
}


def our_choice(contest: Contest) -> str:
    """The method of ours for a kind of problem: the rule of docs/parameter_spaces.md, and nothing but the rule.

    One objective, with or without limits on what is measured: box. Several: ax.
    """
    return "junkan ax" if len(contest.problem.objectives) > 1 else "junkan box"
