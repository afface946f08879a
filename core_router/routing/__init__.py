"""Who gets a stanza: the table, the sessions, the rules, the delivery. Pure."""
