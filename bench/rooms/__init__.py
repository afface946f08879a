"""Conference rooms under load: messages to many, and entering where many are."""
