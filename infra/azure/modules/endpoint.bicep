// A private endpoint with its name in the private zone.
param name string
param location string
param tags object
param targetId string

@description('The part of the service that is reached: blob, queue, table, namespace, vault, postgresqlServer.')
param part string
param subnetId string
param zoneId string

resource endpoint 'Microsoft.Network/privateEndpoints@2024-05-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    privateLinkServiceConnections: [
      {
        name: part
        properties: {
          privateLinkServiceId: targetId
          groupIds: [part]
        }
      }
    ]
  }
}

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = {
  parent: endpoint
  name: 'default'
  properties: {
    privateDnsZoneConfigs: [
      { name: part, properties: { privateDnsZoneId: zoneId } }
    ]
  }
}
