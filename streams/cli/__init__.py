"""The command line `ebr`, one file a verb."""
