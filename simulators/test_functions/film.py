"""A film deposited by sputtering, as a landscape: how far it is from the best film the process can make."""

import math


def film_loss(temperature: float, pressure: float, power: float, oxygen: float) -> float:
    """Loss in quality, 0.029 at the best recipe and nearly 1 at most: K, Pa, W, and oxygen as a fraction of the gas.

    It has what deposition has: heat and power stand in for each other along a ridge (the energy that an arriving atom
    brings), more power asks for more oxygen, pressure acts by its logarithm, most recipes give equally bad films, and a
    broad shoulder of passable ones lies where the process is cold and powerful.
    """
    heat = (temperature - 300.0) / 600.0
    drive = (power - 50.0) / 200.0
    gas = math.log10(pressure)
    share = oxygen / 0.4
    energy = heat + 0.6 * drive - 0.85
    balance = heat - drive - 0.35
    path = gas + 0.5 - 0.8 * drive
    stoichiometry = share - 0.3 - 0.5 * drive
    crystalline = 8.0 * energy**2 + 1.5 * balance**2 + 1.5 * path**2 + 5.0 * stoichiometry**2
    amorphous = 3.0 * ((heat - 0.1) ** 2 + (drive - 0.8) ** 2 + 0.3 * (gas - 0.4) ** 2 + (share - 0.5) ** 2)
    return 1.0 - 0.9 * math.exp(-crystalline) - 0.45 * math.exp(-amorphous)
