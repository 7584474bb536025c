"""What is looked at, worked out of records: pure, for pages and exports."""
