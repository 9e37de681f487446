DROP TABLE webhook_deliveries, webhook_messages, webhook_endpoints;
