// One network: the function apps' way out, the private endpoints, and a place for machines that operate the installation.
param base string
param location string
param tags object
param isPrivate bool

var domains = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  queue: 'privatelink.queue.${environment().suffixes.storage}'
  table: 'privatelink.table.${environment().suffixes.storage}'
  namespace: 'privatelink.servicebus.windows.net'
  postgresqlServer: 'privatelink.postgres.database.azure.com'
  vault: 'privatelink.vaultcore.azure.net'
}

resource vnet 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: 'vnet-${base}'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: ['10.20.0.0/16'] }
    subnets: [
      {
        name: 'apps'
        properties: {
          // an instance takes an address, and both apps share the subnet
          addressPrefix: '10.20.0.0/21'
          delegations: [
            { name: 'flex', properties: { serviceName: 'Microsoft.App/environments' } }
          ]
        }
      }
      {
        name: 'endpoints'
        properties: { addressPrefix: '10.20.8.0/26' }
      }
      {
        name: 'operators'
        properties: { addressPrefix: '10.20.8.64/27' }
      }
    ]
  }
}

resource zone 'Microsoft.Network/privateDnsZones@2020-06-01' = [for domain in items(domains): if (isPrivate) {
  name: domain.value
  location: 'global'
  tags: tags
}]

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2020-06-01' = [for (domain, i) in items(domains): if (isPrivate) {
  parent: zone[i]
  name: 'vnet-${base}'
  location: 'global'
  properties: {
    registrationEnabled: false
    virtualNetwork: { id: vnet.id }
  }
}]

output appSubnetId string = '${vnet.id}/subnets/apps'
output endpointSubnetId string = '${vnet.id}/subnets/endpoints'
output zones object = toObject(items(domains), domain => domain.key, domain => resourceId('Microsoft.Network/privateDnsZones', domain.value))
