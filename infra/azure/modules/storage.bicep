// A storage account without keys: who comes in has an identity and a role, or a URL signed under one.
@minLength(3)
@maxLength(24)
param name string
param location string
param tags object
param sku string
param containers array
param isReachableByBrowsers bool
param allowedOrigins array
param isPrivate bool

@description('The services the app uses: each gets a private endpoint where the installation is private.')
param services array
param endpointSubnetId string
param zones object
param keepDeletedDays int
param appPrincipalId string
param logsId string

// what the Functions host needs on an account that it keeps its locks in, or that a blob trigger watches
var roles = {
  blob: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b' // Storage Blob Data Owner
  queue: '974c5e8b-45b9-4653-ba55-5f855dd0c3db' // Storage Queue Data Contributor
  table: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' // Storage Table Data Contributor
}

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    accessTier: 'Hot'
    allowBlobPublicAccess: false
    allowSharedKeyAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: isPrivate && !isReachableByBrowsers ? 'Disabled' : 'Enabled'
    networkAcls: {
      bypass: 'AzureServices'
      defaultAction: isPrivate && !isReachableByBrowsers ? 'Deny' : 'Allow'
    }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: account
  name: 'default'
  properties: {
    cors: {
      corsRules: empty(allowedOrigins) ? [] : [
        {
          allowedOrigins: allowedOrigins
          allowedMethods: ['GET', 'HEAD', 'PUT', 'OPTIONS']
          allowedHeaders: ['content-type', 'x-ms-*']
          exposedHeaders: ['etag', 'x-ms-*']
          maxAgeInSeconds: 3600
        }
      ]
    }
    deleteRetentionPolicy: { enabled: true, days: keepDeletedDays }
    containerDeleteRetentionPolicy: { enabled: true, days: keepDeletedDays }
  }
}

resource everyContainer 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = [for container in containers: {
  parent: blobs
  name: container
  properties: { publicAccess: 'None' }
}]

resource appRole 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for service in services: {
  scope: account
  name: guid(account.id, appPrincipalId, roles[service])
  properties: {
    principalId: appPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roles[service])
  }
}]

module endpoint 'endpoint.bicep' = [for service in services: if (isPrivate) {
  name: 'endpoint-${name}-${service}'
  params: {
    name: 'pep-${name}-${service}'
    location: location
    tags: tags
    targetId: account.id
    part: service
    subnetId: endpointSubnetId
    zoneId: zones[service]
  }
}]

resource blobLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: blobs
  name: 'logs'
  properties: {
    workspaceId: logsId
    logs: [
      { category: 'StorageDelete', enabled: true }
    ]
  }
}

output id string = account.id
output name string = account.name
output blobUri string = account.properties.primaryEndpoints.blob
output queueUri string = account.properties.primaryEndpoints.queue
output tableUri string = account.properties.primaryEndpoints.table
