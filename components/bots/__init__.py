"""A bot in conference rooms: greets, answers, keeps minutes; also the example of how to write one."""
