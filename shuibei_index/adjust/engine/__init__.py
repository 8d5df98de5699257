"""The X-13ARIMA-SEATS program: found, run in bulk in private folders, and what it left read back."""
