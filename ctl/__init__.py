"""The operator's command, `stellwerk`: it founds a home, starts the processes, and speaks to them.

It knows the processes only from outside: from `supervisord.conf`, the configuration file, and the
control socket of each.
"""
