"""The commands, one file per group; each asks, shows, and leaves the work to the modules above."""
