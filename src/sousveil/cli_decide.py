"""The verb `sousveil decide`."""
