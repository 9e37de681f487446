using 'main.bicep'

param environment = 'staging'
// who, where: set in the environment of whoever deploys (docs/deploy.md), since they belong to a subscription and not to the source
param operatorsObjectId = readEnvironmentVariable('PODIUM_OPERATORS_ID')
param operatorsName = readEnvironmentVariable('PODIUM_OPERATORS_NAME')
param deployerObjectId = readEnvironmentVariable('PODIUM_DEPLOYER_ID', '')
param deployerName = readEnvironmentVariable('PODIUM_DEPLOYER_NAME', '')
param alertEmail = readEnvironmentVariable('PODIUM_ALERT_EMAIL')
param working = readEnvironmentVariable('PODIUM_WORKING', 'none')
param serving = readEnvironmentVariable('PODIUM_SERVING', 'blue')

param isPrivate = false
param isSideBySide = true
param allowedOrigins = ['https://staging.podium.example']

param instanceMemoryMB = 2048
param maximumInstanceCount = 40
param alwaysReadyHttp = 0

param databaseSku = 'Standard_D2ds_v5'
param databaseTier = 'GeneralPurpose'
param databaseStorageGB = 64
param databaseRetentionDays = 7
param databasePoolSize = 6
param isHighlyAvailable = false
param hasReplica = false

param fileStorageSku = 'Standard_LRS'
param encryptionKeys = ['k1']
param encryptionCurrent = 'k1'
param identityIssuer = 'podium-staging'
param mailFrom = 'podium-staging@example.org'

param logRetentionDays = 30
param logDailyCapGB = 5
param monthlyBudget = 500
param budgetStart = '2026-12-01'
