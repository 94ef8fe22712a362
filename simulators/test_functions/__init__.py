"""Analytic problems with known optima: what a search can be measured on before it is trusted with an instrument."""
