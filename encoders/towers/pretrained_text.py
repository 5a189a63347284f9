"""Words to a unit vector by a network of transformers."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from encoders.absence import MAX_CHARACTERS, has_words
from encoders.embedding import to_unit
from encoders.errors import SampleError
from encoders.modality import Modality
from encoders.samples import Caption, Sample
from encoders.towers.pretrained import Inputs, Tokenizing
from encoders.towers.pretrained_kinds import Kind, Reading, read

BATCH_TEXTS = 32
"""Texts in one pass: at most 32 x 512 tokens keep a base-size network under 1 GiB."""


class PretrainedText:
    """Encodes the first tokens of a text, as many as the network takes. Threads may share it: it only infers."""

    modality = Modality.TEXT

    def __init__(self, network: nn.Module, kind: Kind, reading: Reading, tokenizing: Tokenizing, model_id: str) -> None:
        """Take over what was loaded; encode one made-up text to learn the dimension."""
        self._network, self._kind, self._reading, self._tokenizing = network, kind, reading, tokenizing
        self.model_id = model_id
        self.dimension = self._inferred([tokenizing.encode("one") or [tokenizing.padding_id]]).shape[1]

    def encode(self, samples: Sequence[Sample]) -> list[NDArray[np.float32] | None]:
        """Encode texts; see `Encoder.encode`. None where there are no words."""
        texts = [self._ids(sample) for sample in samples]
        rows = [i for i, ids in enumerate(texts) if ids]
        vectors = self._inferred([texts[i] for i in rows])
        out: list[NDArray[np.float32] | None] = [None] * len(texts)
        for i, vector in zip(rows, vectors, strict=True):
            out[i] = to_unit(vector)
        return out

    def _ids(self, sample: Sample) -> list[int]:
        """Return the numbers of a text; none where it has no words."""
        if not isinstance(sample, Caption):
            raise SampleError(f"a caption is needed, got {type(sample).__name__}")
        if not has_words(sample.text):
            return []
        # Half a surrogate pair is no letter; a tokenizer would refuse the whole text.
        text = sample.text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
        return self._tokenizing.encode(text)

    def _inferred(self, texts: list[list[int]]) -> NDArray[np.float64]:
        """Run the network; one row a text, shape (n, d)."""
        rows: list[Tensor] = []
        for start in range(0, len(texts), BATCH_TEXTS):
            inputs = self._filled(texts[start : start + BATCH_TEXTS])
            mask = inputs["attention_mask"]
            if self._kind.full_length:
                del inputs["attention_mask"]
            with torch.inference_mode():
                rows.append(read(self._reading, self._network(**inputs), mask))
        return torch.cat(rows).double().numpy() if rows else np.zeros((0, self.dimension))

    def _filled(self, texts: list[list[int]]) -> Inputs:
        """Fill texts up to the longest of them; the mask (n, longest) is 0 on what was filled in."""
        longest = max(len(ids) for ids in texts)
        ids = torch.full((len(texts), longest), self._tokenizing.padding_id, dtype=torch.long)
        mask = torch.zeros((len(texts), longest), dtype=torch.long)
        for i, text in enumerate(texts):
            ids[i, : len(text)] = torch.tensor(text)
            mask[i, : len(text)] = 1
        return {"input_ids": ids, "attention_mask": mask}
