"""Reactive sputtering of thin films: the physics, one world behind all instruments, and instruments that speak.

- `berg`, `transport`: what leaves the target and what of it arrives
- `niobium_titanate`, `lithium_cobaltate`, `mixed_oxide`: what grows under given conditions
- `probe`, `diffraction`: what is measured on it
- `growth`: a whole growth in one call, for everything that needs thousands
- `world`: the laboratory as one state, advanced by a virtual clock (`clock`), shared by the `instruments`
"""
