"""What a station must remember when every process has died: samples, trips, prompts, stock, calibrations."""
