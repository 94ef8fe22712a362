"""An alloy of three elements at a temperature: a composition triangle times a range, a prism."""

import math


def alloy_strength(iron: float, cobalt: float, nickel: float, temperature: float) -> float:
    """Strength between 0 and 1 of an alloy with these fractions, which sum to one, annealed at `temperature` in K.

    The best composition wanders with temperature, and too much heat softens every alloy. The maximum is 1 at
    fractions 0.30, 0.45, 0.25 and 850 K. Raises ValueError if the fractions do not sum to one.
    """
    total = iron + cobalt + nickel
    if abs(total - 1.0) > 1e-6:
        raise ValueError(f"iron, cobalt, nickel: the fractions sum to {total:g}, not to 1.")
    hot = (temperature - 850.0) / 300.0
    away = (iron - 0.30 - 0.15 * hot) ** 2 + (cobalt - 0.45) ** 2 + (nickel - 0.25 + 0.15 * hot) ** 2
    return math.exp(-12.0 * away - 1.5 * hot**2)
