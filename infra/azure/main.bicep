// Everything Podium needs in one resource group, and which of its two function apps works and serves. docs/deploy.md says how it is used.
targetScope = 'resourceGroup'

@description('Which installation this is; part of every name.')
@allowed(['dev', 'staging', 'production'])
param environment string

@description('Where the resources are.')
param location string = resourceGroup().location

@description('Object id of the Entra group whose members operate the installation: they own the database and may set secrets.')
param operatorsObjectId string

@description('Display name of that group; the login its members use with PostgreSQL.')
param operatorsName string

@description('Object id of the service principal that deploys; it migrates the database. Empty where people do that.')
param deployerObjectId string = ''

@description('Name of that service principal; its login with PostgreSQL.')
param deployerName string = ''

@description('Who is told of alerts and of the budget.')
param alertEmail string

@description('Whether data services are reached through private endpoints only. Needs Service Bus Premium.')
param isPrivate bool

@description('Whether there are two function apps behind Front Door, so that a build is tried beside the one that serves.')
param isSideBySide bool

@description('The function app that does the background work and gets the blob events; none while one takes over from the other, and before the first build is there.')
@allowed(['none', 'blue', 'green'])
param working string = 'none'

@description('The function app that answers requests.')
@allowed(['blue', 'green'])
param serving string = 'blue'

@description('Host names of tenants that Front Door answers for, besides its own.')
param domains array = []

@description('Origins of the front-ends, which call the API and upload files from browsers.')
param allowedOrigins array = []

@description('Addresses and networks that Front Door refuses (CIDR).')
param blockedAddresses array = []

@description('Requests of one address in a minute, above which Front Door refuses it for a while.')
param requestsPerMinute int = 2000

@description('Memory of an instance, in MB.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int

@description('The most instances of a function app.')
@minValue(40)
@maxValue(1000)
param maximumInstanceCount int

@description('Instances for HTTP that are kept ready, so that nobody waits for a cold start.')
param alwaysReadyHttp int

@description('Connections that one instance may have open with each of the app\'s database roles.')
param databasePoolSize int

@description('Compute of PostgreSQL.')
param databaseSku string

@description('Tier of that compute.')
@allowed(['Burstable', 'GeneralPurpose', 'MemoryOptimized'])
param databaseTier string

@description('Disk of PostgreSQL, in GB; it grows by itself.')
param databaseStorageGB int

@description('How far back PostgreSQL can be restored to any second, in days.')
@minValue(7)
@maxValue(35)
param databaseRetentionDays int

@description('Whether a standby in another zone takes over when the primary fails, and backups go to the paired region too.')
param isHighlyAvailable bool

@description('Whether reads that tolerate a delay go to a replica.')
param hasReplica bool

@description('Replication of the app\'s files.')
@allowed(['Standard_LRS', 'Standard_ZRS', 'Standard_GZRS', 'Standard_RAGZRS'])
param fileStorageSku string

@description('Names of the encryption keys in Key Vault (secrets encryption-key-NAME); all decrypt.')
param encryptionKeys array

@description('The one of them that encrypts.')
param encryptionCurrent string

@description('The issuer that our access tokens name.')
param identityIssuer string

@description('The sender of mails.')
param mailFrom string

@description('host:port of a ClamAV daemon; empty where files are not scanned.')
param virusScannerAddress string = ''

@description('Days that logs are kept.')
param logRetentionDays int

@description('Most GB of logs in a day; -1 for no limit.')
param logDailyCapGB int

@description('What a month may cost, in the subscription\'s currency, before somebody is told.')
param monthlyBudget int

@description('First day of the month the budget begins in.')
param budgetStart string

// what the app is made of, written from its code by a test: functions that work in the background, blob triggers, containers
var app = loadJsonContent('app.json')

var short = { dev: 'dev', staging: 'stg', production: 'prod' }[environment]
var suffix = take(uniqueString(resourceGroup().id), 6)
var base = 'podium-${short}'
var tags = { application: 'podium', environment: environment }
var colours = isSideBySide ? ['blue', 'green'] : ['blue']
var apps = { blue: 'func-${base}-blue-${suffix}', green: 'func-${base}-green-${suffix}' }
var identityName = 'id-${base}'
var vaultName = 'kv-${base}-${suffix}'
var secrets = 'https://${vaultName}${az.environment().suffixes.keyvaultDns}/secrets'

resource identity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: identityName
  location: location
  tags: tags
}

module network 'modules/network.bicep' = {
  name: 'network'
  params: {
    base: base
    location: location
    tags: tags
    isPrivate: isPrivate
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    base: base
    location: location
    tags: tags
    retentionDays: logRetentionDays
    dailyCapGB: logDailyCapGB
    appPrincipalId: identity.properties.principalId
  }
}

// the host's own: packages, locks, Durable Functions
module hostStorage 'modules/storage.bicep' = {
  name: 'host-storage'
  params: {
    name: 'stpodium${short}host${suffix}'
    location: location
    tags: tags
    sku: isHighlyAvailable ? 'Standard_ZRS' : 'Standard_LRS'
    containers: map(colours, colour => 'package-${colour}')
    isReachableByBrowsers: false
    allowedOrigins: []
    isPrivate: isPrivate
    services: ['blob', 'queue', 'table']
    endpointSubnetId: network.outputs.endpointSubnetId
    zones: network.outputs.zones
    keepDeletedDays: 7
    appPrincipalId: identity.properties.principalId
    logsId: monitoring.outputs.logsId
  }
}

// what people bring: uploads come straight from browsers by signed URLs, so its door is public and only its content is not
module fileStorage 'modules/storage.bicep' = {
  name: 'file-storage'
  params: {
    name: 'stpodium${short}file${suffix}'
    location: location
    tags: tags
    sku: fileStorageSku
    containers: union(app.containers, ['undelivered-events'])
    isReachableByBrowsers: true
    allowedOrigins: allowedOrigins
    isPrivate: isPrivate
    services: ['blob', 'queue']
    endpointSubnetId: network.outputs.endpointSubnetId
    zones: network.outputs.zones
    keepDeletedDays: 30
    appPrincipalId: identity.properties.principalId
    logsId: monitoring.outputs.logsId
  }
}

module serviceBus 'modules/servicebus.bicep' = {
  name: 'service-bus'
  params: {
    name: 'sb-${base}-${suffix}'
    location: location
    tags: tags
    isPrivate: isPrivate
    endpointSubnetId: network.outputs.endpointSubnetId
    zones: network.outputs.zones
    appPrincipalId: identity.properties.principalId
    operatorsObjectId: operatorsObjectId
    logsId: monitoring.outputs.logsId
  }
}

module postgres 'modules/postgres.bicep' = {
  name: 'postgres'
  params: {
    name: 'psql-${base}-${suffix}'
    location: location
    tags: tags
    sku: databaseSku
    tier: databaseTier
    storageGB: databaseStorageGB
    retentionDays: databaseRetentionDays
    isHighlyAvailable: isHighlyAvailable
    hasReplica: hasReplica
    isPrivate: isPrivate
    endpointSubnetId: network.outputs.endpointSubnetId
    zones: network.outputs.zones
    operatorsObjectId: operatorsObjectId
    operatorsName: operatorsName
    deployerObjectId: deployerObjectId
    deployerName: deployerName
    logsId: monitoring.outputs.logsId
  }
}

module keyVault 'modules/keyvault.bicep' = {
  name: 'key-vault'
  params: {
    name: vaultName
    location: location
    tags: tags
    isPrivate: isPrivate
    endpointSubnetId: network.outputs.endpointSubnetId
    zones: network.outputs.zones
    appPrincipalId: identity.properties.principalId
    operatorsObjectId: operatorsObjectId
    logsId: monitoring.outputs.logsId
  }
}

module frontDoor 'modules/frontdoor.bicep' = if (isSideBySide) {
  name: 'front-door'
  params: {
    base: base
    suffix: suffix
    tags: tags
    hosts: map(colours, colour => { colour: colour, host: '${apps[colour]}.azurewebsites.net' })
    serving: serving
    domains: domains
    blockedAddresses: blockedAddresses
    requestsPerMinute: requestsPerMinute
    logsId: monitoring.outputs.logsId
  }
}

module functionApps 'modules/functionapp.bicep' = [for colour in colours: {
  name: 'function-app-${colour}'
  params: {
    name: apps[colour]
    location: location
    tags: union(tags, { colour: colour, serving: serving == colour ? 'yes' : 'no', working: working == colour ? 'yes' : 'no' })
    identityId: identity.id
    subnetId: network.outputs.appSubnetId
    packageContainer: '${hostStorage.outputs.blobUri}package-${colour}'
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyHttp: serving == colour ? alwaysReadyHttp : 0
    allowedOrigins: allowedOrigins
    frontDoorId: isSideBySide ? frontDoor!.outputs.frontDoorId : ''
    logsId: monitoring.outputs.logsId
  }
}]

var settings = {
  AZURE_CLIENT_ID: identity.properties.clientId
  AZURE_FUNCTIONS_ENVIRONMENT: environment == 'production' ? 'Production' : 'Staging'
  APPLICATIONINSIGHTS_CONNECTION_STRING: monitoring.outputs.connectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'Authorization=AAD;ClientId=${identity.properties.clientId}'
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identity.properties.clientId
  AzureWebJobsStorage__blobServiceUri: hostStorage.outputs.blobUri
  AzureWebJobsStorage__queueServiceUri: hostStorage.outputs.queueUri
  AzureWebJobsStorage__tableServiceUri: hostStorage.outputs.tableUri
  Storage__credential: 'managedidentity'
  Storage__clientId: identity.properties.clientId
  Storage__blobServiceUri: fileStorage.outputs.blobUri
  Storage__queueServiceUri: fileStorage.outputs.queueUri
  ServiceBus__credential: 'managedidentity'
  ServiceBus__clientId: identity.properties.clientId
  ServiceBus__fullyQualifiedNamespace: serviceBus.outputs.host
  Postgres: 'Host=${postgres.outputs.host};Database=podium;Username=${identityName};SSL Mode=VerifyFull;Maximum Pool Size=${databasePoolSize}'
  Postgres__Reader: 'Host=${postgres.outputs.readHosts};Database=podium;Username=${identityName};SSL Mode=VerifyFull;Maximum Pool Size=${databasePoolSize}'
  Postgres__Entra: 'true'
  Encryption__Current: encryptionCurrent
  Encryption__IndexKey: '@Microsoft.KeyVault(SecretUri=${secrets}/encryption-index-key)'
  Identity__Issuer: identityIssuer
  Smtp: '@Microsoft.KeyVault(SecretUri=${secrets}/smtp)'
  Mail__From: mailFrom
  Http__FrontDoor: isSideBySide ? 'true' : 'false'
  VirusScanner__Address: virusScannerAddress
}
var keySettings = toObject(encryptionKeys, key => 'Encryption__Keys__${key}', key => '@Microsoft.KeyVault(SecretUri=${secrets}/encryption-key-${key})')
// an app that rests serves what it is asked, so that it can be tried, and takes no work. Blob triggers stay: what was delivered to it, it finishes
var restSettings = toObject(app.background, name => 'AzureWebJobs.${name}.Disabled', name => 'true')

// first the one that rests lets go, then the other takes over: two builds never work on one orchestration
module rest 'modules/settings.bicep' = [for colour in colours: if (colour != working) {
  name: 'settings-rest-${colour}'
  dependsOn: [functionApps, keyVault]
  params: {
    appName: apps[colour]
    settings: union(settings, keySettings, restSettings)
  }
}]

module work 'modules/settings.bicep' = if (working != 'none') {
  name: 'settings-work'
  dependsOn: [functionApps, keyVault, rest]
  params: {
    appName: apps[working == 'none' ? 'blue' : working]
    settings: union(settings, keySettings)
  }
}

module events 'modules/events.bicep' = {
  name: 'events'
  dependsOn: [functionApps, work]
  params: {
    base: base
    location: location
    tags: tags
    storageName: fileStorage.outputs.name
    undeliveredContainer: 'undelivered-events'
    appName: working == 'none' ? '' : apps[working]
    blobTriggers: app.blobTriggers
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    base: base
    location: location
    tags: tags
    email: alertEmail
    insightsId: monitoring.outputs.insightsId
    serviceBusId: serviceBus.outputs.id
    postgresId: postgres.outputs.id
    replicaId: postgres.outputs.replicaId
    hasReplica: hasReplica
    fileStorageId: fileStorage.outputs.id
    topicId: events.outputs.topicId
    // three pools on each of the most instances, nearly full
    mostConnections: 3 * databasePoolSize * maximumInstanceCount * 8 / 10
    probeUrl: isSideBySide ? 'https://${frontDoor!.outputs.host}/api/health/ready' : 'https://${apps.blue}.azurewebsites.net/api/health/ready'
  }
}

module workbook 'modules/workbook.bicep' = {
  name: 'workbook'
  params: {
    base: base
    location: location
    tags: tags
    insightsId: monitoring.outputs.insightsId
    serviceBusId: serviceBus.outputs.id
    postgresId: postgres.outputs.id
  }
}

module budget 'modules/budget.bicep' = {
  name: 'budget'
  params: {
    base: base
    amount: monthlyBudget
    start: budgetStart
    email: alertEmail
  }
}

output appNames object = apps
output identityName string = identityName
output identityObjectId string = identity.properties.principalId
output postgresServer string = postgres.outputs.name
output postgresHost string = postgres.outputs.host
output serviceBusHost string = serviceBus.outputs.host
output fileStorageUri string = fileStorage.outputs.blobUri
output keyVaultName string = keyVault.outputs.name
output baseUrl string = isSideBySide ? 'https://${frontDoor!.outputs.host}' : 'https://${apps.blue}.azurewebsites.net'
output candidateUrl string = isSideBySide ? 'https://${frontDoor!.outputs.candidateHost}' : 'https://${apps.blue}.azurewebsites.net'
