"""Who answers: one file per kind of server, each an implementation of `Backend`."""
