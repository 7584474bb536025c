"""Where people talk: one folder or file per platform, each an implementation of `Adapter`."""
