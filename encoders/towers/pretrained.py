"""The one door to transformers: a checked folder becomes a network with its preprocessing."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import transformers
from huggingface_hub import snapshot_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError
from numpy.typing import NDArray
from safetensors import SafetensorError
from torch import Tensor, nn

from encoders.errors import ModelRefused, RefusalReason
from encoders.towers.pretrained_folder import read_object

Inputs = dict[str, Tensor]

LIBRARY = f"transformers {transformers.__version__}"

# What the library raises when files do not fit together; it has no root of its own.
_BROKEN = (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError)
# Never a pickle, never code: what is not there cannot be run.
_FETCHED = ("*.json", "*.txt", "*.model", "*.safetensors")

# Preprocessing of pictures by Pillow and NumPy alone, so that a machine with further libraries computes the same.
_PICTURE_PROCESSORS = frozenset(
    {
        "BitImageProcessor",
        "CLIPImageProcessor",
        "SiglipImageProcessor",
        "Siglip2ImageProcessor",
        "VideoMAEImageProcessor",
        "ViTImageProcessor",
    }
)
_SOUND_EXTRACTORS = frozenset({"ASTFeatureExtractor", "ClapFeatureExtractor", "WhisperFeatureExtractor"})
# Position ids of these begin behind the id of the padding.
_OFFSET_POSITIONS = frozenset({"roberta", "xlm-roberta", "mpnet", "clap_text_model"})


@dataclass(frozen=True, slots=True)
class Picturing:
    """Pictures to what a network takes.

    Attributes:
        settings: All that changes the result.
        prepare: Pictures, uint8 (h, w, 3), to tensors with a leading axis of 1.
    """

    settings: Mapping[str, object]
    prepare: Callable[[Sequence[NDArray[np.uint8]]], Inputs]


@dataclass(frozen=True, slots=True)
class Listening:
    """Sound to what a network takes.

    Attributes:
        settings: All that changes the result.
        rate_hz: The rate that it wants.
        longest: Samples that it takes at most.
        prepare: Sound, float32 (n,) with n <= longest, to tensors with a leading axis of 1.
    """

    settings: Mapping[str, object]
    rate_hz: int
    longest: int
    prepare: Callable[[NDArray[np.float32]], Inputs]


@dataclass(frozen=True, slots=True)
class Tokenizing:
    """Words to numbers.

    Attributes:
        settings: All that changes the result.
        padding_id: What fills a row up.
        encode: Text to ids, cut to what the network takes.
    """

    settings: Mapping[str, object]
    padding_id: int
    encode: Callable[[str], list[int]]


def find_folder(model: str, *, local_files_only: bool = True, revision: str | None = None) -> Path:
    """Return the folder of a model.

    Args:
        model: A folder, or the name of a model in the hub's cache on this machine.
        local_files_only: False lets a name be fetched; only safetensors, configurations and vocabularies are.
        revision: Of a name: a branch, a tag or a commit.

    Raises:
        ModelRefused: `not_found`.
    """
    if Path(model).is_dir():
        return Path(model)
    try:
        folder = snapshot_download(
            model, revision=revision, local_files_only=local_files_only, allow_patterns=list(_FETCHED)
        )
    except HFValidationError as error:
        raise ModelRefused(RefusalReason.NOT_FOUND, f"{model} is neither a folder nor the name of a model") from error
    except (LocalEntryNotFoundError, HfHubHTTPError, OSError) as error:
        where = "on this machine" if local_files_only else "in the hub"
        raise ModelRefused(RefusalReason.NOT_FOUND, f"{model} is no folder; no model of that name {where}") from error
    return Path(folder)


def load_network(folder: Path, class_name: str, attention: str, options: Mapping[str, object]) -> nn.Module:
    """Return a network in float32, ready to infer.

    Args:
        folder: Checked by `look_through`.
        class_name: Of transformers.
        attention: Which of its ways to compute attention; named, so that a configuration cannot name a foreign one.
        options: Further arguments of its constructor.

    Raises:
        ModelRefused: `missing_weights`: some would be drawn at random; `bad_config`: it cannot be built.
    """
    with _quiet():
        try:
            network, info = getattr(transformers, class_name).from_pretrained(
                str(folder),
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                dtype=torch.float32,
                attn_implementation=attention,
                output_loading_info=True,
                **options,
            )
        except (*_BROKEN, RuntimeError, SafetensorError) as error:
            raise ModelRefused(RefusalReason.BAD_CONFIG, f"{class_name} from {folder}: {_first_line(error)}") from error
    lacking = sorted(info["missing_keys"]) + sorted(str(key) for key in info["mismatched_keys"])
    if lacking:
        more = f" and {len(lacking) - 1} more" if len(lacking) > 1 else ""
        raise ModelRefused(RefusalReason.MISSING_WEIGHTS, f"{folder} lacks {lacking[0]}{more} of {class_name}")
    network.eval().requires_grad_(False)
    loaded: nn.Module = network
    return loaded


def load_picturing(folder: Path) -> Picturing:
    """Return the preprocessing of pictures that a folder asks for.

    Raises:
        ModelRefused: `no_preprocessing` or `unsupported`.
    """
    name = _processor_name(folder, "image_processor", "image_processor_type")
    name = name.removesuffix("Fast").replace("FeatureExtractor", "ImageProcessor")
    processor = _built(folder, name, f"{name}Pil", _PICTURE_PROCESSORS)

    def prepare(pictures: Sequence[NDArray[np.uint8]]) -> Inputs:
        return dict(processor(list(pictures), return_tensors="pt"))

    return Picturing(_plain(processor.to_dict()), prepare)


def load_listening(folder: Path) -> Listening:
    """Return the preprocessing of sound that a folder asks for.

    Raises:
        ModelRefused: `no_preprocessing` or `unsupported`.
    """
    name = _processor_name(folder, "feature_extractor", "feature_extractor_type")
    extractor = _built(folder, name, name, _SOUND_EXTRACTORS)
    rate_hz = int(extractor.sampling_rate)
    longest = int(getattr(extractor, "n_samples", 0) or getattr(extractor, "nb_max_samples", 0))
    # The spectrum transformer counts in steps of 10 ms; the others in samples.
    longest = longest or int(extractor.max_length) * (rate_hz // 100)

    def prepare(sound: NDArray[np.float32]) -> Inputs:
        return dict(extractor(sound, sampling_rate=rate_hz, return_tensors="pt"))

    settings = {key: value for key, value in extractor.to_dict().items() if not key.startswith("mel_filters")}
    return Listening(_plain(settings), rate_hz, longest, prepare)


def load_tokenizing(folder: Path, network: nn.Module, *, full_length: bool) -> Tokenizing:
    """Return the tokenizer of a folder.

    Args:
        folder: With its files.
        network: Which text of which length it takes is in its configuration.
        full_length: Fill every text up to the longest, as the network was trained.

    Raises:
        ModelRefused: `no_preprocessing`, or `unsupported` where it needs what is not installed.
    """
    if not any((folder / name).is_file() for name in ("tokenizer.json", "vocab.txt", "vocab.json")):
        raise ModelRefused(RefusalReason.NO_PREPROCESSING, f"{folder} has no tokenizer.json and no vocabulary")
    with _quiet():
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(
                str(folder), local_files_only=True, trust_remote_code=False, use_fast=True
            )
        except _BROKEN as error:
            raise ModelRefused(RefusalReason.UNSUPPORTED, f"tokenizer of {folder}: {_first_line(error)}") from error
    longest = _longest_text(folder, network, tokenizer.model_max_length)
    padding_id = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0

    def encode(text: str) -> list[int]:
        ids = tokenizer(text, truncation=True, max_length=longest)["input_ids"]
        return list(ids) + [padding_id] * (longest - len(ids) if full_length else 0)

    backend = tokenizer.backend_tokenizer.to_str()
    settings = {"tokenizer": backend, "longest": longest, "padding_id": padding_id, "full_length": full_length}
    return Tokenizing(settings, padding_id, encode)


def _longest_text(folder: Path, network: nn.Module, limit: int) -> int:
    """Return how many tokens the network has places for."""
    config: object = network.config
    places = int(getattr(config, "max_position_embeddings", 512))
    if getattr(config, "model_type", "") in _OFFSET_POSITIONS:
        places -= int(getattr(config, "pad_token_id", 1) or 0) + 1
    sentence = read_object(folder / "sentence_bert_config.json") or {}
    claimed = sentence.get("max_seq_length")
    return min(places, limit, claimed if isinstance(claimed, int) and claimed > 0 else places)


def _processor_name(folder: Path, part: str, key: str) -> str:
    """Return the class that a folder's preprocessing names, in the old form or within that of a processor."""
    whole = read_object(folder / "processor_config.json") or {}
    inner = whole.get(part)
    for found in (read_object(folder / "preprocessor_config.json"), inner if isinstance(inner, dict) else None, whole):
        name = (found or {}).get(key) or (found or {}).get("feature_extractor_type")
        if isinstance(name, str):
            return name
    raise ModelRefused(RefusalReason.NO_PREPROCESSING, f"{folder} does not say how its {part} works")


def _built(folder: Path, name: str, class_name: str, known: frozenset[str]):  # type: ignore[no-untyped-def]
    """Return a processor of one of the known classes."""
    if name not in known:
        raise ModelRefused(RefusalReason.UNSUPPORTED, f"{folder} asks for {name}; known: {', '.join(sorted(known))}")
    try:
        return getattr(transformers, class_name).from_pretrained(str(folder), local_files_only=True)
    except _BROKEN as error:
        raise ModelRefused(RefusalReason.BAD_CONFIG, f"{class_name} of {folder}: {_first_line(error)}") from error


def _plain(settings: Mapping[str, object]) -> dict[str, object]:
    """Return settings without those that are not set."""
    return {key: value for key, value in sorted(settings.items()) if value is not None}


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the library's reports off the terminal: what matters of them is raised."""
    logging = transformers.utils.logging
    level, barred = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if barred:
            logging.enable_progress_bar()
