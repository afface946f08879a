"""The steps between the opening of a stream and the first stanza."""
