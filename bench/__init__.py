"""Side-by-side measurements of Stellwerk and the servers people run today.

Each `python -m bench.NAME` starts every server in a process of its own, pinned to one core, below a
temporary directory and on free loopback ports; the load runs on another core. `--help` explains the
figures. Nothing here asserts a time: the figures are printed.
"""
