"""Stock watch: conditions on quotes, and a message to their owner the moment one is met."""
