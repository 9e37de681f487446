// What somebody is woken for (severity 0 and 1), and what is looked at by day. docs/runbooks says what to do about each.
param base string
param location string
param tags object
param email string
param insightsId string
param serviceBusId string
param postgresId string
param replicaId string
param hasReplica bool
param fileStorageId string
param topicId string
param probeUrl string

@description('Connections with the database that are too many.')
param mostConnections int

// name, what it means, of what, which metric, how it is put together, above or below what
var metrics = [
  { name: 'dead-letters', text: 'A message was given up by its consumers: docs/runbooks/dead-letters.md', severity: 1, scope: serviceBusId, metric: 'DeadletteredMessages', by: 'Maximum', operator: 'GreaterThan', threshold: 0, window: 'PT5M' }
  { name: 'queue-backlog', text: 'Messages come faster than they are worked off: docs/runbooks/slow.md', severity: 2, scope: serviceBusId, metric: 'ActiveMessages', by: 'Average', operator: 'GreaterThan', threshold: 5000, window: 'PT15M' }
  { name: 'queue-throttled', text: 'Service Bus slows the app down: docs/runbooks/slow.md', severity: 2, scope: serviceBusId, metric: 'ThrottledRequests', by: 'Total', operator: 'GreaterThan', threshold: 10, window: 'PT5M' }
  { name: 'database-down', text: 'PostgreSQL does not answer: docs/runbooks/fail-over.md', severity: 0, scope: postgresId, metric: 'is_db_alive', by: 'Minimum', operator: 'LessThan', threshold: 1, window: 'PT5M' }
  { name: 'database-cpu', text: 'PostgreSQL is busy: docs/runbooks/slow.md', severity: 2, scope: postgresId, metric: 'cpu_percent', by: 'Average', operator: 'GreaterThan', threshold: 80, window: 'PT15M' }
  { name: 'database-disk', text: 'PostgreSQL\'s disk fills: docs/runbooks/slow.md', severity: 1, scope: postgresId, metric: 'storage_percent', by: 'Maximum', operator: 'GreaterThan', threshold: 85, window: 'PT15M' }
  { name: 'database-connections', text: 'Nearly all connections are taken: docs/runbooks/slow.md', severity: 2, scope: postgresId, metric: 'active_connections', by: 'Maximum', operator: 'GreaterThan', threshold: mostConnections, window: 'PT5M' }
  { name: 'database-long-query', text: 'A statement runs for more than five minutes: docs/runbooks/slow.md', severity: 2, scope: postgresId, metric: 'longest_query_time_sec', by: 'Maximum', operator: 'GreaterThan', threshold: 300, window: 'PT5M' }
  { name: 'database-transaction-ids', text: 'Autovacuum does not keep up with transaction ids: docs/runbooks/slow.md', severity: 1, scope: postgresId, metric: 'maximum_used_transactionIDs', by: 'Maximum', operator: 'GreaterThan', threshold: 1000000000, window: 'PT1H' }
  { name: 'files-unavailable', text: 'The files\' storage fails requests.', severity: 1, scope: fileStorageId, metric: 'Availability', by: 'Average', operator: 'LessThan', threshold: 99, window: 'PT15M' }
  { name: 'events-undelivered', text: 'The app was not told of an upload: docs/runbooks/dead-letters.md', severity: 1, scope: topicId, metric: 'DeadLetteredCount', by: 'Total', operator: 'GreaterThan', threshold: 0, window: 'PT5M' }
]

// each counts rows; more than the threshold is an alert
var queries = [
  { name: 'not-ready', text: 'A part the app needs does not answer: docs/runbooks/fail-over.md', severity: 0, window: 'PT5M', threshold: 2, query: 'traces | where message endswith \'is not healthy.\'' }
  { name: 'found-wrong', text: 'The app found something wrong with its database, queues or orchestrations: docs/runbooks/slow.md', severity: 1, window: 'PT30M', threshold: 0, query: 'traces | where message startswith \'Found wrong: \'' }
  { name: 'faults', text: 'Requests end in faults of ours: docs/runbooks/roll-back.md', severity: 1, window: 'PT5M', threshold: 20, query: 'requests | where toint(resultCode) >= 500' }
  { name: 'functions-fail', text: 'Background functions fail again and again: docs/runbooks/dead-letters.md', severity: 2, window: 'PT15M', threshold: 50, query: 'requests | where success == false and resultCode == \'0\'' }
  { name: 'denied', text: 'Many requests are refused: docs/runbooks/fraud-wave.md', severity: 2, window: 'PT5M', threshold: 2000, query: 'requests | where resultCode in (\'401\', \'403\', \'429\')' }
]

resource people 'Microsoft.Insights/actionGroups@2023-01-01' = {
  name: 'ag-${base}'
  location: 'global'
  tags: tags
  properties: {
    groupShortName: 'podium'
    enabled: true
    emailReceivers: [
      { name: 'operators', emailAddress: email, useCommonAlertSchema: true }
    ]
  }
}

resource metricAlert 'Microsoft.Insights/metricAlerts@2018-03-01' = [for alert in metrics: {
  name: 'alert-${base}-${alert.name}'
  location: 'global'
  tags: tags
  properties: {
    description: alert.text
    severity: alert.severity
    enabled: true
    scopes: [alert.scope]
    evaluationFrequency: 'PT5M'
    windowSize: alert.window
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: alert.name
          metricName: alert.metric
          timeAggregation: alert.by
          operator: alert.operator
          threshold: alert.threshold
          skipMetricValidation: true
        }
      ]
    }
    actions: [{ actionGroupId: people.id }]
  }
}]

resource replicaLag 'Microsoft.Insights/metricAlerts@2018-03-01' = if (hasReplica) {
  name: 'alert-${base}-replica-lag'
  location: 'global'
  tags: tags
  properties: {
    description: 'The replica is more than a minute behind: docs/runbooks/slow.md'
    severity: 2
    enabled: true
    scopes: [replicaId]
    evaluationFrequency: 'PT5M'
    windowSize: 'PT5M'
    autoMitigate: true
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria'
      allOf: [
        {
          criterionType: 'StaticThresholdCriterion'
          name: 'replica-lag'
          metricName: 'physical_replication_delay_in_seconds'
          timeAggregation: 'Maximum'
          operator: 'GreaterThan'
          threshold: 60
          skipMetricValidation: true
        }
      ]
    }
    actions: [{ actionGroupId: people.id }]
  }
}

resource logAlert 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [for alert in queries: {
  name: 'alert-${base}-${alert.name}'
  location: location
  tags: tags
  properties: {
    displayName: 'alert-${base}-${alert.name}'
    description: alert.text
    severity: alert.severity
    enabled: true
    scopes: [insightsId]
    evaluationFrequency: 'PT5M'
    windowSize: alert.window
    autoMitigate: true
    criteria: {
      allOf: [
        { query: alert.query, timeAggregation: 'Count', operator: 'GreaterThan', threshold: alert.threshold }
      ]
    }
    actions: { actionGroups: [people.id] }
  }
}]

// a self-check begins every hour; when none has come through for two and a half, a way through the app is closed
resource selfCheck 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = {
  name: 'alert-${base}-self-check'
  location: location
  tags: tags
  properties: {
    displayName: 'alert-${base}-self-check'
    description: 'No probe came through the app: docs/runbooks/self-check.md'
    severity: 1
    enabled: true
    scopes: [insightsId]
    evaluationFrequency: 'PT30M'
    windowSize: 'PT3H'
    autoMitigate: true
    criteria: {
      allOf: [
        {
          query: 'requests | where timestamp > ago(150m) and name == \'SelfCheckProbeArrived\' and success == true | count'
          metricMeasureColumn: 'Count'
          timeAggregation: 'Maximum'
          operator: 'LessThan'
          threshold: 1
        }
      ]
    }
    actions: { actionGroups: [people.id] }
  }
}

resource probe 'Microsoft.Insights/webtests@2022-06-15' = {
  name: 'probe-${base}'
  location: location
  // the portal finds a test by this tag
  tags: union(tags, { 'hidden-link:${insightsId}': 'Resource' })
  kind: 'standard'
  properties: {
    SyntheticMonitorId: 'probe-${base}'
    Name: 'ready from outside'
    Enabled: true
    Kind: 'standard'
    Frequency: 300
    Timeout: 30
    RetryEnabled: true
    Locations: [
      { Id: 'emea-nl-ams-azr' }
      { Id: 'emea-gb-db3-azr' }
      { Id: 'apac-sg-sin-azr' }
    ]
    Request: { RequestUrl: probeUrl, HttpVerb: 'GET', ParseDependentRequests: false }
    ValidationRules: { ExpectedHttpStatusCode: 200, SSLCheck: true, SSLCertRemainingLifetimeCheck: 7 }
  }
}

resource unreachable 'Microsoft.Insights/metricAlerts@2018-03-01' = {
  name: 'alert-${base}-unreachable'
  location: 'global'
  tags: tags
  properties: {
    description: 'The app is not ready, as seen from outside: docs/runbooks/fail-over.md'
    severity: 0
    enabled: true
    scopes: [probe.id, insightsId]
    evaluationFrequency: 'PT1M'
    windowSize: 'PT5M'
    criteria: {
      'odata.type': 'Microsoft.Azure.Monitor.WebtestLocationAvailabilityCriteria'
      webTestId: probe.id
      componentId: insightsId
      failedLocationCount: 2
    }
    actions: [{ actionGroupId: people.id }]
  }
}
