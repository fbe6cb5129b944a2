"""How a model is trained: the hyperparameters that "auto" comes to, the steps, and metrics that fall as they should.

Epochs and batch sizes follow the rule of OpenAI's cookbook (3 epochs, more for few examples and fewer for many;
recorded: 10 epochs for 10 examples, in batches of 1). The curves are made up: nothing is trained.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import msgspec

from ..answer import JSON
from ..noise import Noise

USUAL_EPOCHS, FEW, MANY, MOST_EPOCHS = 3, 100, 25_000, 25
CHECKPOINTS = 3
_RATES = {"gpt-4o-mini-2024-07-18": 1.8, "babbage-002": 16, "davinci-002": 1.9}


def settled(given: Mapping[str, JSON], examples: int, model: str, method: str) -> dict[str, JSON]:
    """The hyperparameters, with a number in the place of each "auto"."""
    usual: dict[str, JSON] = {
        "batch_size": max(1, min(256, round(examples * 0.002))),
        "learning_rate_multiplier": _RATES.get(model, 2),
        "n_epochs": _epochs(examples),
    }
    if method == "dpo":
        usual["beta"] = 0.1
    if method == "reinforcement":
        usual |= {"compute_multiplier": 1, "eval_interval": 1, "eval_samples": 1, "reasoning_effort": "default"}
    chosen = {name: value for name, value in given.items() if value not in (None, "auto")}
    return {**usual, **chosen}


def _epochs(examples: int) -> int:
    if examples * USUAL_EPOCHS < FEW:
        return min(MOST_EPOCHS, FEW // examples)
    if examples * USUAL_EPOCHS > MANY:
        return max(1, MANY // examples)
    return USUAL_EPOCHS


class Plan(msgspec.Struct, frozen=True):
    """The steps of one training."""

    key: str
    """What its numbers follow from."""
    examples: int
    batch: int
    epochs: int
    validates: bool

    @property
    def steps_of_epoch(self) -> int:
        return max(1, math.ceil(self.examples / self.batch))

    @property
    def steps(self) -> int:
        return self.steps_of_epoch * self.epochs

    def ends_epoch(self, step: int) -> bool:
        return step % self.steps_of_epoch == 0

    def keeps(self, step: int) -> bool:
        """Whether a checkpoint is made on the way: as documented, one for each of the last epochs. That of the last
        step is the model itself."""
        return self.ends_epoch(step) and self.steps > step > self.steps - CHECKPOINTS * self.steps_of_epoch

    def metrics(self, step: int) -> dict[str, JSON]:
        """After a step, counted from 1: losses fall and accuracies rise, with some noise."""
        noise = Noise(f"{self.key} {step}".encode()[:64])
        found: dict[str, JSON] = {"step": step, **self._pair("train", step, noise, 0.0)}
        if self.validates:
            found |= self._pair("valid", step, noise, 0.15)
        if self.validates and self.ends_epoch(step):
            found |= self._pair("full_valid", step, noise, 0.12)
        return found

    def _pair(self, name: str, step: int, noise: Noise, behind: float) -> dict[str, JSON]:
        left = math.exp(-3 * step / self.steps)
        loss = 0.25 + behind + 1.9 * left * (0.85 + 0.3 * noise.random())
        accuracy = min(0.99, max(0.0, 1 - 0.24 * loss))
        return {f"{name}_loss": round(loss, 5), f"{name}_mean_token_accuracy": round(accuracy, 5)}

    def table(self) -> bytes:
        """The file of metrics: CSV, a line for each step, empty where nothing was measured."""
        lines = ["step,train_loss,train_accuracy,valid_loss,valid_mean_token_accuracy"]
        for step in range(1, self.steps + 1):
            m = self.metrics(step)
            valid = f"{m['valid_loss']},{m['valid_mean_token_accuracy']}" if self.validates else ","
            lines.append(f"{step},{m['train_loss']},{m['train_mean_token_accuracy']},{valid}")
        return "\n".join(lines).encode() + b"\n"


def told(metrics: Mapping[str, JSON], steps: int) -> str:
    """The message of a step's event."""
    said = [f"training loss={metrics['train_loss']:.2f}"]
    if "valid_loss" in metrics:
        said.append(f"validation loss={metrics['valid_loss']:.2f}")
    if "full_valid_loss" in metrics:
        said.append(f"full validation loss={metrics['full_valid_loss']:.2f}")
    return f"Step {metrics['step']}/{steps}: {', '.join(said)}"
