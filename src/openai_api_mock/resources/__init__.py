"""What each family of operations answers."""

from __future__ import annotations

from .agents import Agents
from .agents_automations import Automations
from .agents_environments import Environments
from .agents_events import SessionEvents
from .agents_lists import SessionArtifacts, SessionTurns, Subagents
from .agents_sessions import Sessions
from .agents_templates import Templates
from .assistants import Assistants
from .audio import Audio
from .base import Resource
from .batches import Batches
from .chat import ChatCompletions
from .chatkit import ChatKit
from .completions import Completions
from .containers import Containers
from .decisions import Decisions
from .embeddings import Embeddings
from .evals import Evals
from .files import UploadedFiles
from .graders import Graders
from .images import Images
from .live import Live
from .models import Models
from .moderations import Moderations
from .organization import Organization
from .organization_audit import AuditLogs
from .organization_usage import Usage
from .provenance import Provenance
from .realtime import Realtime
from .realtime_calls import Calls
from .realtime_translation import Translations
from .responses import Responses
from .responses_conversations import Conversations
from .skills import Skills
from .traces import Traces
from .tuning import FineTuning
from .uploads import Uploads
from .vaults import Vaults
from .vector_stores import VectorStoresThemselves
from .vector_stores_files import VectorStoreFiles
from .videos import Videos
from .webhooks import WebhookEndpoints

RESOURCES: tuple[type[Resource], ...] = (
    Agents,
    Assistants,
    Audio,
    AuditLogs,
    Automations,
    Batches,
    Calls,
    ChatCompletions,
    ChatKit,
    Completions,
    Containers,
    Conversations,
    Decisions,
    Embeddings,
    Environments,
    Evals,
    FineTuning,
    Graders,
    Images,
    Live,
    Models,
    Moderations,
    Organization,
    Provenance,
    Realtime,
    Responses,
    SessionArtifacts,
    SessionEvents,
    SessionTurns,
    Sessions,
    Skills,
    Subagents,
    Templates,
    Traces,
    Translations,
    UploadedFiles,
    Uploads,
    Usage,
    Vaults,
    VectorStoreFiles,
    VectorStoresThemselves,
    Videos,
    WebhookEndpoints,
)
