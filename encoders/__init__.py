"""Media decoding, per-modality encoders and fusion: a video becomes unit vectors."""
