"""Ids in the API's forms: a prefix, then characters of the alphabet and number that recordings show for it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from .noise import Noise

BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
HEX = "0123456789abcdef"

Kind = Literal["chatcmpl", "call", "request", "audio", "fingerprint", "image"]
Form = tuple[str, str, int]

FORMS: dict[Kind, Form] = {
    "chatcmpl": ("chatcmpl-", BASE62, 29),
    "call": ("call_", BASE62, 24),
    "request": ("req_", HEX, 32),
    "audio": ("audio_", HEX, 32),
    "fingerprint": ("fp_", HEX, 10),
    "image": ("img-", BASE62, 24),
}

# Things by what the API calls them in `object`, in `type`, or before `_id`; the longest ending that is here decides.
# Lengths are recorded ones, or those of the documentation's examples where nothing was recorded.
THINGS: dict[str, Form] = {
    "api_key": ("key_", BASE62, 16),
    "apply_patch_call": ("apc_", HEX, 50),
    "assistant": ("asst_", BASE62, 24),
    "audit_log": ("audit_log-", BASE62, 24),
    "batch": ("batch_", HEX, 32),
    "batch.request": ("batch_req_", HEX, 32),
    "call": FORMS["call"],
    "certificate": ("cert_", BASE62, 24),
    "chat.completion": FORMS["chatcmpl"],
    "chatkit.session": ("cksess_", HEX, 48),
    "chatkit.thread": ("cthr_", HEX, 48),
    "checkpoint.permission": ("cp_", BASE62, 24),
    "code_interpreter_call": ("ci_", HEX, 50),
    "compaction": ("cmp_", HEX, 50),
    "completion": FORMS["chatcmpl"],
    "container": ("cntr_", HEX, 48),
    "container.file": ("cfile_", HEX, 32),
    "conversation": ("conv_", HEX, 48),
    "custom_tool_call": ("ctc_", HEX, 50),
    "eval": ("eval_", HEX, 32),
    "eval.run": ("evalrun_", HEX, 32),
    "eval.run.output_item": ("outputitem_", HEX, 32),
    "event": ("event_", BASE62, 21),
    "file": ("file-", BASE62, 22),
    "file_search_call": ("fs_", HEX, 50),
    "fine_tuning.job": ("ftjob-", BASE62, 24),
    "fine_tuning.job.checkpoint": ("ftckpt_", BASE62, 24),
    "fine_tuning.job.event": ("ftevent-", BASE62, 24),
    "fine_tuning_job": ("ftjob-", BASE62, 24),
    "function_call": ("fc_", HEX, 50),
    "image_generation_call": ("ig_", HEX, 50),
    "invite": ("invite-", BASE62, 24),
    "item": ("item_", BASE62, 21),
    "key": ("key_", BASE62, 16),
    "mcp_approval_request": ("mcpr_", HEX, 50),
    "mcp_call": ("mcp_", HEX, 50),
    "mcp_list_tools": ("mcpl_", HEX, 50),
    "message": ("msg_", HEX, 50),
    "moderation": ("modr-", BASE62, 29),
    "organization": ("org-", BASE62, 24),
    "part": ("part_", HEX, 32),
    "permission": ("cp_", BASE62, 24),
    "project": ("proj_", BASE62, 24),
    "realtime.call": ("rtc_u0_", BASE62, 21),
    "reasoning": ("rs_", HEX, 50),
    "request": FORMS["request"],
    "response": ("resp_", HEX, 50),
    "run": ("run_", BASE62, 24),
    "service_account": ("svc_acct_", BASE62, 24),
    "session": ("sess_", BASE62, 21),
    "shell_call": ("sh_", HEX, 50),
    "skill": ("skill_", HEX, 48),
    "skill.version": ("skillver_", HEX, 48),
    "step": ("step_", BASE62, 24),
    "text_completion": ("cmpl-", BASE62, 29),
    "thread": ("thread_", BASE62, 24),
    "thread.message": ("msg_", BASE62, 24),
    "tool_call": FORMS["call"],
    "tool_search_call": ("tsc_", HEX, 50),
    "tool_search_output": ("tso_", HEX, 50),
    "upload": ("upload_", HEX, 32),
    "upload.part": ("part_", HEX, 32),
    "user": ("user-", BASE62, 24),
    "vector_store": ("vs_", HEX, 32),
    "vector_store.file": ("file-", BASE62, 22),
    "vector_store.file_batch": ("vsfb_", HEX, 32),
    "vector_store.files_batch": ("vsfb_", HEX, 32),
    "video": ("video_", HEX, 48),
    "web_search_call": ("ws_", HEX, 50),
    "webhook": ("wh_", HEX, 32),
    "webhook_event": ("evt_", HEX, 32),
}
_SEPARATOR = re.compile(r"[._]")


def make(kind: Kind, noise: Noise) -> str:
    return formed(FORMS[kind], noise)


def make_for(thing: str, noise: Noise) -> str:
    """An id for what the API calls `thing`, such as `vector_store.file`."""
    return formed(form_of(thing), noise)


@lru_cache(maxsize=1024)
def form_of(thing: str) -> Form:
    """The form of a thing's ids. Where none is known, its name stands before 32 hex digits, as with newer things."""
    starts = [0, *(match.end() for match in _SEPARATOR.finditer(thing))]
    known = next((thing[start:] for start in starts if thing[start:] in THINGS), None)
    return THINGS[known] if known is not None else (thing.rpartition(".")[2] + "_", HEX, 32)


def formed(form: Form, noise: Noise) -> str:
    prefix, alphabet, length = form
    if alphabet is HEX:
        return prefix + noise.randbytes(length // 2).hex()
    return prefix + base62(noise, length)


def base62(noise: Noise, length: int) -> str:
    return noise.randbytes(length).translate(_TO_BASE62).decode()


_TO_BASE62 = (BASE62 * 5)[:256].encode()
