"""The demo's models: what they weigh, and how calls to them look."""

from dataclasses import dataclass

from sage_tui.domain.charge import ONE, UNWEIGHTED, Weights
from sage_tui.domain.units import Kind


@dataclass(frozen=True, slots=True)
class DemoModel:
    """A model; `prompt` and `completion` are median tokens of a call, `use` its share of the calls of its kind."""

    id: int
    key: str
    name: str
    provider: str
    tags: str
    use: int
    prompt: int
    completion: int
    cached: int = 0
    """Per cent of the prompt that comes from a cache."""
    weights: Weights = UNWEIGHTED
    kind: Kind = Kind.INFERENCE


COSTLY = Weights(ONE, 4 * ONE, ONE // 10)
"""Answers weigh four times as much as questions, cached tokens a tenth."""

DOUBLE = Weights(2 * ONE, 2 * ONE)

MODELS: tuple[DemoModel, ...] = (
    DemoModel(1, "atlas-large", "Atlas Large", "atlas", "Reasoning,Vision", 24, 14_000, 700, 55),
    DemoModel(2, "atlas-small", "Atlas Small", "atlas", "MCP", 30, 3_500, 350, 20),
    DemoModel(3, "borealis-coder", "Borealis Coder", "borealis", "Reasoning,MCP", 18, 26_000, 900, 70),
    DemoModel(4, "borealis-chat", "Borealis Chat", "borealis", "", 14, 1_800, 420),
    DemoModel(5, "cinder-vision", "Cinder Vision", "cinder", "Vision", 6, 2_600, 300),
    DemoModel(6, "cinder-reason", "Cinder Reason", "cinder", "Reasoning", 5, 5_200, 3_800, 10, COSTLY),
    DemoModel(7, "delta-mini", "Delta Mini", "delta", "", 3, 900, 180, 0, Weights(ONE // 4, ONE // 2)),
    DemoModel(8, "embed-base", "Embed Base", "atlas", "", 70, 2_200, 0, kind=Kind.EMBEDDING),
    DemoModel(9, "embed-large", "Embed Large", "cinder", "", 30, 3_900, 0, 0, DOUBLE, Kind.EMBEDDING),
)  # fmt: skip

EMBEDDING_SHARE = 8
"""Per cent of the calls that embed."""

IDENTITIES = (("jupyter-hub", 1), ("svc-eval-runner", 1), ("ci@build-agents", 2), ("anonymous", 0), ("old-bot", 5))
"""Gateway identities that belong to nobody, with the organization (0: none) that their calls count to."""
