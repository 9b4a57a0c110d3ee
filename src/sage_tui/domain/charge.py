"""What a call costs in charged tokens (product.md, "charge"): integers only, never float."""

import re
from dataclasses import dataclass

from sage_tui.domain.errors import FieldError, WrongUse
from sage_tui.domain.text import clean
from sage_tui.domain.units import MAX_TOKENS, Tokens

ONE = 1_000_000
"""Weights are millionths: this one charges a token as a token."""

MAX_WEIGHT = 1_000 * ONE
_WEIGHT = re.compile(r"([0-9]{1,4})(?:\.([0-9]{1,6}))?")


@dataclass(frozen=True, slots=True)
class Weights:
    """A model's weights in millionths. `cached` None: cached tokens weigh as prompt tokens."""

    prompt: int = ONE
    completion: int = ONE
    cached: int | None = None

    def charge(self, prompt: int, cached: int, completion: int) -> Tokens:
        """The charge of a call; `cached` tokens are part of `prompt`. Raises FieldError out of bounds."""
        return charge(prompt, cached, completion, self)


UNWEIGHTED = Weights()


def charge(prompt: int, cached: int, completion: int, weights: Weights = UNWEIGHTED) -> Tokens:
    """ceil((prompt − cached) × prompt weight + cached × cached weight + completion × completion weight).

    Raises FieldError when a number is negative, cached exceeds prompt, or the charge cannot be stored.
    """
    for field, value in (("prompt_tokens", prompt), ("cached_tokens", cached), ("completion_tokens", completion)):
        if not 0 <= value <= MAX_TOKENS:
            raise FieldError(field, f"{value} is outside 0 to {MAX_TOKENS:,}")
    if cached > prompt:
        raise FieldError("cached_tokens", f"{cached:,} is more than the prompt's {prompt:,}")
    cached_weight = weights.prompt if weights.cached is None else weights.cached
    parts = (prompt - cached) * weights.prompt + cached * cached_weight + completion * weights.completion
    total = -(-parts // ONE)
    if total > MAX_TOKENS:
        raise FieldError("charge", f"{total} is more than {MAX_TOKENS:,}")
    return Tokens(total)


def parse_weight(text: str) -> int:
    """`1`, `0.1`, `2.5` in millionths. Raises WrongUse."""
    found = _WEIGHT.fullmatch(text)
    value = int(found[1]) * ONE + int(f"{found[2] or '':0<6}") if found else MAX_WEIGHT + 1
    if value > MAX_WEIGHT:
        raise WrongUse(
            f"weight: {clean(text, limit=40)!r} is not a weight",
            "Write a number from 0 to 1000 with at most six decimals.",
        )
    return value


def weight_text(weight: int) -> str:
    """A weight in millionths as a decimal number."""
    whole, rest = divmod(weight, ONE)
    return f"{whole}.{rest:06d}".rstrip("0") if rest else f"{whole}"
