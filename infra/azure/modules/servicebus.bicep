// The queues, exactly as servicebus.json declares them for the emulator too. Namespaces without keys.
param name string
param location string
param tags object
param isPrivate bool
param endpointSubnetId string
param zones object
param appPrincipalId string
param operatorsObjectId string
param logsId string

var queues = loadJsonContent('../../../servicebus.json').UserConfig.Namespaces[0].Queues
var receiver = '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0' // Azure Service Bus Data Receiver
var sender = '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39' // Azure Service Bus Data Sender
// operators look at dead letters and put them back
var grants = [
  { principalId: appPrincipalId, principalType: 'ServicePrincipal', role: receiver }
  { principalId: appPrincipalId, principalType: 'ServicePrincipal', role: sender }
  { principalId: operatorsObjectId, principalType: 'Group', role: receiver }
  { principalId: operatorsObjectId, principalType: 'Group', role: sender }
]

resource bus 'Microsoft.ServiceBus/namespaces@2024-01-01' = {
  name: name
  location: location
  tags: tags
  // private endpoints need Premium, duplicate detection at least Standard
  sku: isPrivate ? { name: 'Premium', tier: 'Premium', capacity: 1 } : { name: 'Standard', tier: 'Standard' }
  properties: {
    disableLocalAuth: true
    minimumTlsVersion: '1.2'
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled'
  }
}

resource everyQueue 'Microsoft.ServiceBus/namespaces/queues@2024-01-01' = [for queue in queues: {
  parent: bus
  name: queue.Name
  properties: {
    deadLetteringOnMessageExpiration: queue.Properties.DeadLetteringOnMessageExpiration
    defaultMessageTimeToLive: queue.Properties.DefaultMessageTimeToLive
    duplicateDetectionHistoryTimeWindow: queue.Properties.DuplicateDetectionHistoryTimeWindow
    lockDuration: queue.Properties.LockDuration
    maxDeliveryCount: queue.Properties.MaxDeliveryCount
    requiresDuplicateDetection: queue.Properties.RequiresDuplicateDetection
    requiresSession: queue.Properties.RequiresSession
  }
}]

resource role 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for grant in grants: {
  scope: bus
  name: guid(bus.id, grant.principalId, grant.role)
  properties: {
    principalId: grant.principalId
    principalType: grant.principalType
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', grant.role)
  }
}]

module endpoint 'endpoint.bicep' = if (isPrivate) {
  name: 'endpoint-${name}'
  params: {
    name: 'pep-${name}'
    location: location
    tags: tags
    targetId: bus.id
    part: 'namespace'
    subnetId: endpointSubnetId
    zoneId: zones.namespace
  }
}

resource busLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: bus
  name: 'logs'
  properties: {
    workspaceId: logsId
    logs: [
      { category: 'OperationalLogs', enabled: true }
    ]
  }
}

output id string = bus.id
output host string = '${bus.name}.servicebus.windows.net'
