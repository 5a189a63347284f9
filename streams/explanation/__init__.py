"""Why two videos are alike, for a person: scores a modality, pairs of frames, the nearest negative."""
