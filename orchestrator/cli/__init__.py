"""The `junkan` command."""
