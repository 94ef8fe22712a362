"""Example campaigns, and the small tables they need. `junkan init` copies them."""
