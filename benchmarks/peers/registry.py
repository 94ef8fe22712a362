"""The optimizers that can be compared, by name; a peer is imported only when it is used."""

import hashlib
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import optimizers
from benchmarks.machine import installed_version
from benchmarks.peers.searcher import Search, Searcher

OURS = "junkan"


@dataclass(frozen=True)
class Peer:
    """Where an adapter lives, and the distribution whose version it measures."""

    name: str
    adapter: str
    distribution: str
    module: str

    def installed(self) -> bool:
        """Whether the optimizer itself can be imported here."""
        return find_spec(self.module) is not None

    def version(self) -> str | None:
        """Its version; for ours a digest of the source. None where it is not installed."""
        if self.distribution == OURS:
            return _digest_of_source()
        return installed_version(self.distribution)

    def build(self, search: Search) -> Searcher:
        """A searcher for one search. Raises ImportError where the optimizer is not installed."""
        module, _, name = self.adapter.rpartition(":")
        searcher: Searcher = getattr(import_module(f"benchmarks.peers.{module}"), name)(search)
        return searcher


PEERS = {
    peer.name: peer
    for peer in (
        Peer(OURS, "junkan:JunkanSearcher", OURS, "optimizers"),
        Peer(f"{OURS} without symmetry", "junkan:JunkanWithoutSymmetry", OURS, "optimizers"),
        Peer("physbo", "physbo:PhysboSearcher", "physbo", "physbo"),
        Peer("botorch", "botorch:BotorchSearcher", "botorch", "botorch"),
        Peer("baybe", "baybe:BaybeSearcher", "baybe", "baybe"),
        Peer("ax", "ax:AxSearcher", "ax-platform", "ax"),
        Peer("optuna", "optuna:OptunaSearcher", "optuna", "optuna"),
        Peer("nimo", "nimo:NimoSearcher", "nimo", "nimo"),
        Peer("random", "random_search:RandomSearcher", "numpy", "numpy"),
    )
}


def _digest_of_source() -> str:
    folder = Path(optimizers.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
