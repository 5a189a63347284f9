"""The encoders, one file a source of vectors."""
