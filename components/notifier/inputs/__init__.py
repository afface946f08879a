"""Where events come from: each input turns what a monitoring system sends into `alerts.event.Event`."""
