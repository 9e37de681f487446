using 'main.bicep'

param environment = 'production'
// who, where: set in the environment of whoever deploys (docs/deploy.md), since they belong to a subscription and not to the source
param operatorsObjectId = readEnvironmentVariable('PODIUM_OPERATORS_ID')
param operatorsName = readEnvironmentVariable('PODIUM_OPERATORS_NAME')
param deployerObjectId = readEnvironmentVariable('PODIUM_DEPLOYER_ID', '')
param deployerName = readEnvironmentVariable('PODIUM_DEPLOYER_NAME', '')
param alertEmail = readEnvironmentVariable('PODIUM_ALERT_EMAIL')
param working = readEnvironmentVariable('PODIUM_WORKING', 'none')
param serving = readEnvironmentVariable('PODIUM_SERVING', 'blue')

param isPrivate = true
param isSideBySide = true
param domains = []
param allowedOrigins = ['https://podium.example']
param blockedAddresses = []
param requestsPerMinute = 2000

param instanceMemoryMB = 2048
param maximumInstanceCount = 100
param alwaysReadyHttp = 2

param databaseSku = 'Standard_D8ds_v5'
param databaseTier = 'GeneralPurpose'
param databaseStorageGB = 512
param databaseRetentionDays = 35
param databasePoolSize = 10
param isHighlyAvailable = true
param hasReplica = true

param fileStorageSku = 'Standard_GZRS'
param encryptionKeys = ['k1']
param encryptionCurrent = 'k1'
param identityIssuer = 'podium'
param mailFrom = 'podium@example.org'
param virusScannerAddress = ''

// system logs are kept a year
param logRetentionDays = 365
param logDailyCapGB = -1
param monthlyBudget = 3500
param budgetStart = '2026-12-01'
