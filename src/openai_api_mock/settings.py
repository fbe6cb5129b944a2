"""The server's options, from a file, the environment and the command line; the nearer goes before the farther."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .errors import UsageError
from .options import DEFAULTS, GATE, Options, options_from

FILE = "openai-api-mock.yaml"
PREFIX = "OPENAI_API_MOCK_"
_NOT_OPTIONS = frozenset((GATE, "OPENAI_API_MOCK_CONFIG"))


def load(config: Path | None, environ: Mapping[str, str], flags: Mapping[str, object]) -> Options:
    """Flags over environment over file over defaults. Raises UsageError, which says where the fault is.

    `config` None reads `openai-api-mock.yaml` in the working directory, if there is one. Flags of None aren't set.
    """
    options = _from_file(config)
    options = _from_environment(environ, options)
    return options_from({name: value for name, value in flags.items() if value is not None}, base=options, text=True)


def _from_file(config: Path | None) -> Options:
    path = config or Path(FILE)
    if config is None and not path.exists():
        return DEFAULTS
    import yaml  # takes 60 ms of a server's start, where there is no file

    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except OSError as error:
        raise UsageError(f"the configuration {path} can't be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise UsageError(f"the configuration {path} is no YAML: {error}") from error
    if node is None:
        return DEFAULTS
    if not isinstance(node, yaml.MappingNode):
        raise UsageError(f"the configuration {path} must hold options, one to a line: `seed: 7`")
    options = DEFAULTS
    values = yaml.safe_load(text)
    for key, _ in node.value:
        try:
            options = options_from({key.value: values.get(key.value)}, base=options)
        except UsageError as error:
            raise UsageError(f"{path}, line {key.start_mark.line + 1}: {error}") from None
    return options


def _from_environment(environ: Mapping[str, str], options: Options) -> Options:
    for variable in sorted(environ):
        if not variable.startswith(PREFIX) or variable in _NOT_OPTIONS:
            continue
        name = variable[len(PREFIX) :].lower()
        try:
            options = options_from({name: environ[variable]}, base=options, text=True)
        except UsageError as error:
            raise UsageError(f"in the environment, {variable}: {error}") from None
    return options
