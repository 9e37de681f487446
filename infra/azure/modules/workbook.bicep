// One page to look at on results day: requests, failures, queues, database.
param base string
param location string
param tags object
param insightsId string
param serviceBusId string
param postgresId string

var content = replace(replace(replace(loadTextContent('../workbook.json'), 'INSIGHTS_ID', insightsId), 'SERVICE_BUS_ID', serviceBusId), 'POSTGRES_ID', postgresId)

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, base, 'workbook')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'Podium ${base}'
    category: 'workbook'
    sourceId: insightsId
    serializedData: content
  }
}
