"""What the decisions on a trend say about it: how right it is, how well calibrated, which threshold to take."""
