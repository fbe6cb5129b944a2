"""The API's refusals of requests that are well formed but can't be done, in its own words, as one table.

Worded as recorded from real replies or quoted in public threads; `{...}` is filled in. Not all have a code, nor name a
parameter as one would expect: that is how the API sends them, its misspellings included.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from .errors import APIError


class Wording(msgspec.Struct, frozen=True):
    """One refusal."""

    message: str
    param: str | None = None
    code: str | None = None
    status: int = 400

    def error(self, **values: object) -> APIError:
        """Its blanks filled in."""
        param = None if self.param is None else self.param.format(**values)
        return APIError(self.status, self.message.format(**values), param=param, code=self.code)


Refusal = Literal[
    "unknown_model",
    "no_model",
    "delete_model",
    "no_completion",
    "max_tokens",
    "temperature",
    "stop",
    "system_role",
    "image_part",
    "audio_part",
    "no_audio",
    "content_length",
    "web_search",
    "no_json",
    "unanswered_tool_call",
    "uncalled_tool",
    "context_length",
    "context_length_with_functions",
    "context_length_with_completion",
    "tools_missing",
    "tool_choice",
    "response_format_schema",
    "function_schema",
    "unknown_response_model",
    "no_response",
    "no_previous_response",
    "no_conversation",
    "no_conversation_item",
    "conversation_locked",
    "conversation_and_previous",
    "background_needs_store",
    "not_streamable",
    "cancel_finished",
    "cancel_synchronous",
    "response_temperature",
    "response_reasoning",
    "response_context_length",
    "response_no_json",
    "response_schema",
    "lone_reasoning",
    "duplicate_item",
    "no_tool_call",
    "no_tool_output",
    "unsupported_file",
    "too_many_items",
    "socket_over",
    "socket_not_json",
    "socket_lane",
    "socket_type",
    "realtime_over",
    "realtime_not_json",
    "realtime_type",
    "realtime_session_type",
    "realtime_voice",
    "realtime_item_exists",
    "realtime_previous_item",
    "realtime_no_item",
    "realtime_no_audio",
    "realtime_too_short",
    "realtime_audio",
    "realtime_commit_empty",
    "realtime_active",
    "realtime_not_active",
    "realtime_no_output_buffer",
    "realtime_sdp",
]

WORDINGS: dict[Refusal, Wording] = {
    "unknown_model": Wording(
        "The model `{model}` does not exist or you do not have access to it.", None, "model_not_found", 404
    ),
    "no_model": Wording("The model '{model}' does not exist", "model", "model_not_found", 404),
    "delete_model": Wording(
        "You have insufficient permissions for this operation. Missing scopes: api.delete. Check that you have the "
        "correct role in your organization (Reader, Writer, Owner) and project (Member, Owner), and if you're using a "
        "restricted API key, that it has the necessary scopes.",
        status=403,
    ),
    "no_completion": Wording("No such Completion object: {id}", "id", None, 404),
    "max_tokens": Wording(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        "max_tokens",
        "unsupported_parameter",
    ),
    "temperature": Wording(
        "Unsupported value: '{param}' does not support {value} with this model. Only the default (1) value is "
        "supported.",
        "{param}",
        "unsupported_value",
    ),
    "stop": Wording("Unsupported parameter: 'stop' is not supported with this model.", "stop", "unsupported_parameter"),
    "system_role": Wording(
        "Unsupported value: 'messages[{index}].role' does not support 'system' with this model.",
        "messages[{index}].role",
        "unsupported_value",
    ),
    "image_part": Wording(
        "Invalid content type. image_url is only supported by certain models.",
        "messages.[{index}].content.[{part}].type",
    ),
    "audio_part": Wording(
        "Invalid 'messages[{index}]'. Content blocks are expected to be either text or image_url type.",
        "messages[{index}]",
        "invalid_value",
    ),
    "no_audio": Wording(
        "This model requires that either input content or output modality contain audio.", "model", "invalid_value"
    ),
    "content_length": Wording(
        "Invalid '{param}': string too long. Expected a string with maximum length {limit}, but got a string with "
        "length {length} instead.",
        "{param}",
        "string_above_max_length",
    ),
    "web_search": Wording("Web search options not supported with this model.", "web_search_options"),
    "no_json": Wording(
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
        "messages",
    ),
    "unanswered_tool_call": Wording(
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
        "The following tool_call_ids did not have response messages: {ids}",
        "messages.[{index}].role",
    ),
    "uncalled_tool": Wording(
        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
        "messages.[{index}].role",
    ),
    "context_length": Wording(
        "This model's maximum context length is {limit} tokens. However, your messages resulted in {tokens} tokens. "
        "Please reduce the length of the messages.",
        "messages",
        "context_length_exceeded",
    ),
    "context_length_with_functions": Wording(
        "This model's maximum context length is {limit} tokens. However, your messages resulted in {tokens} tokens "
        "({messages} in the messages, {functions} in the functions). Please reduce the length of the messages or "
        "functions.",
        "messages",
        "context_length_exceeded",
    ),
    "context_length_with_completion": Wording(
        "This model's maximum context length is {limit} tokens. However, you requested {tokens} tokens ({messages} in "
        "the messages, {completion} in the completion). Please reduce the length of the messages or completion.",
        "messages",
        "context_length_exceeded",
    ),
    "tools_missing": Wording(
        "Invalid value for '{param}': '{param}' is only allowed when 'tools' are specified.", "{param}"
    ),
    "tool_choice": Wording("Tool choice '{name}' not found in 'tools' parameter.", "{param}"),
    "response_format_schema": Wording(
        "Invalid schema for response_format '{name}': In context=({context}), {fault}", "response_format"
    ),
    "function_schema": Wording(
        "Invalid schema for function '{name}': In context=({context}), {fault}",
        "{param}",
        "invalid_function_parameters",
    ),
}

RESPONSES: dict[Refusal, Wording] = {
    "unknown_response_model": Wording("The requested model '{model}' does not exist.", "model", "model_not_found"),
    "no_response": Wording("Response with id '{id}' not found.", None, None, 404),
    "no_previous_response": Wording(
        "Previous response with id '{id}' not found.", "previous_response_id", "previous_response_not_found"
    ),
    "no_conversation": Wording("Conversation with id '{id}' not found.", None, None, 404),
    "no_conversation_item": Wording("Item with id '{id}' not found.", None, None, 404),
    "conversation_locked": Wording(
        "Another process is currently operating on this conversation. Please retry in a few seconds.",
        "conversation",
        "conversation_locked",
    ),
    "conversation_and_previous": Wording(
        "Mutually exclusive parameters: 'previous_response_id' and 'conversation'. Ensure you are only providing one "
        "of them.",
        "conversation",
        "mutually_exclusive_parameters",
    ),
    "background_needs_store": Wording(
        "Unsupported parameter: 'background' is not supported when 'store' is false.",
        "background",
        "unsupported_parameter",
    ),
    "not_streamable": Wording(
        "This response cannot be streamed because it was not created with background=true.", "stream"
    ),
    "cancel_finished": Wording("Cannot cancel a {status} response.", "response_id"),
    "cancel_synchronous": Wording("Cannot cancel a synchronous response.", "response_id"),
    "response_temperature": Wording("Unsupported parameter: '{param}' is not supported with this model.", "{param}"),
    "response_reasoning": Wording(
        "Unsupported parameter: '{param}' is not supported with this model.", "{param}", "unsupported_parameter"
    ),
    "response_context_length": Wording(
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
        "input",
        "context_length_exceeded",
    ),
    "response_no_json": Wording(
        "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
        "text.format",
    ),
    "response_schema": Wording(
        "Invalid schema for response_format '{name}': In context=({context}), {fault}",
        "text.format.schema",
        "invalid_json_schema",
    ),
    "lone_reasoning": Wording(
        "Item '{id}' of type 'reasoning' was provided without its required following item.", "input"
    ),
    "duplicate_item": Wording(
        "Duplicate item found with id {id}. Remove duplicate items from your input and try again.", "input"
    ),
    "no_tool_call": Wording("No tool call found for {kind} with call_id {id}.", "input"),
    "no_tool_output": Wording("No tool output found for {kind} {id}.", "input"),
    "unsupported_file": Wording(
        "The file type you uploaded is not supported. Please try again with a pdf", "input", "unsupported_file"
    ),
    "socket_over": Wording(
        "Responses websocket connection limit reached (60 minutes). Create a new websocket connection to continue.",
        None,
        "websocket_connection_limit_reached",
    ),
    "socket_not_json": Wording("The message is not a JSON object.", None, "invalid_json"),
    "socket_lane": Wording(
        "Invalid 'stream_id': expected 1 to 256 letters, digits, '_', '.' or '-'.", "stream_id", "invalid_stream_id"
    ),
    "socket_type": Wording(
        "Invalid value: '{type}'. Supported values are: 'response.create' and 'response.steer'.",
        "type",
        "invalid_value",
    ),
    "too_many_items": Wording("Too many items: at most 20 may be added at a time.", "items", "array_above_max_length"),
    "realtime_over": Wording("Your session hit the maximum duration of 60 minutes.", None, "session_expired"),
    "realtime_not_json": Wording("Unable to parse the message as JSON.", None, "invalid_json"),
    "realtime_type": Wording("Invalid value: '{value}'. Supported values are: {kinds}.", "type", "invalid_value"),
    "realtime_session_type": Wording(
        "Passing a session of another type than '{type}' is not supported once the session has been created.",
        "session.type",
        "invalid_parameter",
    ),
    "realtime_voice": Wording(
        "Cannot update a conversation's voice if assistant audio is present.",
        "session.audio.output.voice",
        "cannot_update_voice",
    ),
    "realtime_item_exists": Wording(
        "Error adding item: an item with id '{id}' already exists in the conversation.",
        "item.id",
        "item_create_duplicate_item_id",
    ),
    "realtime_previous_item": Wording(
        "Error adding item: the previous item with id '{id}' does not exist.",
        "previous_item_id",
        "item_create_invalid_previous_item_id",
    ),
    "realtime_no_item": Wording(
        "Error {does} item: the item with id '{id}' does not exist.", "item_id", "item_id_does_not_exist"
    ),
    "realtime_no_audio": Wording(
        "Error truncating item: the item with id '{id}' has no audio.", "item_id", "item_truncate_invalid_item_id"
    ),
    "realtime_too_short": Wording(
        "Audio content of {lasts}ms is already shorter than {end}ms", "audio_end_ms", "invalid_value"
    ),
    "realtime_audio": Wording(
        "Invalid 'audio'. Expected base64-encoded audio bytes in the session's format, but got an invalid value.",
        "audio",
        "invalid_value",
    ),
    "realtime_commit_empty": Wording(
        "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, but buffer only has "
        "{held}ms of audio.",
        None,
        "input_audio_buffer_commit_empty",
    ),
    "realtime_active": Wording(
        "Conversation already has an active response in progress: {id}. Wait until the response is finished before "
        "creating a new one.",
        None,
        "conversation_already_has_active_response",
    ),
    "realtime_not_active": Wording("Cancellation failed: no active response found", None, "response_cancel_not_active"),
    "realtime_sdp": Wording("Invalid SDP offer.", "sdp", "invalid_offer"),
    "realtime_no_output_buffer": Wording(
        "There is no output audio buffer: only sessions over WebRTC and SIP have one.", None, "invalid_event"
    ),
}
"""Those of responses and conversations."""

WORDINGS |= RESPONSES


def refusal(name: Refusal, /, **values: object) -> APIError:
    """The error, its blanks filled in."""
    return WORDINGS[name].error(**values)
