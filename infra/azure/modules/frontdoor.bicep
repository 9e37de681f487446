// One door for all: it leads to the app that serves, a second door to the other, so that a build can be tried before anybody meets it.
param base string
param suffix string
param tags object

@description('colour and host of each app.')
param hosts array
param serving string
param domains array
param blockedAddresses array
param requestsPerMinute int
param logsId string

var doors = ['live', 'candidate']
var ownRules = [
  {
    name: 'TooManyRequests'
    priority: 200
    enabledState: 'Enabled'
    ruleType: 'RateLimitRule'
    rateLimitDurationInMinutes: 1
    rateLimitThreshold: requestsPerMinute
    action: 'Block'
    matchConditions: [
      { matchVariable: 'RequestUri', operator: 'Contains', negateCondition: false, matchValue: ['/'] }
    ]
  }
]
var blockRules = [
  {
    name: 'BlockedAddresses'
    priority: 100
    enabledState: 'Enabled'
    ruleType: 'MatchRule'
    action: 'Block'
    matchConditions: [
      { matchVariable: 'SocketAddr', operator: 'IPMatch', negateCondition: false, matchValue: blockedAddresses }
    ]
  }
]

resource profile 'Microsoft.Cdn/profiles@2025-04-15' = {
  name: 'afd-${base}'
  location: 'global'
  tags: tags
  sku: { name: 'Standard_AzureFrontDoor' }
  // a live stream may be silent for a while
  properties: { originResponseTimeoutSeconds: 240 }
}

resource endpoint 'Microsoft.Cdn/profiles/afdEndpoints@2025-04-15' = [for door in doors: {
  parent: profile
  name: '${base}-${door}-${suffix}'
  location: 'global'
  tags: tags
  properties: { enabledState: 'Enabled' }
}]

resource group 'Microsoft.Cdn/profiles/originGroups@2025-04-15' = [for host in hosts: {
  parent: profile
  name: host.colour
  properties: {
    loadBalancingSettings: { sampleSize: 4, successfulSamplesRequired: 3, additionalLatencyInMilliseconds: 50 }
    healthProbeSettings: { probePath: '/api/health/live', probeRequestType: 'GET', probeProtocol: 'Https', probeIntervalInSeconds: 100 }
    sessionAffinityState: 'Disabled'
  }
}]

resource origin 'Microsoft.Cdn/profiles/originGroups/origins@2025-04-15' = [for (host, i) in hosts: {
  parent: group[i]
  name: host.colour
  properties: {
    hostName: host.host
    originHostHeader: host.host
    httpsPort: 443
    priority: 1
    weight: 1000
    enabledState: 'Enabled'
    enforceCertificateNameCheck: true
  }
}]

resource domain 'Microsoft.Cdn/profiles/customDomains@2025-04-15' = [for name in domains: {
  parent: profile
  name: replace(name, '.', '-')
  properties: {
    hostName: name
    tlsSettings: { certificateType: 'ManagedCertificate', minimumTlsVersion: 'TLS12' }
  }
}]

// who calls, and under what name: the Functions host puts its own words in place of X-Forwarded-For and X-Forwarded-Host
resource rules 'Microsoft.Cdn/profiles/ruleSets@2025-04-15' = {
  parent: profile
  name: 'caller'
}

resource callerRule 'Microsoft.Cdn/profiles/ruleSets/rules@2025-04-15' = {
  parent: rules
  name: 'caller'
  properties: {
    order: 1
    matchProcessingBehavior: 'Continue'
    actions: [
      {
        name: 'ModifyRequestHeader'
        parameters: { typeName: 'DeliveryRuleHeaderActionParameters', headerAction: 'Overwrite', headerName: 'X-Podium-Address', value: '{socket_ip}' }
      }
      {
        name: 'ModifyRequestHeader'
        parameters: { typeName: 'DeliveryRuleHeaderActionParameters', headerAction: 'Overwrite', headerName: 'X-Podium-Host', value: '{hostname}' }
      }
    ]
  }
}

resource route 'Microsoft.Cdn/profiles/afdEndpoints/routes@2025-04-15' = [for (door, i) in doors: {
  parent: endpoint[i]
  name: 'all'
  properties: {
    originGroup: { id: resourceId('Microsoft.Cdn/profiles/originGroups', profile.name, door == 'live' ? serving : (serving == 'blue' ? 'green' : 'blue')) }
    customDomains: door == 'live' ? map(domains, name => { id: resourceId('Microsoft.Cdn/profiles/customDomains', profile.name, replace(name, '.', '-')) }) : []
    supportedProtocols: ['Http', 'Https']
    patternsToMatch: ['/*']
    ruleSets: [{ id: rules.id }]
    forwardingProtocol: 'HttpsOnly'
    httpsRedirect: 'Enabled'
    linkToDefaultDomain: 'Enabled'
    enabledState: 'Enabled'
  }
  dependsOn: [origin, domain, callerRule]
}]

resource firewall 'Microsoft.Network/FrontDoorWebApplicationFirewallPolicies@2024-02-01' = {
  name: 'waf${replace(base, '-', '')}'
  location: 'global'
  tags: tags
  sku: { name: 'Standard_AzureFrontDoor' }
  properties: {
    policySettings: { enabledState: 'Enabled', mode: 'Prevention', customBlockResponseStatusCode: 429 }
    customRules: { rules: concat(empty(blockedAddresses) ? [] : blockRules, ownRules) }
  }
}

resource guard 'Microsoft.Cdn/profiles/securityPolicies@2025-04-15' = {
  parent: profile
  name: 'guard'
  properties: {
    parameters: {
      type: 'WebApplicationFirewall'
      wafPolicy: { id: firewall.id }
      associations: [
        {
          domains: concat(
            map(doors, door => { id: resourceId('Microsoft.Cdn/profiles/afdEndpoints', profile.name, '${base}-${door}-${suffix}') }),
            map(domains, name => { id: resourceId('Microsoft.Cdn/profiles/customDomains', profile.name, replace(name, '.', '-')) })
          )
          patternsToMatch: ['/*']
        }
      ]
    }
  }
  dependsOn: [endpoint, domain]
}

resource doorLogs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: profile
  name: 'logs'
  properties: {
    workspaceId: logsId
    logs: [
      { category: 'FrontDoorWebApplicationFirewallLog', enabled: true }
      { category: 'FrontDoorHealthProbeLog', enabled: true }
    ]
  }
}

output frontDoorId string = profile.properties.frontDoorId
output host string = endpoint[0].properties.hostName
output candidateHost string = endpoint[1].properties.hostName
