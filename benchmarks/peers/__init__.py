"""Other optimizers behind one tiny protocol, one file each. Install them with `pip install -e .[peers]`."""
