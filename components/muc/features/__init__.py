"""What rooms can do: one file for each room setting and each use case of XEP-0045."""
