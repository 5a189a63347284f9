"""What tests share: media, brokers, oracles."""
