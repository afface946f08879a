"""Migrations of the notifier's tables; each part has a chain of its own."""
