"""What people notice when a service is restarted or killed while they talk: nothing, as the table shows."""
