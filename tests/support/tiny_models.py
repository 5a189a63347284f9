"""Folders of transformers models so small that a test builds them: random weights, real configuration, no hub."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import tokenizers
import torch
import transformers
from tokenizers import Tokenizer

WORDS = (
    "[PAD]",
    "[BOS]",
    "[EOS]",
    "[UNK]",
    "one",
    "two",
    "three",
    "dog",
    "cat",
    "runs",
    "sleeps",
    "challenge",
    "dance",
)

_TEXT = {"hidden_size": 32, "intermediate_size": 37, "num_hidden_layers": 2, "num_attention_heads": 4}
_VISION = {**_TEXT, "image_size": 32, "patch_size": 8}
_IDS = {"vocab_size": len(WORDS), "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2}
_BOX = {"height": 32, "width": 32}


def _save(network: Any, folder: Path) -> None:
    """Spread the weights further than their initial values, so that different samples differ clearly; then save."""
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    transformers.utils.logging.disable_progress_bar()
    network.save_pretrained(folder)


def save_tokenizer(folder: Path, longest: int = 16) -> None:
    """Save a tokenizer of whole words that puts marks around a text."""
    tokenizer = Tokenizer(tokenizers.models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="[BOS] $A [EOS]", special_tokens=[("[BOS]", 1), ("[EOS]", 2)]
    )
    fast = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        bos_token="[BOS]",
        eos_token="[EOS]",
        unk_token="[UNK]",
        model_max_length=longest,
    )
    fast.save_pretrained(folder)


def _clip(folder: Path) -> None:
    text = {**_TEXT, **_IDS, "max_position_embeddings": 16, "projection_dim": 24}
    vision = {**_VISION, "projection_dim": 24}
    config = transformers.CLIPConfig(vision_config=vision, text_config=text, projection_dim=24)
    _save(transformers.CLIPModel(config), folder)
    transformers.CLIPImageProcessorPil(size={"shortest_edge": 32}, crop_size=_BOX).save_pretrained(folder)
    save_tokenizer(folder)


def _siglip(folder: Path) -> None:
    text = {**_TEXT, **_IDS, "max_position_embeddings": 16, "projection_size": 32}
    config = transformers.SiglipConfig(vision_config=_VISION, text_config=text)
    _save(transformers.SiglipModel(config), folder)
    transformers.SiglipImageProcessorPil(size=_BOX).save_pretrained(folder)
    save_tokenizer(folder)


def _siglip2(folder: Path) -> None:
    text = {**_TEXT, **_IDS, "max_position_embeddings": 16, "projection_size": 32}
    config = transformers.Siglip2Config(vision_config={**_VISION, "num_patches": 16}, text_config=text)
    _save(transformers.Siglip2Model(config), folder)
    transformers.Siglip2ImageProcessorPil(patch_size=8, max_num_patches=16).save_pretrained(folder)
    save_tokenizer(folder)


def _dinov2(folder: Path) -> None:
    _save(transformers.Dinov2Model(transformers.Dinov2Config(**_VISION)), folder)
    transformers.BitImageProcessorPil(size={"shortest_edge": 32}, crop_size=_BOX).save_pretrained(folder)


def _vit(folder: Path) -> None:
    _save(transformers.ViTForImageClassification(transformers.ViTConfig(**_VISION)), folder)
    transformers.ViTImageProcessorPil(size=_BOX).save_pretrained(folder)


def _videomae(folder: Path) -> None:
    config = transformers.VideoMAEConfig(**{**_VISION, "patch_size": 16, "num_frames": 4})
    _save(transformers.VideoMAEModel(config), folder)
    transformers.VideoMAEImageProcessorPil(size={"shortest_edge": 32}, crop_size=_BOX).save_pretrained(folder)


def _ast(folder: Path) -> None:
    config = transformers.ASTConfig(**_TEXT, max_length=64, num_mel_bins=32)
    _save(transformers.ASTModel(config), folder)
    transformers.ASTFeatureExtractor(max_length=64, num_mel_bins=32).save_pretrained(folder)


def _whisper(folder: Path) -> None:
    config = transformers.WhisperConfig(
        d_model=32,
        encoder_layers=1,
        decoder_layers=1,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=37,
        decoder_ffn_dim=37,
        num_mel_bins=16,
        max_source_positions=100,
        vocab_size=20,
        pad_token_id=0,
        bos_token_id=1,
        eos_token_id=2,
        decoder_start_token_id=1,
    )
    _save(transformers.WhisperForConditionalGeneration(config), folder)
    transformers.WhisperFeatureExtractor(feature_size=16, chunk_length=2).save_pretrained(folder)


def _clap(folder: Path) -> None:
    text = {**_TEXT, **_IDS, "max_position_embeddings": 20}
    audio = {
        "hidden_size": 16,
        "patch_embeds_hidden_size": 8,
        "spec_size": 64,
        "num_mel_bins": 16,
        "depths": [1, 1],
        "num_attention_heads": [2, 2],
        "window_size": 4,
        "patch_size": 4,
        "patch_stride": [4, 4],
        "num_classes": 4,
        "projection_dim": 16,
    }
    config = transformers.ClapConfig(text_config={**text, "projection_dim": 16}, audio_config=audio, projection_dim=16)
    _save(transformers.ClapModel(config), folder)
    transformers.ClapFeatureExtractor(
        feature_size=16, max_length_s=2, truncation="rand_trunc", padding="repeatpad"
    ).save_pretrained(folder)
    save_tokenizer(folder)


def _bert(folder: Path) -> None:
    config = transformers.BertConfig(**_TEXT, **_IDS, max_position_embeddings=16)
    _save(transformers.BertForMaskedLM(config), folder)
    save_tokenizer(folder)


def _roberta(folder: Path) -> None:
    config = transformers.RobertaConfig(**_TEXT, **_IDS, max_position_embeddings=17)
    _save(transformers.RobertaModel(config), folder)
    save_tokenizer(folder)


def _distilbert(folder: Path) -> None:
    config = transformers.DistilBertConfig(
        dim=32, hidden_dim=37, n_layers=2, n_heads=4, **_IDS, max_position_embeddings=16
    )
    _save(transformers.DistilBertModel(config), folder)
    save_tokenizer(folder)


BUILDERS: Mapping[str, Callable[[Path], None]] = MappingProxyType(
    {
        "ast": _ast,
        "bert": _bert,
        "clap": _clap,
        "clip": _clip,
        "dinov2": _dinov2,
        "distilbert": _distilbert,
        "roberta": _roberta,
        "siglip": _siglip,
        "siglip2": _siglip2,
        "videomae": _videomae,
        "vit": _vit,
        "whisper": _whisper,
    }
)


def save_tiny(kind: str, folder: Path) -> Path:
    """Save a model of a kind; the same kind has the same weights in every call."""
    with torch.random.fork_rng():
        torch.manual_seed(len(kind) * 100 + ord(kind[0]))
        folder.mkdir(parents=True, exist_ok=True)
        BUILDERS[kind](folder)
    return folder


def edit_json(path: Path, **changes: object) -> None:
    """Change fields of a JSON file; None takes one away."""
    fields = json.loads(path.read_text(encoding="utf-8")) | changes
    path.write_text(json.dumps({k: v for k, v in fields.items() if v is not None}), encoding="utf-8")
