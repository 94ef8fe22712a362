"""What a campaign found, for people to read."""
