"""What is asked of the engine for one series, as an object and as text."""
