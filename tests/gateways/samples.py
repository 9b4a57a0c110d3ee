"""Samples that the tests make themselves, alike in shape and traps to the real files."""

import json
from pathlib import Path

USERS = [
    "u-1007",
    "محمد@alnoor.example",
    "naïvé\u200bzwsp",
    "ada@acme.example",
    "=cmd|'/c calc'!A1",
    "",
    "\x1b[31mred\x1b[0m",
]
MODELS = ["gpt-4o", "text-embedding-3-small", "some-unmapped-model-x"]


def payload(number: int) -> dict[str, object]:
    """A LiteLLM payload; every eighth call failed, and the next one is its retry with the same call id."""
    failed, embedding = number % 8 == 7, number % 3 == 1
    call = number if failed else number - (number % 8 == 0 and number > 0)
    prompt, completion = (0, 0) if failed else (100 + number, 0 if embedding else number % 50)
    return {
        "id": f"answer-{number}",
        "litellm_call_id": f"call-{call}",
        "call_type": "aembedding" if embedding else "acompletion",
        "status": "failure" if failed else "success",
        "startTime": 1795426042.874191 + number,
        "response_time": 0.381474,
        "model": MODELS[number % 3],
        "model_group": "",
        "metadata": {
            "user_api_key_user_id": USERS[number % 7],
            "user_api_key_alias": None,
            "usage_object": {"prompt_tokens_details": {"cached_tokens": None if failed else number}},
        },
        "end_user": None,
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion + (1 if embedding else 0),
    }


def write_payloads(path: Path, count: int = 40) -> Path:
    """A file of payloads, one a line."""
    path.write_text("".join(json.dumps(payload(number)) + "\n" for number in range(count)), "utf-8")
    return path


def write_trace(path: Path, rows: int = 50) -> Path:
    """A trace without users and models: CRLF, seven fraction digits, no end of line at the end."""
    lines = [
        f"2023-11-16 18:{17 + row // 60:02d}:{row % 60:02d}.9799600,{4_000 + row},{row % 40}" for row in range(rows)
    ]
    path.write_bytes("\r\n".join(["TIMESTAMP,ContextTokens,GeneratedTokens", *lines]).encode())
    return path


TRACE_MAP = ["at=TIMESTAMP,prompt_tokens=ContextTokens,completion_tokens=GeneratedTokens"]
TRACE_SET = ["user=trace@azure.example,model=azure-code"]
