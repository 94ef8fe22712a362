"""The lowest path through a periodic landscape of which few points are known (Kanamori et al. 2018)."""
