"""Addresses, elements, errors: the vocabulary of RFC 6120 and RFC 7622."""
