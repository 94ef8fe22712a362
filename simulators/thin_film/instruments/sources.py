"""Which target is sputtered, and how the fluxes of three of them mix: switch and dividers between supply and guns."""

from collections.abc import Mapping
from typing import Any, ClassVar

from simulators.thin_film.instruments.line_instrument import UNKNOWN, LineInstrument, RefusedLine, none, number, one
from simulators.thin_film.world import World

NOT_NOW = 7


class Sources(LineInstrument):
    """`GUN 2` connects the second gun, unless a plasma burns; `SHARE 1 0.30` sets the first of three shares.

    `GUN?` and `SHARE? 1` give what was set, `TARGET?` what the gun in use carries. Shares need not sum to 1; the
    mixture changes once their sum is not zero. Both are mechanical: without mains they stay as they are.
    """

    IDENTITY: ClassVar[str] = "JUNKAN,GUNS-3,0001,1.0"
    KEPT: ClassVar[tuple[str, ...]] = ("gun", "shares")

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world
        self.gun = 1
        self.shares = [1.0, 1.0, 1.0]

    def restore(self, state: Mapping[str, Any]) -> None:
        """Remember."""
        super().restore(state)
        self.shares = list(self.shares)

    def _obey(self, command: str, arguments: list[str]) -> str:
        if command == "GUN":
            return self._connect(one(arguments))
        if command == "SHARE":
            return self._divide(arguments)
        if command == "SHARE?":
            return f"{self.shares[self._divider(one(arguments))]:.4f}"
        if command not in ("GUN?", "TARGET?"):
            raise RefusedLine(UNKNOWN, "unknown command")
        none(arguments)
        return str(self.gun) if command == "GUN?" else self._world.target

    def _connect(self, text: str) -> str:
        wanted = int(number(text, 1, len(self._world.settings.guns)))
        if self._world.plasma:
            raise RefusedLine(NOT_NOW, "a plasma burns")
        self._world.select_gun(wanted)
        self.gun = wanted
        return "OK"

    def _divider(self, text: str) -> int:
        return int(number(text, 1, 3)) - 1

    def _divide(self, arguments: list[str]) -> str:
        if len(arguments) != 2:
            raise RefusedLine(UNKNOWN, "divider and share expected")
        self.shares[self._divider(arguments[0])] = number(arguments[1], 0.0, 1.0)
        if sum(self.shares) > 0.0:
            self._world.set_mixture(*self.shares)
        return "OK"
