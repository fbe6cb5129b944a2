"""Made by scripts/shape.py: the routes of the mock, in the shape of the client."""

from .routes import ChatKitThreads, Route, Working

class _AdminOrganizationAdminApiKeys:
    create: Route
    delete: Route
    list: Route
    retrieve: Route

class _AdminOrganizationAuditLogs:
    list: Route

class _AdminOrganizationCertificates:
    activate: Route
    create: Route
    deactivate: Route
    delete: Route
    list: Route
    retrieve: Route
    update: Route

class _AdminOrganizationDataRetention:
    retrieve: Route
    update: Route

class _AdminOrganizationExternalKeys:
    create: Route
    delete: Route
    list: Route
    retrieve: Route
    validate: Route

class _AdminOrganizationExternalStorage:
    create: Route
    delete: Route
    list: Route
    retrieve: Route
    validate: Route

class _AdminOrganizationGroupsRoles:
    create: Route
    delete: Route
    list: Route
    retrieve: Route

class _AdminOrganizationGroupsUsers:
    create: Route
    delete: Route
    list: Route
    retrieve: Route

class _AdminOrganizationGroups:
    create: Route
    delete: Route
    list: Route
    retrieve: Route
    roles: _AdminOrganizationGroupsRoles
    update: Route
    users: _AdminOrganizationGroupsUsers

class _AdminOrganizationInvites:
    create: Route
    delete: Route
    list: Route
    retrieve: Route

class _AdminOrganizationProjectsApiKeys:
    delete: Route
    list: Route
    retrieve: Route
    update: Route

class _AdminOrganizationProjectsCertificates:
    activate: Route
    deactivate: Route
    list: Route

class _AdminOrganizationProjectsDataRetention:
    retrieve: Route
    update: Route

class _AdminOrganizationProjectsGroupsRoles:
    create: Route
    delete: Route
    list: Route
    retrieve: Route

class _AdminOrganizationProjectsGroups:
    create: Route
    delete: Route
    list: Route
    retrieve: Route
    roles: _AdminOrganizationProjectsGroupsRoles

class _AdminOrganizationProjectsHostedToolPermissions:
    retrieve: Route
    update: Route

class _AdminOrganizationProjectsModelPermissions:
    delete: Route
    retrieve: Route
    update: Route

class _AdminOrganizationProjectsRateLimits:
    list_rate_limits: Route
    update_rate_limit: Route

class _AdminOrganizationProjectsRoles:
    create: Route
    delete: Route
    list: Route
    retrieve: Route
    update: Route

class _AdminOrganizationProjectsServiceAccountsApiKeys:
    create: Route

class _AdminOrganizationProjectsServiceAccounts:
    api_keys: _AdminOrganizationProjectsServiceAccountsApiKeys
    create: Route
    delete: Route
    list: Route
    retrieve: Route
    update: Route

class _AdminOrganizationProjectsServiceTierSettings:
    retrieve: Route
    update: Route

class _AdminOrganizationProjectsSpendAlerts:
    create: Route
    delete: Route
    list: Route
    retrieve: Route
    update: Route

class _AdminOrganizationProjectsSpendLimit:
    delete: Route
    retrieve: Route
    update: Route

class _AdminOrganizationProjectsUsersRoles:
    create: Route
    delete: Route
    list: Route
    retrieve: Route

class _AdminOrganizationProjectsUsers:
    create: Route
    delete: Route
    list: Route
    retrieve: Route
    roles: _AdminOrganizationProjectsUsersRoles
    update: Route

class _AdminOrganizationProjects:
    api_keys: _AdminOrganizationProjectsApiKeys
    archive: Route
    certificates: _AdminOrganizationProjectsCertificates
    create: Route
    data_retention: _AdminOrganizationProjectsDataRetention
    groups: _AdminOrganizationProjectsGroups
    hosted_tool_permissions: _AdminOrganizationProjectsHostedToolPermissions
    list: Route
    model_permissions: _AdminOrganizationProjectsModelPermissions
    rate_limits: _AdminOrganizationProjectsRateLimits
    retrieve: Route
    roles: _AdminOrganizationProjectsRoles
    service_accounts: _AdminOrganizationProjectsServiceAccounts
    service_tier_settings: _AdminOrganizationProjectsServiceTierSettings
    spend_alerts: _AdminOrganizationProjectsSpendAlerts
    spend_limit: _AdminOrganizationProjectsSpendLimit
    update: Route
    users: _AdminOrganizationProjectsUsers

class _AdminOrganizationRoles:
    create: Route
    delete: Route
    list: Route
    retrieve: Route
    update: Route

class _AdminOrganizationSpendAlerts:
    create: Route
    delete: Route
    list: Route
    retrieve: Route
    update: Route

class _AdminOrganizationSpendLimit:
    delete: Route
    retrieve: Route
    update: Route

class _AdminOrganizationUsage:
    audio_speeches: Route
    audio_transcriptions: Route
    code_interpreter_sessions: Route
    completions: Route
    costs: Route
    decisions: Route
    embeddings: Route
    file_search_calls: Route
    images: Route
    moderations: Route
    vector_stores: Route
    web_search_calls: Route

class _AdminOrganizationUsersRoles:
    create: Route
    delete: Route
    list: Route
    retrieve: Route

class _AdminOrganizationUsers:
    delete: Route
    list: Route
    retrieve: Route
    roles: _AdminOrganizationUsersRoles
    update: Route

class _AdminOrganizationWorkloadIdentityProvidersFederationRules:
    create: Route
    delete: Route
    list: Route
    retrieve: Route
    update: Route

class _AdminOrganizationWorkloadIdentityProviders:
    create: Route
    delete: Route
    federation_rules: _AdminOrganizationWorkloadIdentityProvidersFederationRules
    list: Route
    retrieve: Route
    update: Route

class _AdminOrganization:
    admin_api_keys: _AdminOrganizationAdminApiKeys
    audit_logs: _AdminOrganizationAuditLogs
    certificates: _AdminOrganizationCertificates
    data_retention: _AdminOrganizationDataRetention
    external_keys: _AdminOrganizationExternalKeys
    external_storage: _AdminOrganizationExternalStorage
    groups: _AdminOrganizationGroups
    invites: _AdminOrganizationInvites
    projects: _AdminOrganizationProjects
    roles: _AdminOrganizationRoles
    spend_alerts: _AdminOrganizationSpendAlerts
    spend_limit: _AdminOrganizationSpendLimit
    usage: _AdminOrganizationUsage
    users: _AdminOrganizationUsers
    workload_identity_providers: _AdminOrganizationWorkloadIdentityProviders

class _Admin:
    organization: _AdminOrganization

class _AudioSpeech:
    create: Route

class _AudioTranscriptions:
    create: Route

class _AudioTranslations:
    create: Route

class _AudioVoiceConsents:
    create: Route
    delete: Route
    list: Route
    retrieve: Route
    update: Route

class _AudioVoices:
    create: Route
    delete: Route

class _Audio:
    speech: _AudioSpeech
    transcriptions: _AudioTranscriptions
    translations: _AudioTranslations
    voice_consents: _AudioVoiceConsents
    voices: _AudioVoices

class _Batches(Working):
    cancel: Route
    create: Route
    list: Route
    retrieve: Route

class _BetaAgentsAutomationsInvocations(Working):
    create: Route
    list: Route
    retrieve: Route

class _BetaAgentsAutomations:
    create: Route
    delete: Route
    invocations: _BetaAgentsAutomationsInvocations
    list: Route
    pause: Route
    resume: Route
    retrieve: Route
    update: Route

class _BetaAgentsEnvironmentsFiles:
    create: Route
    list: Route

class _BetaAgentsEnvironmentsTemplates:
    create: Route
    delete: Route
    list: Route
    retrieve: Route
    update: Route

class _BetaAgentsEnvironments(Working):
    create: Route
    files: _BetaAgentsEnvironmentsFiles
    list: Route
    retrieve: Route
    templates: _BetaAgentsEnvironmentsTemplates

class _BetaAgentsSessionsArtifacts:
    content: Route
    delete: Route
    list: Route
    retrieve: Route

class _BetaAgentsSessionsEvents:
    create: Route
    stream: Route

class _BetaAgentsSessionsItems:
    list: Route

class _BetaAgentsSessionsSubagentsItems:
    list: Route

class _BetaAgentsSessionsSubagentsTurnsItems:
    list: Route

class _BetaAgentsSessionsSubagentsTurns:
    items: _BetaAgentsSessionsSubagentsTurnsItems
    list: Route
    retrieve: Route

class _BetaAgentsSessionsSubagents:
    items: _BetaAgentsSessionsSubagentsItems
    list: Route
    retrieve: Route
    turns: _BetaAgentsSessionsSubagentsTurns

class _BetaAgentsSessionsTraces:
    list: Route

class _BetaAgentsSessionsTurnsItems:
    list: Route

class _BetaAgentsSessionsTurns:
    items: _BetaAgentsSessionsTurnsItems
    list: Route
    retrieve: Route

class _BetaAgentsSessions(Working):
    artifacts: _BetaAgentsSessionsArtifacts
    create: Route
    delete: Route
    events: _BetaAgentsSessionsEvents
    items: _BetaAgentsSessionsItems
    list: Route
    retrieve: Route
    subagents: _BetaAgentsSessionsSubagents
    traces: _BetaAgentsSessionsTraces
    turns: _BetaAgentsSessionsTurns
    update: Route

class _BetaAgentsVaultsCredentials:
    create: Route
    delete: Route
    list: Route
    retrieve: Route
    update: Route

class _BetaAgentsVaults:
    create: Route
    credentials: _BetaAgentsVaultsCredentials
    delete: Route
    list: Route
    retrieve: Route
    update: Route

class _BetaAgents:
    automations: _BetaAgentsAutomations
    create: Route
    delete: Route
    environments: _BetaAgentsEnvironments
    list: Route
    retrieve: Route
    sessions: _BetaAgentsSessions
    update: Route
    vaults: _BetaAgentsVaults

class _BetaAssistants:
    create: Route
    delete: Route
    list: Route
    retrieve: Route
    update: Route

class _BetaChatkitSessions:
    cancel: Route
    create: Route

class _BetaChatkitThreads(ChatKitThreads):
    delete: Route
    list: Route
    list_items: Route
    retrieve: Route

class _BetaChatkit:
    sessions: _BetaChatkitSessions
    threads: _BetaChatkitThreads

class _BetaRealtimeSessions:
    create: Route

class _BetaRealtimeTranscriptionSessions:
    create: Route

class _BetaRealtime:
    connect: Route
    sessions: _BetaRealtimeSessions
    transcription_sessions: _BetaRealtimeTranscriptionSessions

class _BetaResponsesInputItems:
    list: Route

class _BetaResponsesInputTokens:
    count: Route

class _BetaResponses:
    cancel: Route
    compact: Route
    connect: Route
    create: Route
    delete: Route
    input_items: _BetaResponsesInputItems
    input_tokens: _BetaResponsesInputTokens
    retrieve: Route

class _BetaThreadsMessages:
    create: Route
    delete: Route
    list: Route
    retrieve: Route
    update: Route

class _BetaThreadsRunsSteps:
    list: Route
    retrieve: Route

class _BetaThreadsRuns(Working):
    cancel: Route
    create: Route
    list: Route
    retrieve: Route
    steps: _BetaThreadsRunsSteps
    submit_tool_outputs: Route
    update: Route

class _BetaThreads:
    create: Route
    create_and_run: Route
    delete: Route
    messages: _BetaThreadsMessages
    retrieve: Route
    runs: _BetaThreadsRuns
    update: Route

class _Beta:
    agents: _BetaAgents
    assistants: _BetaAssistants
    chatkit: _BetaChatkit
    realtime: _BetaRealtime
    responses: _BetaResponses
    threads: _BetaThreads

class _ChatCompletionsMessages:
    list: Route

class _ChatCompletions:
    create: Route
    delete: Route
    list: Route
    messages: _ChatCompletionsMessages
    retrieve: Route
    update: Route

class _Chat:
    completions: _ChatCompletions

class _Completions:
    create: Route

class _ContainersFilesContent:
    retrieve: Route

class _ContainersFiles:
    content: _ContainersFilesContent
    create: Route
    delete: Route
    list: Route
    retrieve: Route

class _Containers:
    create: Route
    delete: Route
    files: _ContainersFiles
    list: Route
    retrieve: Route

class _ContentProvenanceChecks:
    create: Route

class _ConversationsItems:
    create: Route
    delete: Route
    list: Route
    retrieve: Route

class _Conversations:
    create: Route
    delete: Route
    items: _ConversationsItems
    retrieve: Route
    update: Route

class _Decisions:
    create: Route

class _Embeddings:
    create: Route

class _EvalsRunsOutputItems:
    list: Route
    retrieve: Route

class _EvalsRuns(Working):
    cancel: Route
    create: Route
    delete: Route
    list: Route
    output_items: _EvalsRunsOutputItems
    retrieve: Route

class _Evals:
    create: Route
    delete: Route
    list: Route
    retrieve: Route
    runs: _EvalsRuns
    update: Route

class _Files:
    content: Route
    create: Route
    delete: Route
    list: Route
    retrieve: Route
    retrieve_content: Route

class _FineTuningAlphaGraders:
    run: Route
    validate: Route

class _FineTuningAlpha:
    graders: _FineTuningAlphaGraders

class _FineTuningCheckpointsPermissions:
    create: Route
    delete: Route
    list: Route
    retrieve: Route

class _FineTuningCheckpoints:
    permissions: _FineTuningCheckpointsPermissions

class _FineTuningJobsCheckpoints:
    list: Route

class _FineTuningJobs(Working):
    cancel: Route
    checkpoints: _FineTuningJobsCheckpoints
    create: Route
    list: Route
    list_events: Route
    pause: Route
    resume: Route
    retrieve: Route

class _FineTuning:
    alpha: _FineTuningAlpha
    checkpoints: _FineTuningCheckpoints
    jobs: _FineTuningJobs

class _Images:
    create_variation: Route
    edit: Route
    generate: Route

class _LiveForks:
    connect: Route

class _LiveSessions:
    accept: Route
    download_recording: Route
    fork: Route
    hangup: Route
    refer: Route
    reject: Route

class _LiveSideband:
    connect: Route

class _Live:
    connect: Route
    create: Route
    forks: _LiveForks
    sessions: _LiveSessions
    sideband: _LiveSideband

class _Models:
    delete: Route
    list: Route
    retrieve: Route

class _Moderations:
    create: Route

class _RealtimeCalls:
    accept: Route
    create: Route
    hangup: Route
    refer: Route
    reject: Route

class _RealtimeClientSecrets:
    create: Route

class _RealtimeTranslationsClientSecrets:
    create: Route

class _RealtimeTranslations:
    client_secrets: _RealtimeTranslationsClientSecrets
    connect: Route

class _Realtime:
    calls: _RealtimeCalls
    client_secrets: _RealtimeClientSecrets
    connect: Route
    translations: _RealtimeTranslations

class _ResponsesInputItems:
    list: Route

class _ResponsesInputTokens:
    count: Route

class _Responses(Working):
    cancel: Route
    compact: Route
    connect: Route
    create: Route
    delete: Route
    input_items: _ResponsesInputItems
    input_tokens: _ResponsesInputTokens
    retrieve: Route

class _SafetyAlerts:
    retrieve: Route

class _SafetyCases:
    retrieve: Route

class _Safety:
    alerts: _SafetyAlerts
    cases: _SafetyCases

class _SkillsContent:
    retrieve: Route

class _SkillsVersionsContent:
    retrieve: Route

class _SkillsVersions:
    content: _SkillsVersionsContent
    create: Route
    delete: Route
    list: Route
    retrieve: Route

class _Skills:
    content: _SkillsContent
    create: Route
    delete: Route
    list: Route
    retrieve: Route
    update: Route
    versions: _SkillsVersions

class _UploadsParts:
    create: Route

class _Uploads:
    cancel: Route
    complete: Route
    create: Route
    parts: _UploadsParts

class _VectorStoresFileBatches(Working):
    cancel: Route
    create: Route
    list_files: Route
    retrieve: Route

class _VectorStoresFiles(Working):
    content: Route
    create: Route
    delete: Route
    list: Route
    retrieve: Route
    update: Route

class _VectorStores:
    create: Route
    delete: Route
    file_batches: _VectorStoresFileBatches
    files: _VectorStoresFiles
    list: Route
    retrieve: Route
    search: Route
    update: Route

class _Videos(Working):
    create: Route
    create_character: Route
    delete: Route
    download_content: Route
    edit: Route
    extend: Route
    get_character: Route
    list: Route
    remix: Route
    retrieve: Route

class _WebhooksEventTypes:
    list: Route

class _Webhooks:
    create: Route
    delete: Route
    event_types: _WebhooksEventTypes
    list: Route
    retrieve: Route
    rotate_secret: Route
    test: Route
    update: Route

class Shape:
    admin: _Admin
    audio: _Audio
    batches: _Batches
    beta: _Beta
    chat: _Chat
    completions: _Completions
    containers: _Containers
    content_provenance_checks: _ContentProvenanceChecks
    conversations: _Conversations
    decisions: _Decisions
    embeddings: _Embeddings
    evals: _Evals
    files: _Files
    fine_tuning: _FineTuning
    images: _Images
    live: _Live
    models: _Models
    moderations: _Moderations
    realtime: _Realtime
    responses: _Responses
    safety: _Safety
    skills: _Skills
    uploads: _Uploads
    vector_stores: _VectorStores
    videos: _Videos
