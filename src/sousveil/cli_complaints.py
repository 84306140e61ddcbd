"""The verbs of `sousveil complaints`."""
