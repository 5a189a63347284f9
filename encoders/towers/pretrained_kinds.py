"""Which network of transformers serves a modality, with how its vector is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from torch import Tensor

from encoders.errors import ModelRefused, RefusalReason
from encoders.modality import Modality


class Reading(StrEnum):
    """Where in the answer of a network the vector is."""

    IMAGE = "image_embeds"
    AUDIO = "audio_embeds"
    TEXT = "text_embeds"
    POOLED = "pooler_output"
    FIRST = "first_place"
    MEAN = "mean_over_places"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How one kind of model is used.

    Attributes:
        network: Class of transformers.
        reading: Where its vector is.
        options: Further arguments of its constructor.
        attention: Which of the library's ways to compute attention; most networks have the fast one.
        clip: It takes all frames of a video at once.
        encoder_only: Only the encoder of an encoder-decoder is kept.
        full_length: Texts are filled up to the longest and nothing is masked, as in its training.
    """

    network: str
    reading: Reading
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    attention: str = "sdpa"
    clip: bool = False
    encoder_only: bool = False
    full_length: bool = False

    def facts(self) -> dict[str, object]:
        """Return what changes vectors."""
        return {"network": self.network, "reading": self.reading.value, "full_length": self.full_length}


# A pooling layer that only classification trained, or nobody, is left out.
_BARE = MappingProxyType({"add_pooling_layer": False})

_CLIP_FRAMES = Kind(network="CLIPVisionModelWithProjection", reading=Reading.IMAGE)
_SIGLIP_FRAMES = Kind(network="SiglipVisionModel", reading=Reading.POOLED)
_SIGLIP2_FRAMES = Kind(network="Siglip2VisionModel", reading=Reading.POOLED)
_CLAP_AUDIO = Kind(network="ClapAudioModelWithProjection", reading=Reading.AUDIO, attention="eager")
_CLIP_TEXT = Kind(network="CLIPTextModelWithProjection", reading=Reading.TEXT)
_CLAP_TEXT = Kind(network="ClapTextModelWithProjection", reading=Reading.TEXT, attention="eager")
_SIGLIP_TEXT = Kind(network="SiglipTextModel", reading=Reading.POOLED, full_length=True)
_SIGLIP2_TEXT = Kind(network="Siglip2TextModel", reading=Reading.POOLED, full_length=True)

KINDS: Mapping[Modality, Mapping[str, Kind]] = MappingProxyType(
    {
        Modality.FRAMES: MappingProxyType(
            {
                "clip": _CLIP_FRAMES,
                "clip_vision_model": _CLIP_FRAMES,
                "dinov2": Kind(network="Dinov2Model", reading=Reading.FIRST),
                "dinov2_with_registers": Kind(network="Dinov2WithRegistersModel", reading=Reading.FIRST),
                "siglip": _SIGLIP_FRAMES,
                "siglip_vision_model": _SIGLIP_FRAMES,
                "siglip2": _SIGLIP2_FRAMES,
                "siglip2_vision_model": _SIGLIP2_FRAMES,
                "videomae": Kind(network="VideoMAEModel", reading=Reading.MEAN, clip=True),
                "vit": Kind(network="ViTModel", reading=Reading.FIRST, options=_BARE),
            }
        ),
        Modality.AUDIO: MappingProxyType(
            {
                "audio-spectrogram-transformer": Kind(network="ASTModel", reading=Reading.POOLED),
                "clap": _CLAP_AUDIO,
                "clap_audio_model": _CLAP_AUDIO,
                "whisper": Kind(network="WhisperModel", reading=Reading.MEAN, encoder_only=True),
            }
        ),
        Modality.TEXT: MappingProxyType(
            {
                "bert": Kind(network="BertModel", reading=Reading.MEAN, options=_BARE),
                "clap": _CLAP_TEXT,
                "clap_text_model": _CLAP_TEXT,
                "clip": _CLIP_TEXT,
                "clip_text_model": _CLIP_TEXT,
                "distilbert": Kind(network="DistilBertModel", reading=Reading.MEAN),
                "mpnet": Kind(network="MPNetModel", reading=Reading.MEAN, options=_BARE),
                "roberta": Kind(network="RobertaModel", reading=Reading.MEAN, options=_BARE),
                "siglip": _SIGLIP_TEXT,
                "siglip_text_model": _SIGLIP_TEXT,
                "siglip2": _SIGLIP2_TEXT,
                "siglip2_text_model": _SIGLIP2_TEXT,
                "xlm-roberta": Kind(network="XLMRobertaModel", reading=Reading.MEAN, options=_BARE),
            }
        ),
    }
)


def kind_of(modality: Modality, model_type: str, *, has_code: bool) -> Kind:
    """Return how a model is used.

    Args:
        modality: What it shall encode.
        model_type: Out of its configuration.
        has_code: Its folder brings code of its own, which is never run.

    Raises:
        ModelRefused: `unknown_kind`, or `remote_code` where only the folder's own code could run it.
    """
    kind = KINDS[modality].get(model_type)
    if kind is None and has_code:
        raise ModelRefused(RefusalReason.REMOTE_CODE, f"{model_type} needs the code of its folder, which is never run")
    if kind is None:
        known = ", ".join(sorted(KINDS[modality]))
        raise ModelRefused(RefusalReason.UNKNOWN_KIND, f"{model_type} serves no {modality}; known: {known}")
    return kind


def read(reading: Reading, answer: Mapping[str, Tensor], mask: Tensor | None = None) -> Tensor:
    """Return the vectors in an answer.

    Args:
        reading: Where.
        answer: Of the network: `last_hidden_state` (n, places, d), or a pooled tensor (n, d) under its own name.
        mask: Shape (n, places), 1 where a place counts, 0 where it is padding; None where all count.

    Returns:
        Shape (n, d).
    """
    if reading is Reading.FIRST:
        return answer["last_hidden_state"][:, 0]
    if reading is not Reading.MEAN:
        return answer[reading.value]
    places = answer["last_hidden_state"]
    if mask is None:
        return places.mean(dim=1)
    weight = mask.to(places.dtype)[:, :, None]  # (n, places, 1)
    return (places * weight).sum(dim=1) / weight.sum(dim=1).clamp(min=1.0)
