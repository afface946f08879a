"""What it costs to match quotes with 100,000 conditions, and how soon the message is there."""
