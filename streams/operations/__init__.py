"""A simulated A/B test of operations: classification alone against retrieval beside it, on stated assumptions."""
