"""Topics: what programs tell, for whoever subscribes; shown, forwarded or kept."""
