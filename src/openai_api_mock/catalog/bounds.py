"""Limits that the API sets and the SDK's types don't say, laid over the schemas when they are compiled.

From the API's reference and from quoted replies: `max_output_tokens` below 16, `max_tokens` below 1, empty `messages`
and `tool_calls`, call ids longer than 40 characters, metadata of more than 16 pairs.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from .schema import JsonSchema

Bounds = Mapping[str, Mapping[str, JsonSchema]]

_TEMPERATURE: JsonSchema = {"minimum": 0, "maximum": 2}
_SHARE: JsonSchema = {"minimum": 0, "maximum": 1}
_PENALTY: JsonSchema = {"minimum": -2, "maximum": 2}
_ONE: JsonSchema = {"minimum": 1}
_STOP: JsonSchema = {"maxItems": 4}
_BIAS: JsonSchema = {"additionalProperties": {"minimum": -100, "maximum": 100}}
_KEY: JsonSchema = {"maxLength": 64}
_METADATA: JsonSchema = {"maxProperties": 16, "additionalProperties": {"maxLength": 512}}
_IMAGES: JsonSchema = {"minimum": 1, "maximum": 10}
_PERCENT: JsonSchema = {"minimum": 0, "maximum": 100}
_PROMPT: JsonSchema = {"maxLength": 32_000}
_PARTIAL_IMAGES: JsonSchema = {"minimum": 0, "maximum": 3}
_FILE_SECONDS: Mapping[str, JsonSchema] = {"seconds": {"minimum": 3600, "maximum": 2_592_000}}
_ATTRIBUTES: JsonSchema = {"maxProperties": 16, "additionalProperties": {"maxLength": 512}}
_FUNCTION_NAME: JsonSchema = {"maxLength": 64, "pattern": "^[a-zA-Z0-9_-]+$"}

_RESPONSE: Mapping[str, JsonSchema] = {
    "max_output_tokens": {"minimum": 16},
    "metadata": _METADATA,
    "prompt_cache_key": _KEY,
    "safety_identifier": _KEY,
    "temperature": _TEMPERATURE,
    "top_logprobs": {"minimum": 0, "maximum": 20},
    "top_p": _SHARE,
}
_ASSISTANT: Mapping[str, JsonSchema] = {
    "metadata": _METADATA,
    "temperature": _TEMPERATURE,
    "top_p": _SHARE,
    "tools": {"maxItems": 128},
}
_WITH_METADATA = (
    "POST /batches",
    "POST /chat/completions/{completion_id}",
    "POST /conversations",
    "POST /conversations/{conversation_id}",
    "POST /evals",
    "POST /evals/{eval_id}",
    "POST /evals/{eval_id}/runs",
    "POST /threads",
    "POST /threads/{thread_id}",
    "POST /threads/{thread_id}/messages",
    "POST /threads/{thread_id}/messages/{message_id}",
    "POST /threads/{thread_id}/runs/{run_id}",
    "POST /vector_stores",
    "POST /vector_stores/{vector_store_id}",
)

BY_OPERATION: Bounds = MappingProxyType(
    {
        **{key: {"metadata": _METADATA} for key in _WITH_METADATA},
        "POST /chat/completions": {
            "frequency_penalty": _PENALTY,
            "functions": {"minItems": 1, "maxItems": 128},
            "logit_bias": _BIAS,
            "max_completion_tokens": _ONE,
            "max_tokens": _ONE,
            "messages": {"minItems": 1},
            "metadata": _METADATA,
            "n": {"minimum": 1, "maximum": 128},
            "presence_penalty": _PENALTY,
            "prompt_cache_key": _KEY,
            "safety_identifier": _KEY,
            "stop": _STOP,
            "temperature": _TEMPERATURE,
            "tools": {"maxItems": 128},
            "top_logprobs": {"minimum": 0, "maximum": 20},
            "top_p": _SHARE,
        },
        "POST /completions": {
            "best_of": {"minimum": 0, "maximum": 20},
            "frequency_penalty": _PENALTY,
            "logit_bias": _BIAS,
            "logprobs": {"minimum": 0, "maximum": 5},
            "max_tokens": {"minimum": 0},
            "n": {"minimum": 1, "maximum": 128},
            "presence_penalty": _PENALTY,
            "stop": _STOP,
            "temperature": _TEMPERATURE,
            "top_p": _SHARE,
        },
        "POST /decisions": {"questions": {"minItems": 1, "maxItems": 400}, "safety_identifier": _KEY},
        "POST /embeddings": {"dimensions": _ONE, "input": {"minItems": 1, "maxItems": 2048}},
        "POST /responses": _RESPONSE,
        "POST /responses?beta=true": _RESPONSE,
        "POST /audio/speech": {
            "input": {"maxLength": 4096},
            "instructions": {"maxLength": 4096},
            "speed": {"minimum": 0.25, "maximum": 4},
        },
        "POST /audio/transcriptions": {"temperature": _SHARE},
        "POST /audio/translations": {"temperature": _SHARE},
        "POST /fine_tuning/jobs": {"metadata": _METADATA, "suffix": {"minLength": 1, "maxLength": 64}},
        "POST /images/generations": {
            "n": _IMAGES,
            "output_compression": _PERCENT,
            "partial_images": _PARTIAL_IMAGES,
            "prompt": _PROMPT,
        },
        "POST /images/edits": {
            "n": _IMAGES,
            "output_compression": _PERCENT,
            "partial_images": _PARTIAL_IMAGES,
            "prompt": _PROMPT,
        },
        "POST /images/variations": {"n": _IMAGES},
        "POST /assistants": _ASSISTANT,
        "POST /assistants/{assistant_id}": _ASSISTANT,
        "POST /threads/runs": _ASSISTANT,
        "POST /threads/{thread_id}/runs": _ASSISTANT,
        "POST /vector_stores/{vector_store_id}/file_batches": {
            "attributes": _ATTRIBUTES,
            "file_ids": {"maxItems": 2000},
            "files": {"maxItems": 2000},
        },
        "POST /vector_stores/{vector_store_id}/files": {"attributes": _ATTRIBUTES},
        "POST /vector_stores/{vector_store_id}/files/{file_id}": {"attributes": _ATTRIBUTES},
        "POST /vector_stores/{vector_store_id}/search": {"max_num_results": {"minimum": 1, "maximum": 50}},
    }
)
"""Operation key, then parameter, to JSON Schema keywords."""

BY_COMPONENT: Bounds = MappingProxyType(
    {
        "ChatSessionExpiresAfterParam": {"seconds": _ONE},
        "ChatSessionRateLimitsParam": {"max_requests_per_1_minute": _ONE},
        "ChatCompletionAssistantMessageParam": {"tool_calls": {"minItems": 1}},
        "ChatCompletionMessageCustomToolCallParam": {"id": {"maxLength": 40}},
        "ChatCompletionMessageFunctionToolCallParam": {"id": {"maxLength": 40}},
        "FileUpload": {"max_file_size": {"minimum": 1, "maximum": 512}, "max_files": _ONE},
        "OutputExpiresAfter": _FILE_SECONDS,
        "QuestionQuestionParamChoice": {"choices": {"minItems": 2, "maxItems": 255}},
        "StaticFileChunkingStrategyParam": {
            "chunk_overlap_tokens": {"minimum": 0},
            "max_chunk_size_tokens": {"minimum": 100, "maximum": 4096},
        },
        "file_create_params.ExpiresAfter": _FILE_SECONDS,
        "shared_params.function_definition.FunctionDefinition": {"name": _FUNCTION_NAME},
        "responses.function_tool_param.FunctionToolParam": {"name": {"maxLength": 128, "pattern": "^[a-zA-Z0-9_-]+$"}},
        "upload_create_params.ExpiresAfter": _FILE_SECONDS,
        "vector_store_create_params.ExpiresAfter": {"days": {"minimum": 1, "maximum": 365}},
        "vector_store_update_params.ExpiresAfter": {"days": {"minimum": 1, "maximum": 365}},
        "vector_store_search_params.RankingOptions": {"score_threshold": _SHARE},
        "vector_stores.file_batch_create_params.File": {"attributes": _ATTRIBUTES},
    }
)
"""Component, then property, to JSON Schema keywords."""

_UP_TO_100: JsonSchema = {"minimum": 1, "maximum": 100}
LIST_LIMITS: Mapping[str, JsonSchema] = MappingProxyType(
    {
        "/agents": _UP_TO_100,
        "/assistants": _UP_TO_100,
        "/batches": _UP_TO_100,
        "/chatkit/threads": _UP_TO_100,
        "/containers": _UP_TO_100,
        "/conversations/": _UP_TO_100,
        "/files": {"minimum": 1, "maximum": 10_000},
        "/organization/admin_api_keys": _UP_TO_100,
        "/organization/audit_logs": _UP_TO_100,
        "/organization/certificates": _UP_TO_100,
        "/organization/invites": _UP_TO_100,
        "/organization/projects": _UP_TO_100,
        "/organization/users": _UP_TO_100,
        "/responses/": _UP_TO_100,
        "/skills": _UP_TO_100,
        "/threads/": _UP_TO_100,
        "/vaults": _UP_TO_100,
        "/vector_stores": _UP_TO_100,
        "/videos": _UP_TO_100,
    }
)
"""What `limit` may be in a list, by the beginning of its path. The reference names no limit for the others. Those of
agents and vaults are in the SDK's docstrings."""

ECHOED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ChatCompletionAssistantMessageParam": ("annotations", "provider_specific_fields"),
        "ChatCompletionContentPartTextParam": ("cache_control",),
        "ChatCompletionToolMessageParam": ("name",),
        "EasyInputMessageParam": ("id", "status"),
        "ResponseCustomToolCallOutputParam": ("created_by", "status"),
        "ResponseCustomToolCallParam": ("status",),
        "ResponseCompactionItemParamParam": ("created_by",),
        "ResponseToolSearchOutputItemParamParam": ("created_by",),
        "responses.response_input_param.ApplyPatchCall": ("created_by",),
        "responses.response_input_param.ApplyPatchCallOutput": ("created_by",),
        "responses.response_input_param.ComputerCallOutput": ("created_by",),
        "responses.response_input_param.FunctionCallOutput": ("created_by",),
        "responses.response_input_param.Message": ("id",),
        "responses.response_input_param.ShellCall": ("created_by",),
        "responses.response_input_param.ShellCallOutput": ("created_by",),
        "responses.response_input_param.ToolSearchCall": ("created_by",),
    }
)
"""Fields that the parameter's type lacks and the API takes: those of results, as applications send back what they got,
and what frameworks have sent to the real API for years: a tool message's `name` (instructor), `cache_control`
(LangChain's own suite), `provider_specific_fields` (litellm)."""

_GRADERS = ("StringCheck", "TextSimilarity", "Python", "ScoreModel", "LabelModel")
ALSO: Mapping[str, Mapping[str, JsonSchema]] = MappingProxyType(
    {
        "MultiGraderParam": {
            "graders": {
                "type": "object",
                "not": {"required": ["type"]},
                "minProperties": 1,
                "additionalProperties": {"anyOf": [{"$ref": f"#/$defs/{name}GraderParam"} for name in _GRADERS]},
            }
        },
        "ToolChoiceTypesParam": {"type": {"enum": ["web_search", "web_search_2025_08_26"]}},
    }
)
"""What a property may be besides what its type says: the guide has the graders of a multi-grader by their names, and
openai-agents sends a choice of `web_search`, which the API takes."""

OPTIONAL: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "BetaFunctionToolParam": ("parameters", "strict"),
        "BetaResponseInputImageParam": ("detail",),
        "BetaResponseOutputMessageParam": ("id", "status", "type"),
        "BetaResponseOutputTextParam": ("annotations",),
        "POST /completions": ("prompt",),
        "ResponseInputImageParam": ("detail",),
        "ResponseOutputMessageParam": ("id", "status", "type"),
        "ResponseOutputTextParam": ("annotations",),
        "beta.beta_computer_action_list_param.DoubleClick": ("keys",),
        "beta.beta_computer_action_param.DoubleClick": ("keys",),
        "responses.computer_action_list_param.DoubleClick": ("keys",),
        "responses.function_tool_param.FunctionToolParam": ("parameters", "strict"),
        "responses.response_computer_tool_call_param.ActionDoubleClick": ("keys",),
    }
)
"""Fields that the SDK's types require and the API doesn't: by component or operation key."""

SENT_BACK = ("EasyInputMessageParam", "POST /responses", "Response", "responses.response_input_param.")
"""Beginnings of components that are results too: applications dump what they got, nulls included, and send it back
(recorded: taken); LlamaIndex sends `user: null` with each request for a response."""
