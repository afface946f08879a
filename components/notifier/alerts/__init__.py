"""Events become alerts, alerts become messages to people, and their answers close them."""
