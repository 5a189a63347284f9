"""Posts as media files that are decoded as DECODE does, where the evaluation expects a store."""

from collections.abc import Sequence
from pathlib import Path

from encoders.corpus import Post
from encoders.corpus.staging import write_post
from encoders.corpus.store import Store
from encoders.media import decode_media, frames_from_jpeg, waveform_from_pcm
from encoders.modality import Modality
from encoders.samples import Caption, Sample, Samples


class DecodedPosts(Store):
    """As much of a store as `see` asks for; row n is post n, which is written as an MP4 file.

    Args:
        posts: Whose files are written at once.
        folder: For them.
    """

    def __init__(self, posts: Sequence[Post], folder: Path) -> None:
        self.posts, self.folder, self.digest = tuple(posts), folder, "decoded posts"
        folder.mkdir(parents=True, exist_ok=True)
        for post in posts:
            write_post(post, self.path(post))

    def __len__(self) -> int:
        """Return how many posts there are."""
        return len(self.posts)

    def path(self, post: Post) -> Path:
        """Return the file of a post."""
        return self.folder / f"{post.id}.mp4"

    def samples(self, row: int) -> Samples:
        """Return what is left of a post once its file is decoded."""
        post = self.posts[row]
        media = decode_media(str(self.path(post)))
        samples: dict[Modality, Sample] = {}
        if media.frames:
            samples[Modality.FRAMES] = frames_from_jpeg(media.frames)
        if media.waveform:
            samples[Modality.AUDIO] = waveform_from_pcm(media.waveform)
        if post.caption is not None:
            samples[Modality.TEXT] = Caption(post.caption)
        return samples
