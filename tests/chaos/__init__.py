"""Workers killed, paused, restarted in mid-stream on the real broker."""
