// PostgreSQL with logins of Entra only: nobody has a password.
param name string
param location string
param tags object
param sku string
param tier string
param storageGB int
param retentionDays int
param isHighlyAvailable bool
param hasReplica bool
param isPrivate bool
param endpointSubnetId string
param zones object
param operatorsObjectId string
param operatorsName string
param deployerObjectId string
param deployerName string
param logsId string

var version = '17'

// time limits of statements and locks are the app's, by role; these are the server's
var parameters = [
  { name: 'azure.extensions', value: 'PG_TRGM,BTREE_GIN,UNACCENT,PG_STAT_STATEMENTS' }
  { name: 'pg_stat_statements.track', value: 'top' }
  { name: 'track_io_timing', value: 'on' }
  { name: 'log_min_duration_statement', value: '1000' }
  { name: 'log_lock_waits', value: 'on' }
  { name: 'log_autovacuum_min_duration', value: '10000' }
  { name: 'autovacuum_vacuum_scale_factor', value: '0.05' }
  { name: 'autovacuum_analyze_scale_factor', value: '0.02' }
  { name: 'idle_session_timeout', value: '3600000' }
  { name: 'require_secure_transport', value: 'on' }
  { name: 'ssl_min_protocol_version', value: 'TLSv1.2' }
  { name: 'metrics.collector_database_activity', value: 'on' }
  { name: 'metrics.autovacuum_diagnostics', value: 'on' }
]

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = {
  name: name
  location: location
  tags: tags
  sku: { name: sku, tier: tier }
  properties: {
    createMode: 'Default'
    version: version
    authConfig: {
      activeDirectoryAuth: 'Enabled'
      passwordAuth: 'Disabled'
      tenantId: tenant().tenantId
    }
    storage: { storageSizeGB: storageGB, autoGrow: 'Enabled' }
    backup: {
      backupRetentionDays: retentionDays
      geoRedundantBackup: isHighlyAvailable ? 'Enabled' : 'Disabled'
    }
    highAvailability: { mode: isHighlyAvailable ? 'ZoneRedundant' : 'Disabled' }
    // night in Central Asia, where the first tenants are
    maintenanceWindow: { customWindow: 'Enabled', dayOfWeek: 0, startHour: 22, startMinute: 0 }
    network: { publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled' }
  }
}

resource database 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2024-08-01' = {
  parent: server
  name: 'podium'
  properties: { charset: 'UTF8', collation: 'C.UTF-8' }
}

// the server takes one change at a time
@batchSize(1)
resource everyParameter 'Microsoft.DBforPostgreSQL/flexibleServers/configurations@2024-08-01' = [for parameter in parameters: {
  parent: server
  name: parameter.name
  properties: { value: parameter.value, source: 'user-override' }
  dependsOn: [database]
}]

resource operators 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2024-08-01' = {
  parent: server
  name: operatorsObjectId
  properties: { principalName: operatorsName, principalType: 'Group', tenantId: tenant().tenantId }
  dependsOn: [everyParameter]
}

resource deployer 'Microsoft.DBforPostgreSQL/flexibleServers/administrators@2024-08-01' = if (!empty(deployerObjectId)) {
  parent: server
  name: empty(deployerObjectId) ? 'nobody' : deployerObjectId
  properties: { principalName: deployerName, principalType: 'ServicePrincipal', tenantId: tenant().tenantId }
  dependsOn: [operators]
}

// functions outside a private network have no fixed address: Azure's own may knock, and Entra says who comes in
resource azure 'Microsoft.DBforPostgreSQL/flexibleServers/firewallRules@2024-08-01' = if (!isPrivate) {
  parent: server
  name: 'azure'
  properties: { startIpAddress: '0.0.0.0', endIpAddress: '0.0.0.0' }
  dependsOn: [deployer]
}

resource replica 'Microsoft.DBforPostgreSQL/flexibleServers@2024-08-01' = if (hasReplica) {
  name: '${name}-r1'
  location: location
  tags: tags
  sku: { name: sku, tier: tier }
  properties: {
    createMode: 'Replica'
    sourceServerResourceId: server.id
    network: { publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled' }
  }
  dependsOn: [azure]
}

module endpoint 'endpoint.bicep' = if (isPrivate) {
  name: 'endpoint-${name}'
  params: {
    name: 'pep-${name}'
    location: location
    tags: tags
    targetId: server.id
    part: 'postgresqlServer'
    subnetId: endpointSubnetId
    zoneId: zones.postgresqlServer
  }
}

module replicaEndpoint 'endpoint.bicep' = if (isPrivate && hasReplica) {
  name: 'endpoint-${name}-r1'
  params: {
    name: 'pep-${name}-r1'
    location: location
    tags: tags
    targetId: replica.id
    part: 'postgresqlServer'
    subnetId: endpointSubnetId
    zoneId: zones.postgresqlServer
  }
}

// a production server is not deleted by mistake
resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (isHighlyAvailable) {
  scope: server
  name: 'keep'
  properties: { level: 'CanNotDelete', notes: 'Holds everything. Remove the lock only to restore or to end the installation.' }
}

resource serverLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: server
  name: 'logs'
  properties: {
    workspaceId: logsId
    logs: [
      { category: 'PostgreSQLLogs', enabled: true }
      { category: 'PostgreSQLFlexSessions', enabled: true }
      { category: 'PostgreSQLFlexTableStats', enabled: true }
      { category: 'PostgreSQLFlexQueryStoreRuntime', enabled: true }
    ]
  }
}

output id string = server.id
output name string = server.name
output host string = server.properties.fullyQualifiedDomainName
output replicaId string = hasReplica ? replica.id : ''
// the app prefers the standby for reads, and falls back to the primary
output readHosts string = hasReplica ? '${replica!.properties.fullyQualifiedDomainName},${server.properties.fullyQualifiedDomainName}' : server.properties.fullyQualifiedDomainName
