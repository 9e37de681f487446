using 'main.bicep'

param environment = 'dev'
// who, where: set in the environment of whoever deploys (docs/deploy.md), since they belong to a subscription and not to the source
param operatorsObjectId = readEnvironmentVariable('PODIUM_OPERATORS_ID')
param operatorsName = readEnvironmentVariable('PODIUM_OPERATORS_NAME')
param deployerObjectId = readEnvironmentVariable('PODIUM_DEPLOYER_ID', '')
param deployerName = readEnvironmentVariable('PODIUM_DEPLOYER_NAME', '')
param alertEmail = readEnvironmentVariable('PODIUM_ALERT_EMAIL')
param working = readEnvironmentVariable('PODIUM_WORKING', 'none')
param serving = readEnvironmentVariable('PODIUM_SERVING', 'blue')

param isPrivate = false
param isSideBySide = false
param allowedOrigins = ['http://localhost:3000']

param instanceMemoryMB = 2048
param maximumInstanceCount = 40
param alwaysReadyHttp = 0

param databaseSku = 'Standard_B2s'
param databaseTier = 'Burstable'
param databaseStorageGB = 32
param databaseRetentionDays = 7
// three roles, forty instances: less than what a B2s takes
param databasePoolSize = 3
param isHighlyAvailable = false
param hasReplica = false

param fileStorageSku = 'Standard_LRS'
param encryptionKeys = ['k1']
param encryptionCurrent = 'k1'
param identityIssuer = 'podium-dev'
param mailFrom = 'podium-dev@example.org'

param logRetentionDays = 30
param logDailyCapGB = 1
param monthlyBudget = 120
param budgetStart = '2026-12-01'
