"""The page: the web as a platform to talk on, and what is looked at."""
