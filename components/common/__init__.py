"""What every component shares: the stream to the router, transactions, store, forms, control socket."""
