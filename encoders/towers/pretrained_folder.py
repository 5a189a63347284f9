"""A model's folder, looked through before anything in it is loaded."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from encoders.errors import ModelRefused, RefusalReason

WEIGHTS = "model.safetensors"
WEIGHTS_INDEX = "model.safetensors.index.json"

_OTHER_WEIGHTS = frozenset({".bin", ".pt", ".pth", ".ckpt", ".h5", ".msgpack"})
_CHUNK_BYTES = 1 << 20
# Keys of a configuration that name its maker, not its work.
_IDLE_KEYS = frozenset({"_name_or_path", "transformers_version", "torch_dtype", "dtype", "architectures", "auto_map"})
# Keys that would load something else than the float32 weights of this folder.
_FORBIDDEN_KEYS = ("quantization_config", "transformers_weights", "attn_implementation", "_attn_implementation")


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A folder that may be loaded.

    Attributes:
        path: The folder.
        config: What its config.json says.
        weights_digest: SHA-256 of its weights, in hex.
    """

    path: Path
    config: Mapping[str, object]
    weights_digest: str

    @property
    def model_type(self) -> str:
        """The kind of network, in the words of its library."""
        return str(self.config["model_type"])

    def facts(self) -> dict[str, object]:
        """Return the configuration as far as it changes vectors."""
        return {key: value for key, value in self.config.items() if key not in _IDLE_KEYS}


def look_through(path: Path) -> ModelFolder:
    """Check a folder.

    Raises:
        ModelRefused: `not_found`, `bad_config`, `not_safetensors` (also where only pickled weights are there) or
            `unsupported` (an adapter, quantised weights).
    """
    if not path.is_dir():
        raise ModelRefused(RefusalReason.NOT_FOUND, f"no folder {path}")
    config = read_object(path / "config.json")
    if config is None:
        raise ModelRefused(RefusalReason.BAD_CONFIG, f"{path} has no config.json")
    if not isinstance(config.get("model_type"), str):
        raise ModelRefused(RefusalReason.BAD_CONFIG, f"config.json in {path} names no model_type")
    if (path / "adapter_config.json").exists():
        raise ModelRefused(RefusalReason.UNSUPPORTED, f"{path} holds an adapter, not a model")
    for key in _FORBIDDEN_KEYS:
        if config.get(key) is not None:
            raise ModelRefused(RefusalReason.UNSUPPORTED, f"config.json in {path} has {key}; weights must be plain")
    return ModelFolder(path, MappingProxyType(config), _digest(weight_files(path)))


def read_object(path: Path) -> dict[str, object] | None:
    """Return the JSON object in a file; None where there is no file.

    Raises:
        ModelRefused: `bad_config`: it is no JSON object.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelRefused(RefusalReason.BAD_CONFIG, f"{path.name} in {path.parent}: {error}") from error
    if not isinstance(value, dict):
        raise ModelRefused(RefusalReason.BAD_CONFIG, f"{path.name} in {path.parent} is no JSON object")
    return value


def weight_files(path: Path) -> list[Path]:
    """Return the files of the weights, ascending by name.

    Raises:
        ModelRefused: `not_safetensors`: there is none, or an index names something else.
    """
    if (path / WEIGHTS).is_file():
        return [path / WEIGHTS]
    index = read_object(path / WEIGHTS_INDEX)
    if index is None:
        others = sorted(p.name for p in path.iterdir() if p.suffix in _OTHER_WEIGHTS)
        found = f"; found {', '.join(others)}, which may run code when loaded" if others else ""
        raise ModelRefused(RefusalReason.NOT_SAFETENSORS, f"{path} has no {WEIGHTS}{found}")
    shards = index.get("weight_map")
    names = sorted({str(name) for name in shards.values()}) if isinstance(shards, dict) else []
    for name in names:
        if Path(name).name != name or not name.endswith(".safetensors") or not (path / name).is_file():
            raise ModelRefused(RefusalReason.NOT_SAFETENSORS, f"{WEIGHTS_INDEX} in {path} names {name!r}")
    if not names:
        raise ModelRefused(RefusalReason.NOT_SAFETENSORS, f"{WEIGHTS_INDEX} in {path} names no file")
    return [path / name for name in names]


def _digest(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.name}:{file.stat().st_size}\n".encode())
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                digest.update(chunk)
    return digest.hexdigest()
