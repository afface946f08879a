"""What is kept, as interfaces, and a store in memory for tests."""
