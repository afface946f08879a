"""Who is told: persons and their presence, on-call schedules, teams, escalation."""
