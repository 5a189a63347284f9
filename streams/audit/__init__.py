"""What should have happened, counted by readers that share nothing with the workers."""
