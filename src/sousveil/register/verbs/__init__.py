"""What the verbs of `sousveil register` do, once the command line has been read."""
