"""What the tests say about an adjustment."""
