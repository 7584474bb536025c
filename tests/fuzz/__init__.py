"""Hostile input for whatever reads what strangers write; FUZZ_SECONDS says for how long."""
