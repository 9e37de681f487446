// Tells the app that works of every new blob that one of its triggers waits for.
param base string
param location string
param tags object
param storageName string
param undeliveredContainer string

@description('The app that gets the events; empty before a build is there, since the door it opens is asked for an answer when a subscription is made.')
param appName string

@description('function, container, and what a blob\'s name ends with.')
param blobTriggers array

var contributor = 'ba92f5b4-2d11-453d-a403-e96b0029c9fe' // Storage Blob Data Contributor

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: storageName
}

resource undelivered 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = {
  name: '${storageName}/default/${undeliveredContainer}'
}

resource topic 'Microsoft.EventGrid/systemTopics@2025-02-15' = {
  name: 'evgt-${base}-files'
  location: location
  tags: tags
  identity: { type: 'SystemAssigned' }
  properties: {
    source: storage.id
    topicType: 'Microsoft.Storage.StorageAccounts'
  }
}

resource topicWrites 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: undelivered
  name: guid(undelivered.id, topic.id, contributor)
  properties: {
    principalId: topic.identity.principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', contributor)
  }
}

resource app 'Microsoft.Web/sites@2024-04-01' existing = {
  name: empty(appName) ? 'none' : appName
}

resource subscriptions 'Microsoft.EventGrid/systemTopics/eventSubscriptions@2025-02-15' = [for trigger in blobTriggers: if (!empty(appName)) {
  parent: topic
  name: trigger.function
  properties: {
    eventDeliverySchema: 'EventGridSchema'
    filter: {
      includedEventTypes: ['Microsoft.Storage.BlobCreated']
      subjectBeginsWith: '/blobServices/default/containers/${trigger.container}/'
      subjectEndsWith: trigger.endsWith
    }
    destination: {
      endpointType: 'WebHook'
      properties: {
        // the key is the host's own for blob events; it is there as soon as a build with a blob trigger runs
        endpointUrl: 'https://${appName}.azurewebsites.net/runtime/webhooks/blobs?functionName=Host.Functions.${trigger.function}&code=${listKeys('${app.id}/host/default', '2024-04-01').systemKeys.blobs_extension}'
        maxEventsPerBatch: 1
      }
    }
    retryPolicy: { maxDeliveryAttempts: 30, eventTimeToLiveInMinutes: 1440 }
    deadLetterWithResourceIdentity: {
      identity: { type: 'SystemAssigned' }
      deadLetterDestination: {
        endpointType: 'StorageBlob'
        properties: { resourceId: storage.id, blobContainerName: undeliveredContainer }
      }
    }
  }
  dependsOn: [topicWrites]
}]

output topicId string = topic.id
