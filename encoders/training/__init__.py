"""Training of towers: losses, sampling, augmentation, a loop that a kill cannot hurt."""
