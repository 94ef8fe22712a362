"""The closed loop: decide what comes next, do it, and survive anything in between."""
