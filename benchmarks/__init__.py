"""Side-by-side measurements against other optimizers: each prints a table and writes JSON to `results/`."""
