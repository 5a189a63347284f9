"""The proof of undo: every action of a trend with its cause, its end, what it stands on."""
