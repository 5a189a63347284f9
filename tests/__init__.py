"""Every test of EBR."""
