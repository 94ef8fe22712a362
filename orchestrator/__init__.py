"""The loop: campaigns, ledger, executors, and the `junkan` command."""
