"""One file per account service. Pure."""
