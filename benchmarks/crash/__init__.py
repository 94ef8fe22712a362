"""What happens to a campaign whose process is killed in the middle of a trial, measured on the peers."""
