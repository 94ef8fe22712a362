"""The database: every campaign, trial, attempt and event. The only truth about what happened."""
