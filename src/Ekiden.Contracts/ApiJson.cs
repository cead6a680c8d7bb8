using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ekiden.Contracts;

/// <summary>
/// The JSON of the API: snake_case, RFC 3339 times, nothing unknown and nothing twice (reliability E-R7). Shared by
/// server, command line and clients.
/// </summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DictionaryKeyPolicy = JsonKnownNamingPolicy.Unspecified,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    NumberHandling = JsonNumberHandling.Strict,
    RespectNullableAnnotations = true,
    MaxDepth = 32)]
[JsonSerializable(typeof(SendMessageRequest))]
[JsonSerializable(typeof(SendRawRequest))]
[JsonSerializable(typeof(SendMessageResponse))]
[JsonSerializable(typeof(ValidateMessageResponse))]
[JsonSerializable(typeof(RescheduleRequest))]
[JsonSerializable(typeof(MessageChangeResponse))]
[JsonSerializable(typeof(SendBatchRequest))]
[JsonSerializable(typeof(BatchRecipientRequest))]
[JsonSerializable(typeof(SendBatchResponse))]
[JsonSerializable(typeof(BatchResponse))]
[JsonSerializable(typeof(Page<BatchResponse>))]
[JsonSerializable(typeof(Page<BatchError>))]
[JsonSerializable(typeof(BatchError))]
[JsonSerializable(typeof(Page<BatchRecipientResponse>))]
[JsonSerializable(typeof(ChangeBatchRequest))]
[JsonSerializable(typeof(BatchChangeResponse))]
[JsonSerializable(typeof(TemplateRequest))]
[JsonSerializable(typeof(TemplateResponse))]
[JsonSerializable(typeof(Page<TemplateResponse>))]
[JsonSerializable(typeof(RenderRequest))]
[JsonSerializable(typeof(RenderResponse))]
[JsonSerializable(typeof(MessageResponse))]
[JsonSerializable(typeof(Page<MessageResponse>))]
[JsonSerializable(typeof(QueueSummary))]
[JsonSerializable(typeof(QueueChangeRequest))]
[JsonSerializable(typeof(QueueChangeResponse))]
[JsonSerializable(typeof(Page<QueuedRecipientResponse>))]
[JsonSerializable(typeof(LaneResponse))]
[JsonSerializable(typeof(Page<LaneResponse>))]
[JsonSerializable(typeof(PinLaneRequest))]
[JsonSerializable(typeof(AddAccountRequest))]
[JsonSerializable(typeof(AccountResponse))]
[JsonSerializable(typeof(Page<AccountResponse>))]
[JsonSerializable(typeof(SetQuotaRequest))]
[JsonSerializable(typeof(SetAccountStatusRequest))]
[JsonSerializable(typeof(AddKeyRequest))]
[JsonSerializable(typeof(AddKeyResponse))]
[JsonSerializable(typeof(KeyResponse))]
[JsonSerializable(typeof(Page<KeyResponse>))]
[JsonSerializable(typeof(AddDomainRequest))]
[JsonSerializable(typeof(DomainResponse))]
[JsonSerializable(typeof(Page<JsonElement>))]
[JsonSerializable(typeof(RotateDomainKeysRequest))]
[JsonSerializable(typeof(ImportDomainKeyRequest))]
[JsonSerializable(typeof(DomainDetailResponse))]
[JsonSerializable(typeof(Page<DomainDetailResponse>))]
[JsonSerializable(typeof(DomainHealthResponse))]
[JsonSerializable(typeof(IReadOnlyList<SuppressionRequest>))]
[JsonSerializable(typeof(SuppressionRequest))]
[JsonSerializable(typeof(SuppressionResponse))]
[JsonSerializable(typeof(Page<SuppressionResponse>))]
[JsonSerializable(typeof(SuppressionChangeResponse))]
[JsonSerializable(typeof(UndoSuppressionsRequest))]
[JsonSerializable(typeof(Problem))]
public sealed partial class ApiJson : JsonSerializerContext;
