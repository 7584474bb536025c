"""Pure decisions that all platforms share. Nothing is awaited here but what the ports know."""
