"""Roles: what a recipe asks for instead of a model. A device fills a role by having its channels and commands."""
