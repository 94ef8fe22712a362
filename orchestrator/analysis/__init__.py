"""Raw data into values with uncertainties, and the records that raw data are kept in."""
